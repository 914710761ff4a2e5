import { parseDuration } from '../../config/durations.ts';
import type { ClusterSpec } from '../cluster-spec.ts';
import type { Prices } from '../prices.ts';
import { parseSecretReference } from '../secrets/secret-reference.ts';
import type { ClusterEntry } from './cluster-schema.ts';

/** What launchers are told of a cluster. */
export function clusterSpecOf(name: string, entry: ClusterEntry): ClusterSpec {
  const shared = {
    name,
    zookeeper: entry.zookeeper,
    // Secrets are followed with the launch's settings, among which the environment is as a whole.
    environment: new Map(
      Object.entries(entry.environment ?? {}).filter(
        ([, value]) => parseSecretReference(value) === undefined,
      ),
    ),
    limits: {
      maxEngines: entry.limits?.maxEngines,
      maxEnginesPerUser: entry.limits?.maxEnginesPerUser,
      maxLaunches: entry.limits?.maxLaunches,
    },
    superusers: new Set(entry.superusers),
    prices: pricesOf(entry),
  };
  switch (entry.kind) {
    case 'local':
      return { kind: 'local', ...shared };
    case 'yarn':
      return {
        kind: 'yarn',
        ...shared,
        resourceManagers: entry.resourceManagers,
        hadoopConfDir: entry.hadoopConfDir,
        sparkHome: entry.sparkHome,
        queues: entry.queues ?? [],
        apiUser: entry.apiUser,
        principal: entry.principal,
        keytab: entry.keytab,
        proxyUserMaxLifeMs:
          entry.proxyUserMaxLife === undefined ? undefined : parseDuration(entry.proxyUserMaxLife),
      };
    case 'kubernetes':
      return {
        kind: 'kubernetes',
        ...shared,
        launcher: entry.launcher,
        kubeconfig: entry.kubeconfig,
        context: entry.context,
        namespace: entry.namespace,
        serviceAccount: entry.serviceAccount,
        image: entry.image,
        imagePullSecrets: entry.imagePullSecrets ?? [],
        engineJar: entry.engineJar,
        sparkHome: entry.sparkHome,
        podTemplate: entry.podTemplate,
        driverService: entry.driverService,
      };
    case 'emr-serverless':
      return {
        kind: 'emr-serverless',
        ...shared,
        region: entry.region,
        endpoint: entry.endpoint,
        applications: entry.applications,
        engineJar: entry.engineJar,
        release: entry.release,
        logs: {
          s3: entry.logs?.s3,
          cloudWatch:
            entry.logs?.cloudWatch === undefined
              ? undefined
              : {
                  group: entry.logs.cloudWatch.group,
                  streamPrefix: entry.logs.cloudWatch.streamPrefix,
                },
          kmsKey: entry.logs?.kmsKey,
        },
        managedLogs: entry.managedLogs,
        secretsKmsKey: entry.secretsKmsKey,
        tags: new Map(Object.entries(entry.tags ?? {})),
        rates: new Map(Object.entries(entry.rates ?? {})),
      };
    case 'emr-ec2':
      return {
        kind: 'emr-ec2',
        ...shared,
        region: entry.region,
        endpoint: entry.endpoint,
        cluster: entry.cluster,
        engineJar: entry.engineJar,
        release: entry.release,
        resourceManagers: entry.resourceManagers,
        apiUser: entry.apiUser,
        queues: entry.queues ?? [],
        instanceProfile: entry.instanceProfile,
        logs: { s3: entry.logs?.s3, cloudWatch: undefined, kmsKey: undefined },
        secretsKmsKey: entry.secretsKmsKey,
        rates: new Map(Object.entries(entry.rates ?? {})),
      };
    case 'emr-eks':
      return {
        kind: 'emr-eks',
        ...shared,
        region: entry.region,
        endpoint: entry.endpoint,
        virtualCluster: entry.virtualCluster,
        releaseLabel: entry.releaseLabel,
        engineJar: entry.engineJar,
        jobTemplate: entry.jobTemplate && {
          id: entry.jobTemplate.id,
          parameters: new Map(Object.entries(entry.jobTemplate.parameters ?? {})),
        },
        podTemplates: {
          driver: entry.podTemplates?.driver,
          executor: entry.podTemplates?.executor,
        },
        image: entry.image,
        logs: {
          s3: entry.logs?.s3,
          cloudWatch: entry.logs?.cloudWatch && {
            group: entry.logs.cloudWatch.group,
            streamPrefix: entry.logs.cloudWatch.streamPrefix,
          },
          kmsKey: undefined,
        },
        persistentAppUi: entry.persistentAppUi,
        secretsKmsKey: entry.secretsKmsKey,
        tags: new Map(Object.entries(entry.tags ?? {})),
        rates: new Map(Object.entries(entry.rates ?? {})),
        kubernetes: entry.kubernetes && {
          kubeconfig: entry.kubernetes.kubeconfig,
          context: entry.kubernetes.context,
          namespace: entry.kubernetes.namespace,
        },
      };
  }
}

function pricesOf({ prices }: ClusterEntry): Prices | undefined {
  if (prices === undefined) return undefined;
  const { currency, perVcpuHour, perMemoryGbHour, perEngine } = prices;
  const perStorageGbHour = 'perStorageGbHour' in prices ? prices.perStorageGbHour : undefined;
  return { currency, perVcpuHour, perMemoryGbHour, perStorageGbHour, perEngine };
}
