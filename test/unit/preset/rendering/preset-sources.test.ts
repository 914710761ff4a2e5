import { describe, expect, test } from 'vitest';
import type { Preset } from '../../../../src/preset/format/preset-schema.ts';
import { presetSchema } from '../../../../src/preset/format/preset-schema.ts';
import { joinSources } from '../../../../src/preset/setting-source.ts';
import { presetFixed } from '../../../../src/preset/rendering/preset-sources.ts';
import { messageFrom, placedBy, snapshotOf } from '../../../support/clusters-text.ts';

type Kind = 'local' | 'yarn' | 'kubernetes' | 'emr-eks';

/** All that a preset fixes. */
function fixedBy(given: unknown, kind: Kind = 'kubernetes'): Record<string, string> {
  const preset: Preset = presetSchema.parse(given);
  const joined = joinSources(presetFixed('p', preset, kind));
  return Object.fromEntries([...joined].map(([key, { value }]) => [key, value]));
}

describe('a preset makes exactly', () => {
  test.each<[string, unknown, Kind, Record<string, string>]>([
    ['nothing of nothing', {}, 'kubernetes', {}],
    [
      'its sizes',
      {
        sizes: {
          driver: { cores: 2, memory: '4g', memoryOverhead: '1g' },
          executor: { cores: 4, memory: '8g', memoryOverhead: '2g', instances: 2, min: 0, max: 20 },
        },
      },
      'yarn',
      {
        'spark.driver.cores': '2',
        'spark.driver.memory': '4g',
        'spark.driver.memoryOverhead': '1g',
        'spark.executor.cores': '4',
        'spark.executor.memory': '8g',
        'spark.executor.memoryOverhead': '2g',
        'spark.executor.instances': '2',
        'spark.dynamicAllocation.minExecutors': '0',
        'spark.dynamicAllocation.maxExecutors': '20',
      },
    ],
    [
      'who shares its engines',
      { shareLevel: 'GROUP', pool: { name: 'bi', size: 3, pick: 'polling' }, idleTimeout: 'PT12H' },
      'local',
      {
        'kyuubi.engine.share.level': 'GROUP',
        'kyuubi.engine.pool.name': 'bi',
        'kyuubi.engine.pool.size': '3',
        'kyuubi.engine.pool.selectPolicy': 'POLLING',
        'kyuubi.session.engine.idle.timeout': 'PT12H',
      },
    ],
    [
      'its image',
      { image: 'repo/spark:1' },
      'kubernetes',
      { 'spark.kubernetes.container.image': 'repo/spark:1' },
    ],
    [
      'its image on EMR on EKS',
      { image: 'repo/emr:1' },
      'emr-eks',
      { 'spark.kubernetes.container.image': 'repo/emr:1' },
    ],
    ["YARN's queue", { queue: 'etl' }, 'yarn', { 'spark.yarn.queue': 'etl' }],
    [
      "YuniKorn's queue",
      { queue: 'root.analytics-queue' },
      'kubernetes',
      {
        'spark.kubernetes.scheduler.name': 'yunikorn',
        'spark.kubernetes.driver.annotation.yunikorn.apache.org/queue': 'root.analytics-queue',
        'spark.kubernetes.executor.annotation.yunikorn.apache.org/queue': 'root.analytics-queue',
      },
    ],
    [
      'its event log',
      {
        eventLog: {
          dir: 's3://logs/spark-events/',
          compress: true,
          historyServer: 'https://shs.example.com',
        },
      },
      'kubernetes',
      {
        'spark.eventLog.enabled': 'true',
        'spark.eventLog.dir': 's3://logs/spark-events/',
        'spark.eventLog.compress': 'true',
      },
    ],
    [
      'its event log on YARN, whose pages lead to the history server',
      { eventLog: { dir: 'hdfs:///logs', historyServer: 'http://shs:18080' } },
      'yarn',
      {
        'spark.eventLog.enabled': 'true',
        'spark.eventLog.dir': 'hdfs:///logs',
        'spark.yarn.historyServer.address': 'http://shs:18080',
      },
    ],
    [
      'its lineage',
      {
        lineage: {
          kind: 'openlineage',
          transport: { type: 'http', url: 'http://marquez:5000' },
          namespace: 'bi',
          options: { 'facets.custom_environment_variables': '[AWS_DEFAULT_REGION;GLUE_VERSION;]' },
          packages: ['io.openlineage:openlineage-spark_2.12:1.38.0'],
          jars: ['s3://jars/a.jar', 's3://jars/b.jar'],
        },
      },
      'kubernetes',
      {
        'spark.extraListeners': 'io.openlineage.spark.agent.OpenLineageSparkListener',
        'spark.openlineage.transport.type': 'http',
        'spark.openlineage.transport.url': 'http://marquez:5000',
        'spark.openlineage.namespace': 'bi',
        'spark.openlineage.facets.custom_environment_variables':
          '[AWS_DEFAULT_REGION;GLUE_VERSION;]',
        'spark.jars.packages': 'io.openlineage:openlineage-spark_2.12:1.38.0',
        'spark.jars': 's3://jars/a.jar,s3://jars/b.jar',
      },
    ],
    [
      'its lineage in DataZone',
      { lineage: { kind: 'datazone', domainId: 'dzd_1', accountId: '012345678901' } },
      'yarn',
      {
        'spark.extraListeners': 'io.openlineage.spark.agent.OpenLineageSparkListener',
        'spark.openlineage.transport.type': 'amazon_datazone_api',
        'spark.openlineage.transport.domainId': 'dzd_1',
        'spark.glue.accountId': '012345678901',
      },
    ],
    [
      'its encryption',
      { encryption: { localDisk: true, network: true } },
      'yarn',
      {
        'spark.io.encryption.enabled': 'true',
        'spark.network.crypto.enabled': 'true',
        'spark.authenticate': 'true',
      },
    ],
    [
      'a catalog beside a listener, lists joined',
      {
        catalogs: [{ kind: 'delta', jars: ['s3://jars/delta.jar'] }],
        lineage: {
          kind: 'datazone',
          domainId: 'd',
          accountId: '012345678901',
          jars: ['s3://jars/ol.jar'],
        },
        fixedConf: { 'spark.sql.extensions': 'my.Ext' },
      },
      'yarn',
      {
        'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension,my.Ext',
        'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
        'spark.jars': 's3://jars/delta.jar,s3://jars/ol.jar',
        'spark.extraListeners': 'io.openlineage.spark.agent.OpenLineageSparkListener',
        'spark.openlineage.transport.type': 'amazon_datazone_api',
        'spark.openlineage.transport.domainId': 'd',
        'spark.glue.accountId': '012345678901',
      },
    ],
  ])('%s', (_, preset, kind, expected) => {
    expect(fixedBy(preset, kind)).toEqual(expected);
  });
});

test('an image is nothing for engines that have none', () => {
  expect(messageFrom(() => fixedBy({ image: 'x' }, 'yarn'))).toBe(
    'image of preset p: engines of a cluster of kind yarn have no image',
  );
});

describe('an engine without work costs its driver alone', () => {
  const yarn = 'kind: yarn, resourceManagers: ["http://rm:8088"], hadoopConfDir: /etc/hadoop';
  const kubernetes = 'kind: kubernetes, namespace: emr, engineJar: "local:///e.jar"';
  const settingsOn = (
    cluster: string,
    own: Record<string, string> = {},
  ): Record<string, string> => {
    const placed = placedBy(snapshotOf(`clusters: { main: { ${cluster} } }`), {
      'kyuubi.session.cluster': 'main',
      ...own,
    });
    const {
      'kyuubi.session.cluster': _cluster,
      'spark.kubernetes.namespace': _namespace,
      ...rest
    } = Object.fromEntries(placed.launchConf);
    return rest;
  };
  const enforced = {
    'spark.dynamicAllocation.enabled': 'true',
    'spark.dynamicAllocation.minExecutors': '0',
  };
  const tracking = {
    'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
    'spark.dynamicAllocation.shuffleTracking.timeout': '30min',
  };
  const cached = { 'spark.dynamicAllocation.cachedExecutorIdleTimeout': '30min' };

  test.each([
    ['on Kubernetes', kubernetes, { ...enforced, ...tracking, ...cached }],
    ['on YARN', yarn, { ...enforced, ...tracking, ...cached }],
    [
      'with a shuffle service',
      `${yarn}, shuffleService: true`,
      { ...enforced, 'spark.shuffle.service.enabled': 'true', ...cached },
    ],
    [
      'with that of EMR on EC2',
      "kind: emr-ec2, region: eu-central-1, cluster: j-1ABC, engineJar: 's3://e.jar', shuffleService: true",
      {
        ...enforced,
        'spark.shuffle.service.enabled': 'true',
        ...cached,
        'spark.emr.execution.role': '',
      },
    ],
    ['unless its file says otherwise', `${yarn}, dynamicAllocation: unmanaged`, {}],
    ['but on this host', 'kind: local', {}],
  ])('%s', (_, cluster, expected) => {
    expect(settingsOn(cluster)).toEqual(expected);
  });

  test('whatever the client asks for', () => {
    const own = {
      'spark.dynamicAllocation.enabled': 'false',
      'spark.dynamicAllocation.minExecutors': '9',
    };
    expect(settingsOn(kubernetes, own)).toMatchObject(enforced);
  });

  test('unless it is a default only', () => {
    const own = { 'spark.dynamicAllocation.minExecutors': '9' };
    expect(settingsOn(`${kubernetes}, dynamicAllocation: default`, own)).toMatchObject({
      ...enforced,
      'spark.dynamicAllocation.minExecutors': '9',
    });
  });
});

test('a role has a service account and settings of its own', () => {
  const snapshot = snapshotOf(
    'clusters: { main: { kind: kubernetes, namespace: n, engineJar: "local:///e.jar", roles: { r: { users: [alice], serviceAccount: sa, fixedConf: { spark.x: 1 } } } } }',
  );
  const { launchConf } = placedBy(snapshot, { 'kyuubi.session.cluster': 'main', 'spark.x': '2' });
  expect(launchConf.get('spark.kubernetes.authenticate.driver.serviceAccountName')).toBe('sa');
  expect(launchConf.get('spark.kubernetes.authenticate.executor.serviceAccountName')).toBe('sa');
  expect(launchConf.get('spark.x')).toBe('1');
});

test("a client can't leave its cluster's namespace, nor be another service account", () => {
  const snapshot = snapshotOf(
    'clusters: { main: { kind: kubernetes, namespace: emr, serviceAccount: engine, engineJar: "local:///e.jar" } }',
  );
  const account = 'spark.kubernetes.authenticate.driver.serviceAccountName';
  const { launchConf, notes } = placedBy(snapshot, {
    'kyuubi.session.cluster': 'main',
    [account]: 'admin',
    'spark.kubernetes.namespace': 'kube-system',
  });
  expect([launchConf.get(account), launchConf.get('spark.kubernetes.namespace')]).toEqual([
    'engine',
    'emr',
  ]);
  expect(notes).toHaveLength(2);
});

test('a metastore beside the driver comes with its container', () => {
  const snapshot = snapshotOf(
    `
clusters: { main: { kind: kubernetes, namespace: n, engineJar: "local:///e.jar" } }
presets:
  p:
    cluster: main
    eventLog: { dir: "s3://l/e", historyServer: "https://shs" }
    catalogs:
      - kind: hiveMetastore
        form: sidecar
        warehouse: s3://b/w
        image: repo/hms:1
        jars: image
        database: { url: "jdbc:postgresql://db:5432/hms", user: hms, password: "kubernetes:hms/password" }
`,
  );
  const placed = placedBy(snapshot, { 'torii.session.preset': 'p' });
  expect(placed.sidecars.map(({ image, port }) => [image, port])).toEqual([['repo/hms:1', 9083]]);
  expect(placed.historyServer).toBe('https://shs');
});
