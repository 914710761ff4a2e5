import {
  driverPodName,
  operatorLabels,
  type RoleSpec,
  type SparkApplication,
} from './spark-application.ts';

/** The settings with which the operator submits an application. */
export function submissionConf(
  application: SparkApplication,
  submission: string,
): Record<string, string> {
  const { metadata, spec } = application;
  const { driver, executor, dynamicAllocation } = spec;
  const conf: Record<string, string | undefined> = {
    'spark.app.name': metadata.name,
    'spark.kubernetes.namespace': metadata.namespace,
    'spark.kubernetes.submission.waitAppCompletion': 'false',
    'spark.kubernetes.driver.pod.name': driverPodName(application),
    'spark.kubernetes.container.image': spec.image,
    'spark.kubernetes.container.image.pullPolicy': spec.imagePullPolicy,
    'spark.kubernetes.driver.container.image': driver.image,
    'spark.kubernetes.executor.container.image': executor.image,
    'spark.kubernetes.authenticate.driver.serviceAccountName': driver.serviceAccount,
    'spark.kubernetes.authenticate.executor.serviceAccountName': executor.serviceAccount,
    'spark.kubernetes.driver.request.cores': driver.coreRequest,
    'spark.kubernetes.executor.request.cores': executor.coreRequest,
    'spark.kubernetes.executor.deleteOnTermination': text(executor.deleteOnTermination),
    'spark.executor.instances': text(executor.instances),
    'spark.kubernetes.scheduler.name': spec.batchScheduler,
    ...roleConf('driver', driver),
    ...roleConf('executor', executor),
    ...labelConf(application, submission),
  };
  if (dynamicAllocation?.enabled === true) {
    conf['spark.dynamicAllocation.enabled'] = 'true';
    conf['spark.dynamicAllocation.shuffleTracking.enabled'] = 'true';
    conf['spark.dynamicAllocation.initialExecutors'] = text(dynamicAllocation.initialExecutors);
    conf['spark.dynamicAllocation.minExecutors'] = text(dynamicAllocation.minExecutors);
    conf['spark.dynamicAllocation.maxExecutors'] = text(dynamicAllocation.maxExecutors);
  }
  for (const [key, value] of Object.entries(spec.hadoopConf ?? {}))
    conf[`spark.hadoop.${key}`] = value;
  Object.assign(conf, spec.sparkConf);
  const known = Object.entries(conf).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Record<string, string>; // what is undefined has just been left out
}

const text = (value: number | boolean | undefined) =>
  value === undefined ? undefined : String(value);

function roleConf(role: 'driver' | 'executor', spec: RoleSpec): Record<string, string | undefined> {
  const conf: Record<string, string | undefined> = {
    [`spark.${role}.cores`]: text(spec.cores),
    [`spark.${role}.memory`]: spec.memory,
    [`spark.${role}.memoryOverhead`]: spec.memoryOverhead,
    [`spark.${role}.extraJavaOptions`]: spec.javaOptions,
    [`spark.kubernetes.${role}.limit.cores`]: spec.coreLimit,
  };
  const environment = role === 'driver' ? 'spark.kubernetes.driverEnv' : 'spark.executorEnv';
  for (const [name, value] of Object.entries(spec.envVars ?? {}))
    conf[`${environment}.${name}`] = value;
  for (const [name, { name: secret, key }] of Object.entries(spec.envSecretKeyRefs ?? {}))
    conf[`spark.kubernetes.${role}.secretKeyRef.${name}`] = `${secret}:${key}`;
  for (const { name, path } of spec.secrets ?? [])
    conf[`spark.kubernetes.${role}.secrets.${name}`] = path;
  for (const [name, value] of Object.entries(spec.annotations ?? {}))
    conf[`spark.kubernetes.${role}.annotation.${name}`] = value;
  for (const [name, value] of Object.entries(spec.labels ?? {}))
    conf[`spark.kubernetes.${role}.label.${name}`] = value;
  return conf;
}

function labelConf(application: SparkApplication, submission: string): Record<string, string> {
  const conf: Record<string, string> = {};
  for (const role of ['driver', 'executor']) {
    conf[`spark.kubernetes.${role}.label.${operatorLabels.app}`] = application.metadata.name;
    conf[`spark.kubernetes.${role}.label.${operatorLabels.launched}`] = 'true';
    conf[`spark.kubernetes.${role}.label.${operatorLabels.submission}`] = submission;
  }
  return conf;
}
