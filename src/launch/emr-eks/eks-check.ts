import {
  DescribeVirtualClusterCommand,
  EMRContainersClient,
  type VirtualCluster,
} from '@aws-sdk/client-emr-containers';
import type { Environment } from '../../config/environment.ts';
import { type Finding, failed, ok, unknown } from '../../core/finding.ts';
import type { AwsPlace, EmrLogs } from '../../preset/cluster-spec.ts';
import { clientSettings } from '../aws/aws-calls.ts';
import type { AwsQuestions, Identity } from '../aws/aws-questions.ts';
import { logNeeds, secretNeeds } from '../aws/gateway-needs.ts';
import { identityCheck } from '../aws/identity-check.ts';
import { jarFinding, logFindings } from '../aws/place-check.ts';
import { releaseFinding } from '../aws/release-check.ts';
import { type Need, ownRights } from '../aws/rights-check.ts';
import { roleFinding } from '../aws/role-check.ts';
import { SdkQuestions } from '../aws/sdk-questions.ts';
import { emrTrouble } from '../aws/untold.ts';
import type { CheckFacts, ClusterCheck } from '../cluster-check.ts';

/** What of a cluster of EMR on EKS is looked at. */
export interface EksPlace extends AwsPlace {
  /** Id of the virtual cluster. */
  readonly virtualCluster: string;
  /** Undefined: as the job template says. */
  readonly releaseLabel: string | undefined;
  readonly engineJar: string;
  readonly logs: EmrLogs;
  readonly secretsKmsKey: string | undefined;
  /** How the cluster of the pods is reached; undefined: not at all. */
  readonly kubernetes: object | undefined;
}

/** What can be seen of a virtual cluster before an engine is started there. */
export function eksChecks(
  spec: EksPlace,
  facts: CheckFacts,
  environment: Environment,
): readonly ClusterCheck[] {
  const emr = new EMRContainersClient(clientSettings(spec));
  return eksChecksBy(spec, facts, new SdkQuestions(spec, environment), async (signal) => {
    const command = new DescribeVirtualClusterCommand({ id: spec.virtualCluster });
    return (await emr.send(command, { abortSignal: signal })).virtualCluster ?? {};
  });
}

/** As `eksChecks`, by whoever answers. */
export function eksChecksBy(
  spec: EksPlace,
  facts: CheckFacts,
  ask: AwsQuestions,
  describe: (signal: AbortSignal) => Promise<VirtualCluster>,
): readonly ClusterCheck[] {
  const check = `virtual cluster ${spec.virtualCluster}`;
  let asked: Promise<VirtualCluster> | undefined;
  const described = (signal: AbortSignal): Promise<VirtualCluster> => (asked ??= describe(signal));
  return [
    identityCheck(ask),
    {
      what: check,
      run: (signal) =>
        described(signal).then(
          (cluster) => virtualClusterFindings(check, cluster),
          (thrown: unknown) => [
            emrTrouble(check, thrown, {
              place: spec,
              service: 'EMR on EKS',
              right: 'emr-containers:DescribeVirtualCluster',
              missing: `${spec.region} has no such virtual cluster`,
              hint: 'Correct `virtualCluster` or `region` of the cluster.',
            }),
          ],
        ),
    },
    {
      what: 'release',
      run: () =>
        Promise.resolve([
          spec.releaseLabel === undefined
            ? unknown('release', 'the job template names it')
            : releaseFinding('release', spec.releaseLabel, '', spec.releaseLabel),
        ]),
    },
    {
      what: 'roles',
      run: async (signal) => {
        const cluster = await described(signal).catch(() => undefined);
        return rolesFindings(facts.executionRoles, namespaceOf(cluster), ask, signal);
      },
    },
    {
      what: 'rights of the gateway',
      run: async (signal) => {
        const identity = await ask.identity(signal).catch(() => undefined);
        if (identity === undefined) {
          return [unknown('rights of the gateway', 'nobody knows who the gateway is')];
        }
        return ownRights(eksNeeds(spec, facts.executionRoles, identity), ask, signal);
      },
    },
    { what: 'engine jar', run: async (signal) => [await jarFinding(spec.engineJar, ask, signal)] },
    { what: 'logs', run: (signal) => logFindings(spec.logs, undefined, ask, signal) },
    {
      what: 'network',
      run: () =>
        Promise.resolve([
          unknown(
            'network',
            'EMR does not tell in which subnets and security groups the pods of EKS are',
            "Let the gateway reach the pods at the engines' ports, and the pods ZooKeeper: torii doctor --launch shows whether they do.",
          ),
        ]),
    },
  ];
}

function namespaceOf(cluster: VirtualCluster | undefined): string | undefined {
  return cluster?.containerProvider?.info?.eksInfo?.namespace;
}

/** What the virtual cluster says of itself. */
function virtualClusterFindings(check: string, cluster: VirtualCluster): readonly Finding[] {
  const { state = '', containerProvider } = cluster;
  const namespace = namespaceOf(cluster);
  const where = `the EKS cluster ${containerProvider?.id ?? 'unknown'}, namespace ${namespace ?? 'unknown'}`;
  switch (state) {
    case 'RUNNING':
      return [ok(check, `it is RUNNING, on ${where}`)];
    case 'ARRESTED':
      return [
        failed(
          check,
          `it is ARRESTED: EMR has lost its access to ${where}`,
          'Give EMR its rights in the namespace back (access entry or role binding of emr-containers).',
        ),
      ];
    default:
      return [failed(check, `it is ${state}`, 'Make another virtual cluster, and name that.')];
  }
}

async function rolesFindings(
  roles: readonly string[],
  namespace: string | undefined,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (roles.length === 0) {
    return [
      failed(
        'roles',
        'the cluster names no execution role, so that every launch is refused',
        'Set `executionRole` of the cluster, or roles with one each.',
      ),
    ];
  }
  if (namespace === undefined) {
    return [
      unknown('roles', 'whom they have to trust depends on the namespace, which was not told'),
    ];
  }
  const findings: Finding[] = [];
  for (const role of roles) {
    const account = role.split(':')[4] ?? '';
    const name = role.split('/').at(-1) ?? '';
    const subject = driverSubject(namespace, account, name);
    const hint = `Run aws emr-containers update-role-trust-policy for it and the namespace ${namespace}, or associate it by pod identity.`;
    const need = { kind: 'service-account', account, subject } as const;
    findings.push(await roleFinding(role, need, hint, ask, signal));
  }
  return findings;
}

/** The service account that EMR makes for the drivers of a role: the role's name is in it as a number to base 36. */
export function driverSubject(namespace: string, account: string, role: string): string {
  const number = BigInt(`0x${Buffer.from(role, 'utf8').toString('hex') || '0'}`);
  return `system:serviceaccount:${namespace}:emr-containers-sa-spark-driver-${account}-${number.toString(36)}`;
}

/** What the gateway has to be allowed, by the resource. */
function eksNeeds(
  spec: EksPlace,
  roles: readonly string[],
  { account, partition }: Pick<Identity, 'account' | 'partition'>,
): readonly Need[] {
  const check = 'rights of the gateway';
  const emr = (name: string): string => `emr-containers:${name}`;
  const where = { region: spec.region, account, partition };
  const cluster = `arn:${partition}:emr-containers:${spec.region}:${account}:/virtualclusters/${spec.virtualCluster}`;
  return [
    {
      check,
      actions: ['ListJobRuns', 'DescribeVirtualCluster'].map(emr),
      resource: cluster,
    },
    // The role is a condition of StartJobRun: EMR on EKS passes none.
    ...(roles.length === 0 ? [undefined] : roles).map((role) => ({
      check: `${check} to start engines`,
      actions: [emr('StartJobRun')],
      resource: cluster,
      ...(role === undefined ? {} : { context: { 'emr-containers:ExecutionRoleArn': role } }),
    })),
    {
      check,
      actions: ['DescribeJobRun', 'CancelJobRun', 'TagResource'].map(emr),
      resource: `${cluster}/jobruns/any`,
    },
    // With Kubernetes, secrets and logs are there.
    ...(spec.kubernetes === undefined
      ? [...secretNeeds(where, spec.secretsKmsKey), ...logNeeds(where, spec.logs, undefined)]
      : []),
  ];
}
