import type {
  V1Container,
  V1EnvVar,
  V1Pod,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import type { Settings } from '../../config/entry.ts';
import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import type { EngineJob } from '../job-platform.ts';
import { driverResources } from './driver-resources.ts';
import { driverImage } from './driver-settings.ts';
import { driverSidecars } from './driver-sidecars.ts';
import { driverVolumes } from './driver-volumes.ts';
import {
  driverContainer,
  jobLabels,
  objectName,
  ownerAnnotations,
  roleLabel,
  settingsBelow,
} from './job-labels.ts';
import { literalValue } from './literal-value.ts';
import type { ContainerTemplate, PodTemplate, PodTemplateSpec } from './pod-template.ts';
import { pullPolicy } from './pull-policy.ts';
import { propertiesFile, settingsDir } from './settings-secret.ts';

/** Fixed where a service stands before the driver, as it has to name them. */
export const driverPorts = { rpc: 7078, blockManager: 7079 } as const;

const podAddress = 'SPARK_DRIVER_BIND_ADDRESS';
const settingsVolume = 'torii-settings';

/** The driver's pod: the template, with all that the job says above it. */
export function driverPod(
  job: EngineJob,
  spec: KubernetesSpec,
  conf: Settings,
  template: PodTemplate = {},
): V1Pod {
  const name = objectName(job.tag);
  const wanted = conf.get('spark.kubernetes.driver.podTemplateContainerName');
  const { main, others } = containersOf(template.spec, wanted);
  const claims = main.resources?.claims;
  const extra = driverVolumes(conf);
  const sidecars = driverSidecars(job.sidecars, conf);
  const scratch = scratchVolume(job, conf, extra.volumes);
  const volumes: V1Volume[] = [
    { name: settingsVolume, secret: { secretName: name, defaultMode: 0o444 } },
    ...scratch.volumes,
    ...extra.volumes,
  ];
  const mounts: V1VolumeMount[] = [
    { name: settingsVolume, mountPath: settingsDir, readOnly: true },
    ...scratch.mounts,
    ...extra.mounts,
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: spec.namespace,
      labels: {
        ...template.metadata?.labels,
        ...settingsBelow(conf, 'spark.kubernetes.driver.label.'),
        ...jobLabels(job),
        [roleLabel]: 'driver',
      },
      annotations: {
        ...template.metadata?.annotations,
        ...settingsBelow(conf, 'spark.kubernetes.driver.annotation.'),
        ...ownerAnnotations(job.owner),
      },
    },
    spec: {
      ...template.spec,
      ...placementOf(conf, template.spec),
      restartPolicy: 'Never',
      volumes: byName(template.spec?.volumes, volumes),
      // Before the template's own: these may need what a sidecar offers.
      ...(sidecars.length === 0
        ? {}
        : {
            initContainers: [
              ...sidecars,
              ...otherContainers(template.spec?.initContainers, sidecars),
            ],
          }),
      containers: [
        {
          ...main,
          name: driverContainer,
          image: driverImage(conf, main.image),
          ...pullPolicy(conf),
          command: [`${spec.sparkHome.replace(/\/+$/, '')}/bin/spark-submit`],
          args: submitArgs(job, spec),
          env: byName(main.env, environment(job, spec, conf, scratch.path)),
          resources: {
            ...(claims === undefined ? {} : { claims }),
            requests: { ...main.resources?.requests, ...driverResources(conf).requests },
            limits: { ...main.resources?.limits, ...driverResources(conf).limits },
          },
          volumeMounts: byPath(main.volumeMounts, mounts),
        },
        ...others,
      ],
    },
  };
}

/** What can be known only in the pod stands here, all else in the properties file. */
function submitArgs(job: EngineJob, spec: KubernetesSpec): string[] {
  const conf = (key: string, value: string): string[] => ['--conf', `${key}=${value}`];
  const address = `$(${podAddress})`;
  const service = `${objectName(job.tag)}.${spec.namespace}.svc`;
  return [
    ...['--class', job.main.mainClass],
    ...['--properties-file', `${settingsDir}/${propertiesFile}`],
    ...conf('spark.driver.bindAddress', address),
    ...conf('spark.driver.host', spec.driverService ? service : address),
    ...(spec.driverService
      ? [
          ...conf('spark.driver.port', String(driverPorts.rpc)),
          ...conf('spark.driver.blockManager.port', String(driverPorts.blockManager)),
        ]
      : []),
    ...conf('spark.torii.engine.advertised.host', address),
    job.main.resource,
  ];
}

function environment(
  job: EngineJob,
  spec: KubernetesSpec,
  conf: Settings,
  scratchPath: string | undefined,
): V1EnvVar[] {
  const plain = new Map([
    // Whom Spark and Hadoop take the process for, whatever the image's user is called.
    ...['SPARK_USER', 'SPARK_USER_NAME', 'HADOOP_USER_NAME'].map(
      (name) => [name, job.appUser] as const,
    ),
    ...(scratchPath === undefined ? [] : [['SPARK_LOCAL_DIRS', scratchPath] as const]),
    ...spec.environment,
    ...Object.entries(settingsBelow(conf, 'spark.kubernetes.driverEnv.')),
    ...job.environment,
  ]);
  const references = settingsBelow(conf, 'spark.kubernetes.driver.secretKeyRef.');
  return [
    ...[...plain].flatMap(([name, value]) =>
      name in references ? [] : [{ name, value: literalValue(value) }],
    ),
    ...Object.entries(references).map(([name, reference]) => {
      const [secret = '', key = ''] = reference.split(':');
      return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
    }),
    {
      name: podAddress,
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } },
    },
  ];
}

/** Where Spark writes shuffle files: a volume of the pod's life time, unless the settings bring their own. */
function scratchVolume(
  job: EngineJob,
  conf: Settings,
  given: readonly V1Volume[],
): { volumes: V1Volume[]; mounts: V1VolumeMount[]; path: string | undefined } {
  const hasOwn = given.some(({ name }) => name.startsWith('spark-local-dir-'));
  const path = conf.get('spark.local.dir') ?? `/var/data/spark-${job.tag}`;
  if (hasOwn || path.includes(',')) return { volumes: [], mounts: [], path: undefined };
  const inMemory = conf.get('spark.kubernetes.local.dirs.tmpfs')?.trim() === 'true';
  const name = 'spark-local-dir-1';
  return {
    volumes: [{ name, emptyDir: inMemory ? { medium: 'Memory' } : {} }],
    mounts: [{ name, mountPath: path }],
    path,
  };
}

/** Where the pod runs and as whom. */
function placementOf(conf: Settings, template: PodTemplateSpec = {}): PodTemplateSpec {
  const nodes = {
    ...template.nodeSelector,
    ...settingsBelow(conf, 'spark.kubernetes.node.selector.'),
    ...settingsBelow(conf, 'spark.kubernetes.driver.node.selector.'),
  };
  const account = conf.get('spark.kubernetes.authenticate.driver.serviceAccountName');
  const scheduler =
    conf.get('spark.kubernetes.driver.scheduler.name') ??
    conf.get('spark.kubernetes.scheduler.name');
  const pullSecrets = (conf.get('spark.kubernetes.container.image.pullSecrets') ?? '')
    .split(',')
    .map((name) => ({ name: name.trim() }))
    .filter(({ name }) => name !== '');
  return {
    ...(Object.keys(nodes).length === 0 ? {} : { nodeSelector: nodes }),
    ...(account === undefined ? {} : { serviceAccountName: account }),
    ...(scheduler === undefined ? {} : { schedulerName: scheduler }),
    ...(pullSecrets.length === 0
      ? {}
      : { imagePullSecrets: byName(template.imagePullSecrets, pullSecrets) }),
  };
}

/** The template's container that becomes the driver's: the one that is asked for, else the one of that name, else the first. */
function containersOf(
  spec: PodTemplateSpec | undefined,
  wanted: string | undefined,
): { main: Partial<ContainerTemplate>; others: V1Container[] } {
  const containers = spec?.containers ?? [];
  const main =
    containers.find(({ name }) => name === (wanted ?? driverContainer)) ??
    (wanted === undefined ? containers[0] : undefined);
  return { main: main ?? {}, others: containers.filter((container) => container !== main) };
}

/** Ours win over the template's of the same name. */
function byName<T extends { name?: string }>(template: readonly T[] = [], ours: readonly T[]): T[] {
  return merged(template, ours, ({ name }) => name);
}

function otherContainers(
  template: readonly V1Container[] = [],
  ours: readonly V1Container[],
): V1Container[] {
  const taken = new Set(ours.map(({ name }) => name));
  return template.filter(({ name }) => !taken.has(name));
}

function byPath(
  template: readonly V1VolumeMount[] = [],
  ours: readonly V1VolumeMount[],
): V1VolumeMount[] {
  return merged(template, ours, ({ mountPath }) => mountPath);
}

function merged<T>(template: readonly T[], ours: readonly T[], keyOf: (item: T) => unknown): T[] {
  const taken = new Set(ours.map(keyOf));
  return [...template.filter((item) => !taken.has(keyOf(item))), ...ours];
}
