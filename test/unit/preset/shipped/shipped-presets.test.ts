import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PlacedSettings } from '../../../../src/preset/placement.ts';
import { placedByPreset } from '../../../support/placed-by-preset.ts';

const folder = fileURLToPath(new URL('../../../../conf/presets/', import.meta.url));

/** A cluster that has nothing of its own to say beside what every cluster does. */
const cluster = `
clusters:
  analytics:
    kind: kubernetes
    namespace: engines
    engineJar: local:///opt/torii/torii-spark-engine.jar
`;

/** What a session gets that names a shipped preset, which bears its file's name, and sets `own` itself. */
function placedByShipped(preset: string, own?: Readonly<Record<string, string>>): PlacedSettings {
  const text = readFileSync(join(folder, `${preset}.yaml`), 'utf8');
  return placedByPreset([cluster, text], { cluster: 'analytics', preset }, own);
}

/** What every cluster of this kind adds: its namespace, and that an engine without work costs its driver alone. */
const ofCluster = {
  'spark.kubernetes.namespace': 'engines',
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.minExecutors': '0',
  'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
  'spark.dynamicAllocation.cachedExecutorIdleTimeout': '30min',
  'spark.dynamicAllocation.shuffleTracking.timeout': '30min',
};
const icebergSql = 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions';
const deltaSql = 'io.delta.sql.DeltaSparkSessionExtension';
const icebergJar = 'local:///usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar';
const hadoopS3 = 'org.apache.hadoop:hadoop-aws:3.3.4';

const glueClient = {
  'spark.sql.catalogImplementation': 'hive',
  'spark.hadoop.hive.metastore.client.factory.class':
    'com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory',
};
const icebergOnGlue = {
  'spark.sql.extensions': icebergSql,
  'spark.sql.catalog.glue_catalog': 'org.apache.iceberg.spark.SparkCatalog',
  'spark.sql.catalog.glue_catalog.catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
  'spark.sql.catalog.glue_catalog.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
  'spark.sql.catalog.glue_catalog.warehouse': 's3://example-lake/warehouse',
  'spark.sql.catalog.glue_catalog.client.region': 'eu-west-1',
};
const hiveWarehouse = {
  'spark.sql.catalogImplementation': 'hive',
  'spark.sql.warehouse.dir': 's3a://example-lake/warehouse',
  'spark.jars.packages': hadoopS3,
};

/** The settings under Spark's names that each preset makes, by the name of its file. */
const made: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  glue: glueClient,
  'iceberg-glue': {
    ...icebergOnGlue,
    'spark.sql.defaultCatalog': 'glue_catalog',
    'spark.jars': icebergJar,
  },
  'emr-iceberg': {
    ...icebergOnGlue,
    'spark.sql.defaultCatalog': 'glue_catalog',
    'spark.jars': icebergJar,
    'spark.driver.cores': '4',
    'spark.driver.memory': '10g',
    'spark.executor.cores': '16',
    'spark.executor.memory': '100g',
    'spark.dynamicAllocation.maxExecutors': '8',
    'spark.network.timeout': '2000s',
    'spark.executor.heartbeatInterval': '300s',
    'spark.sql.iceberg.data-prefetch.enabled': 'false',
  },
  'iceberg-rest': {
    'spark.sql.extensions': icebergSql,
    'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
    'spark.sql.catalog.lake.type': 'rest',
    'spark.sql.catalog.lake.uri': 'https://catalog.example.com/api/catalog',
    'spark.sql.catalog.lake.warehouse': 'analytics',
    'spark.sql.catalog.lake.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
    'spark.sql.catalog.lake.credential': 'secretsmanager:torii/iceberg-rest#credential',
    'spark.sql.catalog.lake.scope': 'PRINCIPAL_ROLE:ALL',
    'spark.sql.catalog.lake.header.X-Iceberg-Access-Delegation': 'vended-credentials',
    'spark.sql.defaultCatalog': 'lake',
    'spark.jars.packages':
      'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0,org.apache.iceberg:iceberg-aws-bundle:1.10.0',
  },
  'iceberg-and-delta': {
    'spark.sql.extensions': `${deltaSql},${icebergSql}`,
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    'spark.sql.warehouse.dir': 's3a://example-lake/delta',
    'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
    'spark.sql.catalog.lake.type': 'hadoop',
    'spark.sql.catalog.lake.warehouse': 's3a://example-lake/iceberg',
    'spark.jars.packages': `io.delta:delta-spark_2.12:3.2.0,${hadoopS3},org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0`,
  },
  'unity-delta': {
    'spark.sql.extensions': deltaSql,
    'spark.sql.catalog.spark_catalog': 'io.unitycatalog.spark.UCSingleCatalog',
    'spark.sql.catalog.analytics': 'io.unitycatalog.spark.UCSingleCatalog',
    'spark.sql.catalog.analytics.uri': 'https://example.cloud.databricks.com/api/2.1/unity-catalog',
    'spark.sql.catalog.analytics.token': 'secretsmanager:torii/databricks#token',
    'spark.sql.defaultCatalog': 'analytics',
    'spark.jars':
      'local:///usr/share/aws/delta/lib/delta-spark.jar,local:///usr/share/aws/delta/lib/delta-storage.jar',
    'spark.jars.packages': 'io.unitycatalog:unitycatalog-spark_2.12:0.2.0',
  },
  'unity-iceberg': {
    'spark.sql.extensions': icebergSql,
    'spark.sql.catalog.analytics': 'org.apache.iceberg.spark.SparkCatalog',
    'spark.sql.catalog.analytics.type': 'rest',
    'spark.sql.catalog.analytics.uri':
      'https://example.cloud.databricks.com/api/2.1/unity-catalog/iceberg-rest',
    'spark.sql.catalog.analytics.warehouse': 'analytics',
    'spark.sql.catalog.analytics.token': 'secretsmanager:torii/databricks#token',
    'spark.sql.defaultCatalog': 'analytics',
    'spark.jars': icebergJar,
  },
  'hive-metastore-external': {
    ...hiveWarehouse,
    'spark.hadoop.hive.metastore.uris': 'thrift://metastore.example.com:9083',
  },
  'hive-metastore-dedicated': {
    ...hiveWarehouse,
    'spark.hadoop.hive.metastore.uris':
      'thrift://hive-metastore-svc.hive-metastore.svc.cluster.local:9083',
  },
  'hive-metastore-sidecar': {
    ...hiveWarehouse,
    'spark.hadoop.hive.metastore.uris': 'thrift://localhost:9083',
  },
  'lake-formation': {
    ...glueClient,
    ...icebergOnGlue,
    'spark.sql.catalog.glue_catalog.glue.id': '123456789012',
  },
  yunikorn: {
    'spark.kubernetes.scheduler.name': 'yunikorn',
    'spark.kubernetes.driver.annotation.yunikorn.apache.org/queue': 'root.analytics-queue',
    'spark.kubernetes.executor.annotation.yunikorn.apache.org/queue': 'root.analytics-queue',
  },
  'event-log': {
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': 's3a://example-logs/spark-events/',
    'spark.eventLog.compress': 'true',
  },
  openlineage: {
    'spark.extraListeners': 'io.openlineage.spark.agent.OpenLineageSparkListener',
    'spark.openlineage.namespace': 'torii',
    'spark.openlineage.transport.type': 'http',
    'spark.openlineage.transport.url': 'https://lineage.example.com',
    'spark.openlineage.transport.endpoint': '/api/v1/lineage',
    'spark.openlineage.transport.auth.type': 'api_key',
    'spark.openlineage.transport.auth.apiKey': 'secretsmanager:torii/openlineage#apiKey',
    'spark.jars.packages': 'io.openlineage:openlineage-spark_2.12:1.34.0',
  },
  'openlineage-datazone': {
    'spark.extraListeners': 'io.openlineage.spark.agent.OpenLineageSparkListener',
    'spark.openlineage.transport.type': 'amazon_datazone_api',
    'spark.openlineage.transport.domainId': 'dzd_example',
    'spark.openlineage.facets.custom_environment_variables': '[AWS_DEFAULT_REGION;]',
    'spark.glue.accountId': '123456789012',
    'spark.jars': '/usr/share/aws/datazone-openlineage-spark/lib/DataZoneOpenLineageSpark-1.0.jar',
  },
  'local-disk-encryption': { 'spark.io.encryption.enabled': 'true' },
};

/** Those that are for others than one user's sessions. */
const shareLevels: Readonly<Record<string, string>> = {
  'hive-metastore-sidecar': 'GROUP',
  'lake-formation': 'CONNECTION',
};

describe('the shipped presets', () => {
  it('are all held against their settings here', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
    expect(files.toSorted()).toEqual(
      Object.keys(made)
        .map((name) => `${name}.yaml`)
        .toSorted(),
    );
  });

  it.each(Object.entries(made))('%s makes these settings and no others', (name, settings) => {
    const placed = placedByShipped(name);
    expect(Object.fromEntries(placed.launchConf)).toEqual({
      ...ofCluster,
      ...settings,
      'kyuubi.engine.share.level': shareLevels[name] ?? 'USER',
    });
    expect(placed.notes).toEqual([]);
  });

  it.each([
    ['iceberg-rest', ['spark.sql.catalog.lake.credential']],
    ['unity-delta', ['spark.sql.catalog.analytics.token']],
    ['unity-iceberg', ['spark.sql.catalog.analytics.token']],
    ['openlineage', ['spark.openlineage.transport.auth.apiKey']],
    ['glue', []],
  ])('%s names its secrets, to be looked up when an engine is launched', (name, keys) => {
    expect([...placedByShipped(name).references.keys()]).toEqual(keys);
  });

  it('the sidecar of the metastore comes with its preset, its password as a secret of the pod', () => {
    expect(placedByShipped('hive-metastore-external').sidecars).toEqual([]);
    expect(placedByShipped('hive-metastore-sidecar').sidecars).toEqual([
      {
        name: 'hive-metastore',
        image: 'registry.example.com/hive-metastore:3.1.3',
        port: 9083,
        environment: new Map([
          ['HIVE_METASTORE_DB_TYPE', { kind: 'text', text: 'postgres' }],
          ['HIVE_METASTORE_DB_DRIVER', { kind: 'text', text: 'org.postgresql.Driver' }],
          [
            'HIVE_METASTORE_DB_URL',
            {
              kind: 'text',
              text: 'jdbc:postgresql://metastore-db.example.com:5432/hivemetastore',
            },
          ],
          ['HIVE_METASTORE_DB_USER', { kind: 'text', text: 'hive_metastore_user' }],
          [
            'HIVE_METASTORE_DB_PASSWORD',
            { kind: 'secret', secret: 'hms-rds-password', key: 'HIVE_METASTORE_DB_PASSWORD' },
          ],
          ['HIVE_METASTORE_WAREHOUSE_LOC', { kind: 'text', text: 's3a://example-lake/warehouse' }],
          ['AWS_REGION', { kind: 'text', text: 'eu-west-1' }],
        ]),
      },
    ]);
  });

  it('the history server of event-log is where links lead', () => {
    expect(placedByShipped('event-log').historyServer).toBe('https://spark-history.example.com');
  });
});

describe('what a session decides itself', () => {
  it('emr-iceberg: whether data is fetched before it is needed', () => {
    const { launchConf, notes } = placedByShipped('emr-iceberg', {
      'spark.sql.iceberg.data-prefetch.enabled': 'true',
    });
    expect(launchConf.get('spark.sql.iceberg.data-prefetch.enabled')).toBe('true');
    expect(notes).toEqual([]);
  });
});

describe('what a session may not have its own way', () => {
  it('local-disk-encryption: encryption stays on, and the session is told', () => {
    const { launchConf, notes } = placedByShipped('local-disk-encryption', {
      'spark.io.encryption.enabled': 'false',
    });
    expect(launchConf.get('spark.io.encryption.enabled')).toBe('true');
    expect(notes).toEqual([
      'spark.io.encryption.enabled = false is ignored: encryption of preset local-disk-encryption makes it true',
    ]);
  });

  it('lake-formation: each session has an engine of its own, whatever it asks for', () => {
    const { settings, notes } = placedByShipped('lake-formation', {
      'kyuubi.engine.share.level': 'USER',
    });
    expect(settings.get('kyuubi.engine.share.level')).toBe('CONNECTION');
    expect(notes).toEqual([
      'kyuubi.engine.share.level = USER is ignored: lakeFormation of preset lake-formation makes it CONNECTION',
    ]);
  });

  it('lake-formation: jars of its own are refused', () => {
    expect(() => placedByShipped('lake-formation', { 'spark.jars': 's3://b/own.jar' })).toThrow(
      /spark\.jars: the preset lake-formation has Lake Formation/,
    );
  });
});
