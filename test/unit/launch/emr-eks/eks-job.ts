import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import type { EmrEksSpec } from '../../../../src/preset/cluster-spec.ts';

export const fleet = '0123456789ab';
export const tag = '7f3f2c1e-1111-4222-8333-444455556666';
export const roleArn = 'arn:aws:iam::111122223333:role/engines';

export function specOf(more: Partial<EmrEksSpec> = {}): EmrEksSpec {
  return {
    kind: 'emr-eks',
    name: 'eks',
    zookeeper: undefined,
    environment: new Map(),
    limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
    superusers: new Set(),
    region: 'eu-central-1',
    endpoint: undefined,
    virtualCluster: 'vc0123456789',
    releaseLabel: 'emr-7.10.0-latest',
    engineJar: 's3://jars/torii-spark-engine.jar',
    jobTemplate: undefined,
    podTemplates: { driver: undefined, executor: undefined },
    image: undefined,
    logs: { s3: undefined, cloudWatch: undefined, kmsKey: undefined },
    persistentAppUi: true,
    secretsKmsKey: undefined,
    rates: new Map(),
    tags: new Map(),
    kubernetes: undefined,
    ...more,
  };
}

export const inCluster = { kubeconfig: undefined, context: undefined, namespace: 'emr' };

export const job: EngineJob = {
  tag,
  fleet,
  appUser: 'alice',
  appName: 'kyuubi_USER_alice',
  conf: new Map([
    ['spark.master', 'emr-eks'],
    ['spark.yarn.tags', 'KYUUBI'],
    ['spark.kubernetes.driver.label.kyuubi-unique-tag', tag],
    ['spark.emr.execution.role', roleArn],
    ['spark.driver.memory', '4g'],
    ['spark.driver.extraJavaOptions', '-Da=b -Dc=d'],
    ['spark.hadoop.javax.jdo.option.ConnectionPassword', 'hunter2-of-the-metastore'],
  ]),
  isSecret: (key) => /password|engine\.key|token|secret/i.test(key),
  environment: new Map([['TZ', 'UTC']]),
  sidecars: [],
  main: { resource: 's3://jars/torii-spark-engine.jar', mainClass: 'io.torii.engine.EngineMain' },
  engineKey: 'the-engines-own-key',
  owner: { user: 'alice@example.org', group: 'analysts', session: 's-1', preset: 'bi' },
};
