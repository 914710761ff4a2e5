import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import type { EmrServerlessSpec } from '../../../../src/preset/cluster-spec.ts';

export const fleet = '0123456789ab';
export const tag = '7f3f2c1e-1111-4222-8333-444455556666';
export const roleArn = 'arn:aws:iam::111122223333:role/engines';

export const spec: EmrServerlessSpec = {
  kind: 'emr-serverless',
  name: 'serverless',
  zookeeper: undefined,
  environment: new Map(),
  limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
  superusers: new Set(),
  region: 'eu-central-1',
  endpoint: undefined,
  applications: ['00fapplication1'],
  engineJar: 's3://jars/torii-spark-engine.jar',
  logs: { s3: 's3://logs/engines', cloudWatch: undefined, kmsKey: undefined },
  managedLogs: true,
  secretsKmsKey: 'alias/torii',
  rates: new Map(),
  tags: new Map([['team', 'data']]),
};

export const job: EngineJob = {
  tag,
  fleet,
  appUser: 'alice',
  appName: 'kyuubi_USER_alice',
  conf: new Map([
    ['spark.master', 'emr-serverless'],
    ['spark.yarn.tags', 'KYUUBI'],
    ['spark.kubernetes.driver.label.kyuubi-unique-tag', tag],
    ['spark.emr.execution.role', roleArn],
    ['spark.driver.memory', '4g'],
    ['spark.driver.extraJavaOptions', '-Da=b -Dc=d'],
    ['spark.hadoop.javax.jdo.option.ConnectionPassword', 'hunter2-of-the-metastore'],
  ]),
  isSecret: (key) => /password|engine\.key|TOKEN/i.test(key),
  environment: new Map([
    ['SPARK_USER_NAME', 'alice'],
    ['API_TOKEN', 'token-of-the-environment'],
  ]),
  sidecars: [],
  main: { resource: 's3://jars/torii-spark-engine.jar', mainClass: 'io.torii.engine.EngineMain' },
  engineKey: 'the-engines-own-key',
  owner: { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' },
};
