import { reasonOf } from '../../core/errors.ts';
import { type Finding, failed, ok, unknown, warning } from '../../core/finding.ts';
import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import type { ClusterCheck } from '../cluster-check.ts';
import { type AccessQuestion, KubeApi } from './kube-api.ts';
import { KubeError } from './kube-error.ts';

/** What a launch asks the API server to do, as docs/kubernetes.md lists it. */
function needsOf(spec: KubernetesSpec): readonly AccessQuestion[] {
  const on = (resource: string, ...verbs: readonly string[]): AccessQuestion[] =>
    verbs.map((verb) => ({ verb, resource }));
  const launches =
    spec.launcher === 'spark-operator'
      ? ['create', 'get', 'list', 'watch', 'delete'].map((verb) => ({
          ...{ verb, resource: 'sparkapplications', group: 'sparkoperator.k8s.io' },
        }))
      : on('pods', 'create', 'delete');
  return [
    ...launches,
    ...on('pods', 'get', 'list', 'watch'),
    { verb: 'get', resource: 'pods', subresource: 'log' },
    ...on('secrets', 'create', 'get'),
    ...on('events', 'list', 'watch'),
    ...(spec.driverService ? on('services', 'create', 'get') : []),
  ];
}

/** Whether the API server answers, and what the gateway may do in the namespace. */
export function kubernetesChecks(spec: KubernetesSpec): readonly ClusterCheck[] {
  const { namespace, image } = spec;
  return [
    { what: 'API server', run: (signal) => apiFindings(spec, signal) },
    {
      what: 'image',
      run: () =>
        Promise.resolve([
          image === undefined
            ? warning('image', 'the cluster names none', 'Set `image`, or name one in each preset.')
            : unknown('image', `whether the nodes may pull ${image} is seen at a launch`),
        ]),
    },
    {
      what: 'service account',
      run: () =>
        Promise.resolve([
          spec.serviceAccount === undefined
            ? warning(
                'service account',
                `the cluster names none: drivers are the default account of ${namespace} and make their executors with its rights`,
                'Set `serviceAccount`, of an account that may create, list, watch and delete pods.',
              )
            : ok('service account', `drivers are ${spec.serviceAccount} of ${namespace}`),
        ]),
    },
  ];
}

async function apiFindings(spec: KubernetesSpec, signal: AbortSignal): Promise<readonly Finding[]> {
  let api: KubeApi;
  try {
    api = new KubeApi(spec);
  } catch (thrown) {
    return [
      failed('API server', reasonOf(thrown), 'Set `kubeconfig` and `context` of the cluster.'),
    ];
  }
  const findings: Finding[] = [];
  const denied: string[] = [];
  try {
    for (const question of needsOf(spec)) {
      if (!(await api.allows(question, signal))) denied.push(nameOf(question));
    }
    findings.push(ok('API server', 'it answers the gateway'));
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof KubeError) || thrown.status === undefined) {
      const hint = 'Check the address in the kubeconfig, the way there and its certificate.';
      return [failed('API server', reasonOf(thrown), hint)];
    }
    if (thrown.status === 401) {
      const hint = "Check the gateway's token or certificate.";
      return [failed('API server', reasonOf(thrown), hint)];
    }
    return [
      ok('API server', 'it answers the gateway'),
      unknown('rights of the gateway', reasonOf(thrown)),
    ];
  }
  const rights = 'rights of the gateway';
  findings.push(
    denied.length === 0
      ? ok(rights, `all that launches need, in the namespace ${spec.namespace}`)
      : failed(
          rights,
          `it may not ${denied.join(', ')} in the namespace ${spec.namespace}`,
          "Add them to the gateway's Role there.",
        ),
  );
  findings.push(await namespaceFinding(spec.namespace, api, signal));
  return findings;
}

async function namespaceFinding(
  namespace: string,
  api: KubeApi,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `namespace ${namespace}`;
  try {
    const phase = await api.namespacePhase(signal);
    return phase === 'Active'
      ? ok(check, 'it is there')
      : failed(check, `it is ${phase}`, 'Name another one in the cluster.');
  } catch (thrown) {
    if (!(thrown instanceof KubeError)) throw thrown;
    if (thrown.status === 404) return failed(check, 'it is not there', 'Make it, or correct it.');
    return unknown(check, `the gateway may not look: ${reasonOf(thrown)}`);
  }
}

function nameOf({ verb, resource, subresource }: AccessQuestion): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}
