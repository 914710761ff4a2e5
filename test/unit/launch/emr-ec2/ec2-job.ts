import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import type { EmrEc2Spec } from '../../../../src/preset/cluster-spec.ts';

export const fleet = '0123456789ab';
export const tag = '7f3f2c1e-1111-4222-8333-444455556666';
export const roleArn = 'arn:aws:iam::111122223333:role/engines';

export const spec: EmrEc2Spec = {
  kind: 'emr-ec2',
  name: 'standing',
  zookeeper: undefined,
  environment: new Map(),
  limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
  superusers: new Set(),
  region: 'eu-central-1',
  endpoint: undefined,
  cluster: 'j-1ABCDEFGHIJKL',
  engineJar: 's3://jars/torii-spark-engine.jar',
  resourceManagers: undefined,
  apiUser: 'hadoop',
  queues: [],
  instanceProfile: false,
  logs: { s3: undefined, cloudWatch: undefined, kmsKey: undefined },
  secretsKmsKey: undefined,
  rates: new Map(),
};

export const job: EngineJob = {
  tag,
  fleet,
  appUser: 'alice',
  appName: 'kyuubi_USER_alice',
  conf: new Map([
    ['spark.master', 'yarn'],
    ['spark.submit.deployMode', 'cluster'],
    ['spark.yarn.tags', `team-data,KYUUBI,${tag}`],
    ['spark.kubernetes.namespace', 'elsewhere'],
    ['spark.emr.execution.role', roleArn],
    ['spark.driver.host', 'gateway-1'],
    ['spark.driver.extraJavaOptions', '-Da=b -Dc="d e"'],
    ['spark.hadoop.javax.jdo.option.ConnectionPassword', 'hunter2-of-the-metastore'],
  ]),
  isSecret: (key) => /password|engine\.key/i.test(key),
  environment: new Map([['SPARK_USER_NAME', 'alice']]),
  sidecars: [],
  main: { resource: 's3://jars/torii-spark-engine.jar', mainClass: 'io.torii.engine.EngineMain' },
  engineKey: 'the-engines-own-key',
  owner: { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' },
};
