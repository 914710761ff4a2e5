import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node';
import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { sidecarTrouble } from '../no-sidecars.ts';
import { driverMemoryMib } from './driver-resources.ts';
import { commonSettings, driverImage } from './driver-settings.ts';
import { jobLabels, objectName, ownerAnnotations, settingsBelow } from './job-labels.ts';
import type { PodTemplate } from './pod-template.ts';
import { holdsSecret } from './secret-variables.ts';
import { propertiesFile, settingsDir, settingsSecret } from './settings-secret.ts';
import { sparkMib } from './quantities.ts';

export interface ApplicationPlan {
  readonly application: object;
  /** Made when the application's uid is known. */
  readonly secret: (owner: V1OwnerReference) => V1Secret;
  readonly notes: readonly string[];
}

/**
 * The object of which the Spark operator makes an engine, and the secret that belongs to it. All settings of an application can be
 * read by whoever may read the object, so secret ones go another way: Hadoop's, which Spark may need before the engine's own code
 * runs, by an environment variable that Hadoop puts in; those of the environment by reference; all others in a file, out of which
 * the engine makes settings before Spark's context starts. Throws a `SubmitError` (refused) for what can't be had from the operator.
 */
export function sparkApplication(
  job: EngineJob,
  spec: KubernetesSpec,
  template: PodTemplate = {},
): ApplicationPlan {
  // Spark's submission would read their restart policy with a client that is too old to know it.
  const trouble = sidecarTrouble(job.sidecars, 'that the Spark operator makes');
  if (trouble !== undefined) throw new SubmitError('refused', trouble.message, trouble);
  const name = objectName(job.tag);
  const { conf, notes, secrets: variables } = commonSettings(job, spec);
  // The operator says where to submit to.
  conf.delete('spark.master');
  const image = driverImage(conf, template.spec?.containers?.[0]?.image);
  const secrets = takeSecrets(conf, job);
  const environment = {
    ...{ SPARK_USER_NAME: job.appUser, HADOOP_USER_NAME: job.appUser },
    ...Object.fromEntries(spec.environment),
    ...Object.fromEntries(job.environment),
  };
  // As settings, since the operator's own fields for them need its webhook.
  for (const [variable, value] of Object.entries(environment)) {
    if (!job.isSecret(variable)) conf.set(`spark.kubernetes.driverEnv.${variable}`, value);
  }
  for (const variable of Object.keys(secrets.byVariable)) {
    conf.set(`spark.kubernetes.driver.secretKeyRef.${variable}`, `${name}:${variable}`);
    conf.set(`spark.kubernetes.executor.secretKeyRef.${variable}`, `${name}:${variable}`);
  }
  conf.set('spark.torii.engine.secrets.file', `${settingsDir}/${propertiesFile}`);
  const labels = jobLabels(job);
  const cores = conf.get('spark.driver.cores');
  const account = conf.get('spark.kubernetes.authenticate.driver.serviceAccountName');
  const pullSecrets = (conf.get('spark.kubernetes.container.image.pullSecrets') ?? '')
    .split(',')
    .filter((secret) => secret.trim() !== '');
  const pullPolicy = conf.get('spark.kubernetes.container.image.pullPolicy');
  const hasTemplate = Object.keys(template).length > 0;
  const application = {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: {
      name,
      namespace: spec.namespace,
      labels,
      annotations: ownerAnnotations(job.owner),
    },
    spec: {
      type: 'Scala',
      mode: 'cluster',
      sparkVersion: versionOf(image),
      image,
      ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
      ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets }),
      mainClass: job.main.mainClass,
      mainApplicationFile: job.main.resource,
      sparkConf: Object.fromEntries(conf),
      restartPolicy: { type: 'Never' },
      driver: {
        ...(cores === undefined ? {} : { cores: Number(cores) }),
        memory: `${heapMib(conf)}m`,
        ...(account === undefined ? {} : { serviceAccount: account }),
        labels: { ...settingsBelow(conf, 'spark.kubernetes.driver.label.'), ...labels },
        annotations: {
          ...settingsBelow(conf, 'spark.kubernetes.driver.annotation.'),
          ...ownerAnnotations(job.owner),
        },
        secrets: [{ name, path: settingsDir, secretType: 'Generic' }],
        ...(hasTemplate ? { template } : {}),
      },
      executor: { labels },
    },
  };
  return {
    application,
    notes,
    secret: (owner) =>
      settingsSecret(job, spec.namespace, secrets.inFile, owner, {
        ...secrets.byVariable,
        ...variables,
      }),
  };
}

interface TakenSecrets {
  readonly inFile: ReadonlyMap<string, string>;
  /** Values by the environment variables that bring them in. */
  readonly byVariable: Readonly<Record<string, string>>;
}

/** Takes secret settings out of what everybody can read. */
function takeSecrets(conf: Map<string, string>, job: EngineJob): TakenSecrets {
  const inFile = new Map<string, string>();
  const byVariable: Record<string, string> = {};
  for (const [key, value] of [...conf].filter(([key]) => holdsSecret(job, key))) {
    conf.delete(key);
    if (!key.startsWith('spark.hadoop.')) {
      inFile.set(key, value);
      continue;
    }
    const variable = `TORII_SECRET_${Object.keys(byVariable).length + 1}`;
    byVariable[variable] = value;
    conf.set(key, `\${env.${variable}}`);
  }
  return { inFile, byVariable };
}

function heapMib(conf: ReadonlyMap<string, string>): number {
  // Says whether the size can be read, too.
  driverMemoryMib(conf);
  return sparkMib(conf.get('spark.driver.memory') ?? '1g') ?? 1024;
}

/** The operator asks for a version, and takes it for no more than a label. */
function versionOf(image: string): string {
  return /[:-]v?(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? '3.5.0';
}
