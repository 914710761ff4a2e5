import type { Cause } from './api-error.ts';
import { labelValueFault, nameFault } from './names.ts';
import { parseQuantity } from './quantity.ts';
import type { Container, Pod, PodSpec, Resources } from './pod.ts';

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A new pod as the server keeps it: with its defaults, its service account and that account's token mounted. */
export function admitPod(draft: Pod): Pod {
  const account = draft.spec.serviceAccountName ?? 'default';
  const spec: PodSpec = {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
    priority: 0,
    ...draft.spec,
    serviceAccountName: account,
    serviceAccount: account,
    containers: draft.spec.containers.map(withDefaults),
    tolerations: [
      ...(draft.spec.tolerations ?? []),
      ...['not-ready', 'unreachable'].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    ],
  };
  if (draft.spec.initContainers !== undefined)
    spec.initContainers = draft.spec.initContainers.map(withDefaults);
  const pod: Pod = { ...draft, spec, status: { phase: 'Pending', qosClass: qosOf(spec) } };
  return spec.automountServiceAccountToken === false ? pod : withToken(pod);
}

function withDefaults(container: Container): Container {
  const { requests, limits } = container.resources ?? {};
  const image = container.image ?? '';
  const isLatest = !image.includes(':') || image.endsWith(':latest');
  return {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
    ...container,
    // What is limited and not requested is requested up to the limit.
    resources: {
      ...container.resources,
      ...(limits === undefined ? {} : { requests: { ...limits, ...requests } }),
    },
    ports: (container.ports ?? []).map((port) => ({ protocol: 'TCP', ...port })),
  };
}

function withToken(pod: Pod): Pod {
  const mounted = (container: Container) =>
    container.volumeMounts?.some(({ mountPath }) => mountPath === serviceAccountFolder) === true;
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  if (all.every(mounted)) return pod;
  const name = `kube-api-access-${Math.random().toString(36).slice(2, 7).padEnd(5, 'x')}`;
  const mount = (container: Container): Container =>
    mounted(container)
      ? container
      : {
          ...container,
          volumeMounts: [
            ...(container.volumeMounts ?? []),
            { name, readOnly: true, mountPath: serviceAccountFolder },
          ],
        };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
  const spec: PodSpec = {
    ...pod.spec,
    containers: pod.spec.containers.map(mount),
    volumes: [...(pod.spec.volumes ?? []), { name, projected: { defaultMode: 0o644, sources } }],
  };
  if (pod.spec.initContainers !== undefined)
    spec.initContainers = pod.spec.initContainers.map(mount);
  return { ...pod, spec };
}

function qosOf({ containers }: PodSpec): string {
  const all = containers.map(({ resources }) => resources ?? {});
  const isBare = ({ requests, limits }: Resources) =>
    Object.keys({ ...requests, ...limits }).length === 0;
  if (all.every(isBare)) return 'BestEffort';
  const isExact = ({ requests, limits }: Resources) =>
    ['cpu', 'memory'].every(
      (key) => limits?.[key] !== undefined && (requests?.[key] ?? limits[key]) === limits[key],
    );
  return all.every(isExact) ? 'Guaranteed' : 'Burstable';
}

/** What the schema cannot tell: names that must be found, numbers that must agree. */
export function podFaults({ spec }: Pod): Cause[] {
  const causes: Cause[] = [];
  const add = (reason: string, field: string, message: string) =>
    causes.push({ reason, field, message });
  const volumes = new Set<string>();
  (spec.volumes ?? []).forEach((volume, at) => {
    const field = `spec.volumes[${at}]`;
    const fault = nameFault(volume.name, 'label');
    if (fault !== undefined)
      add('FieldValueInvalid', `${field}.name`, `Invalid value: "${volume.name}": ${fault}`);
    if (volumes.has(volume.name))
      add('FieldValueDuplicate', `${field}.name`, `Duplicate value: "${volume.name}"`);
    volumes.add(volume.name);
    const sources = Object.keys(volume).length - 1;
    if (sources === 0) add('FieldValueRequired', field, 'must specify a volume type');
    if (sources > 1) add('FieldValueForbidden', field, 'may not specify more than 1 volume type');
  });
  if (spec.containers.length === 0) add('FieldValueRequired', 'spec.containers', 'Required value');
  if (
    spec.restartPolicy !== undefined &&
    !['Always', 'OnFailure', 'Never'].includes(spec.restartPolicy)
  )
    add(
      'FieldValueNotSupported',
      'spec.restartPolicy',
      `Unsupported value: "${String(spec.restartPolicy)}": supported values: "Always", "Never", "OnFailure"`,
    );
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    const fault = labelValueFault(value);
    if (fault !== undefined)
      add('FieldValueInvalid', `spec.nodeSelector[${key}]`, `Invalid value: "${value}": ${fault}`);
  }
  const names = new Set<string>();
  for (const list of ['initContainers', 'containers'] as const) {
    (spec[list] ?? []).forEach((container, at) => {
      const field = `spec.${list}[${at}]`;
      if (names.has(container.name))
        add('FieldValueDuplicate', `${field}.name`, `Duplicate value: "${container.name}"`);
      names.add(container.name);
      causes.push(...containerFaults(container, field, volumes));
    });
  }
  return causes;
}

function containerFaults(container: Container, field: string, volumes: Set<string>): Cause[] {
  const causes: Cause[] = [];
  const add = (reason: string, at: string, message: string) =>
    causes.push({ reason, field: `${field}.${at}`, message });
  const fault = nameFault(container.name, 'label');
  if (fault !== undefined)
    add('FieldValueInvalid', 'name', `Invalid value: "${container.name}": ${fault}`);
  if ((container.image ?? '') === '') add('FieldValueRequired', 'image', 'Required value');
  const paths = new Set<string>();
  (container.volumeMounts ?? []).forEach(({ name, mountPath }, at) => {
    if (!volumes.has(name))
      add('FieldValueNotFound', `volumeMounts[${at}].name`, `Not found: "${name}"`);
    if (paths.has(mountPath))
      add(
        'FieldValueInvalid',
        `volumeMounts[${at}].mountPath`,
        `Invalid value: "${mountPath}": must be unique`,
      );
    paths.add(mountPath);
  });
  (container.env ?? []).forEach(({ name, value, valueFrom }, at) => {
    if (!/^[\x20-\x3c\x3e-\x7e]+$/.test(name))
      add(
        'FieldValueInvalid',
        `env[${at}].name`,
        `Invalid value: "${name}": not a name of the environment`,
      );
    if (value !== undefined && value !== '' && valueFrom !== undefined)
      add(
        'FieldValueInvalid',
        `env[${at}].valueFrom`,
        'Invalid value: "": may not be specified when `value` is not empty',
      );
  });
  (container.ports ?? []).forEach(({ containerPort, name }, at) => {
    if (containerPort < 1 || containerPort > 65_535)
      add(
        'FieldValueInvalid',
        `ports[${at}].containerPort`,
        `Invalid value: ${containerPort}: must be between 1 and 65535, inclusive`,
      );
    if (name !== undefined && name.length > 15)
      add(
        'FieldValueInvalid',
        `ports[${at}].name`,
        `Invalid value: "${name}": must be no more than 15 characters`,
      );
  });
  const { requests = {}, limits = {} } = container.resources ?? {};
  for (const [list, values] of Object.entries({ requests, limits })) {
    for (const [key, text] of Object.entries(values)) {
      if (parseQuantity(text) === undefined)
        add(
          'FieldValueInvalid',
          `resources.${list}.${key}`,
          `Invalid value: "${text}": quantities must match the regular expression of a quantity`,
        );
    }
  }
  for (const [key, text] of Object.entries(requests)) {
    const limit = limits[key];
    if (limit !== undefined && (parseQuantity(text) ?? 0) > (parseQuantity(limit) ?? 0))
      add(
        'FieldValueInvalid',
        'resources.requests',
        `Invalid value: "${text}": must be less than or equal to ${key} limit of ${limit}`,
      );
  }
  return causes;
}

/** What a pod asks for: the sum of its containers, or its greediest init container if that is more. */
export function requestsOf(spec: PodSpec, list: 'requests' | 'limits', key: string): number {
  const of = ({ resources }: Container) => parseQuantity(resources?.[list]?.[key] ?? 0) ?? 0;
  const sum = spec.containers.reduce((total, container) => total + of(container), 0);
  return Math.max(sum, ...(spec.initContainers ?? []).map(of));
}
