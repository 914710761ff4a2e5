import { expect, test } from 'vitest';
import { snapshotOf } from '../../support/clusters-text.ts';

const shared = `
    zookeeper: zk1:2181,zk2:2181/torii
    environment: { A: 1, B: "env:SECRET" }
    limits: { maxEngines: 5, maxEnginesPerUser: 2, maxLaunches: 3 }
    superusers: [hue]
    queues: [etl]
`;
const common = {
  name: 'main',
  zookeeper: 'zk1:2181,zk2:2181/torii',
  environment: new Map([['A', '1']]), // a reference is followed with the launch's settings
  limits: { maxEngines: 5, maxEnginesPerUser: 2, maxLaunches: 3 },
  superusers: new Set(['hue']),
};

test.each([
  ['local', '', {}],
  [
    'yarn',
    `
    resourceManagers: ["http://rm1:8088", "https://rm2:8090"]
    hadoopConfDir: /etc/hadoop
    sparkHome: /opt/spark
    apiUser: torii
    principal: torii@EXAMPLE
    keytab: /etc/torii.keytab
    proxyUserMaxLife: P1D
`,
    {
      resourceManagers: ['http://rm1:8088', 'https://rm2:8090'],
      hadoopConfDir: '/etc/hadoop',
      sparkHome: '/opt/spark',
      queues: ['etl'],
      apiUser: 'torii',
      principal: 'torii@EXAMPLE',
      keytab: '/etc/torii.keytab',
      proxyUserMaxLifeMs: 86_400_000,
    },
  ],
  [
    'emr-eks',
    `
    region: eu-central-1
    endpoint: https://vpce.example
    virtualCluster: vc0123456789
    releaseLabel: emr-7.10.0-latest
    engineJar: s3://jars/e.jar
    jobTemplate: { id: t0123, parameters: { Size: small } }
    podTemplates: { driver: "s3://t/driver.yaml", executor: "s3://t/executor.yaml" }
    image: repo/emr:1
    logs: { s3: s3://logs/x/, cloudWatch: { group: /torii, streamPrefix: eks } }
    persistentAppUi: false
    secretsKmsKey: alias/torii
    rates: { StartJobRun: 5 }
    tags: { team: data }
    kubernetes: { kubeconfig: /etc/kubeconfig, context: c, namespace: emr }
`,
    {
      region: 'eu-central-1',
      endpoint: 'https://vpce.example',
      virtualCluster: 'vc0123456789',
      releaseLabel: 'emr-7.10.0-latest',
      engineJar: 's3://jars/e.jar',
      jobTemplate: { id: 't0123', parameters: new Map([['Size', 'small']]) },
      podTemplates: { driver: 's3://t/driver.yaml', executor: 's3://t/executor.yaml' },
      image: 'repo/emr:1',
      logs: {
        s3: 's3://logs/x',
        cloudWatch: { group: '/torii', streamPrefix: 'eks' },
        kmsKey: undefined,
      },
      persistentAppUi: false,
      secretsKmsKey: 'alias/torii',
      rates: new Map([['StartJobRun', 5]]),
      tags: new Map([['team', 'data']]),
      kubernetes: { kubeconfig: '/etc/kubeconfig', context: 'c', namespace: 'emr' },
    },
  ],
  [
    'kubernetes',
    `
    launcher: spark-operator
    kubeconfig: /etc/kubeconfig
    context: c
    namespace: emr
    serviceAccount: sa
    image: repo/spark:1
    imagePullSecrets: [pull]
    engineJar: local:///e.jar
    podTemplate: /etc/pod.yaml
    driverService: true
`,
    {
      launcher: 'spark-operator',
      kubeconfig: '/etc/kubeconfig',
      context: 'c',
      namespace: 'emr',
      serviceAccount: 'sa',
      image: 'repo/spark:1',
      imagePullSecrets: ['pull'],
      engineJar: 'local:///e.jar',
      sparkHome: '/opt/spark',
      podTemplate: '/etc/pod.yaml',
      driverService: true,
    },
  ],
  [
    'emr-ec2',
    `
    region: eu-central-1
    endpoint: https://vpce.example.org
    cluster: j-1ABCDEFGHIJKL
    engineJar: s3://jars/e.jar
    resourceManagers: []
    apiUser: torii
    instanceProfile: true
    logs: { s3: s3://logs/emr/ }
    secretsKmsKey: alias/torii
    rates: { AddJobFlowSteps: 5 }
`,
    {
      region: 'eu-central-1',
      endpoint: 'https://vpce.example.org',
      cluster: 'j-1ABCDEFGHIJKL',
      engineJar: 's3://jars/e.jar',
      resourceManagers: [],
      apiUser: 'torii',
      queues: ['etl'],
      instanceProfile: true,
      logs: { s3: 's3://logs/emr', cloudWatch: undefined, kmsKey: undefined },
      secretsKmsKey: 'alias/torii',
      rates: new Map([['AddJobFlowSteps', 5]]),
    },
  ],
  [
    'emr-ec2',
    `
    region: eu-central-1
    cluster: j-1ABCDEFGHIJKL
    engineJar: s3://jars/e.jar
`,
    {
      region: 'eu-central-1',
      endpoint: undefined,
      cluster: 'j-1ABCDEFGHIJKL',
      engineJar: 's3://jars/e.jar',
      resourceManagers: undefined,
      apiUser: 'hadoop',
      queues: ['etl'],
      instanceProfile: false,
      logs: { s3: undefined, cloudWatch: undefined, kmsKey: undefined },
      secretsKmsKey: undefined,
      rates: new Map(),
    },
  ],
])('launchers of the kind %s are told all that the file says', (kind, own, expected) => {
  const snapshot = snapshotOf(`clusters:\n  main:\n    kind: ${kind}${shared}${own}`);
  expect(snapshot.specs.get('main')).toEqual({ kind, ...common, ...expected });
});

test('prices keep the text that stands in the file, and only EMR Serverless has one of disks', () => {
  const prices = 'currency: EUR, perVcpuHour: 0.10, perMemoryGbHour: "0.0057785"';
  const { specs } = snapshotOf(`
clusters:
  here: { kind: local, prices: { ${prices}, perEngine: 1 } }
  lake:
    kind: emr-serverless
    region: eu-central-1
    applications: [00f1abcdexample]
    engineJar: s3://jars/engine.jar
    secretsKmsKey: alias/torii
    prices: { ${prices}, perStorageGbHour: 0.000111 }
  free: { kind: local }
`);
  const shared = { currency: 'EUR', perVcpuHour: '0.10', perMemoryGbHour: '0.0057785' };
  expect(specs.get('here')?.prices).toEqual({ ...shared, perEngine: '1' });
  expect(specs.get('lake')?.prices).toEqual({ ...shared, perStorageGbHour: '0.000111' });
  expect(specs.get('free')?.prices).toBeUndefined();
});
