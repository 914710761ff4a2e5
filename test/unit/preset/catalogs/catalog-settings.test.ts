import { describe, expect, it } from 'vitest';
import type { CatalogContext } from '../../../../src/preset/catalogs/catalog-context.ts';
import {
  catalogSchema,
  catalogSettings,
  catalogSidecars,
} from '../../../../src/preset/catalogs/catalog.ts';

const icebergSql = 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions';
const icebergPackage = 'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0';
const awsPackage = 'org.apache.iceberg:iceberg-aws-bundle:1.10.0';

function settingsOf(
  catalog: object,
  context: Partial<CatalogContext> = {},
): Record<string, string> {
  const parsed = catalogSchema.parse(catalog);
  return Object.fromEntries(catalogSettings(parsed, { clusterKind: 'kubernetes', ...context }));
}

describe('Glue', () => {
  it('stands for the Hive metastore, of another account where one is named', () => {
    expect(settingsOf({ kind: 'glue', account: '012345678901' })).toEqual({
      'spark.sql.catalogImplementation': 'hive',
      'spark.hadoop.hive.metastore.client.factory.class':
        'com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory',
      'spark.hadoop.hive.metastore.glue.catalogid': '012345678901',
    });
  });
});

describe('Iceberg', () => {
  it('on Glue: with the jars of Maven where no release brings its own, and what Lake Formation hands out', () => {
    const catalog = {
      kind: 'icebergGlue',
      warehouse: 's3://bucket/tables',
      account: '123456789012',
      lakeFormation: true,
    };
    expect(settingsOf(catalog)).toEqual({
      'spark.sql.extensions': icebergSql,
      'spark.sql.catalog.glue_catalog': 'org.apache.iceberg.spark.SparkCatalog',
      'spark.sql.catalog.glue_catalog.catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
      'spark.sql.catalog.glue_catalog.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
      'spark.sql.catalog.glue_catalog.warehouse': 's3://bucket/tables',
      'spark.sql.catalog.glue_catalog.glue.id': '123456789012',
      'spark.sql.catalog.glue_catalog.glue.lakeformation-enabled': 'true',
      'spark.jars.packages': `${icebergPackage},${awsPackage}`,
    });
  });

  it("in a folder, as Spark's own catalog: the class that leaves other tables to Spark", () => {
    const catalog = { kind: 'iceberg', name: 'spark_catalog', warehouse: 's3://bucket/tables' };
    expect(settingsOf(catalog)).toEqual({
      'spark.sql.extensions': icebergSql,
      'spark.sql.catalog.spark_catalog': 'org.apache.iceberg.spark.SparkSessionCatalog',
      'spark.sql.catalog.spark_catalog.type': 'hadoop',
      'spark.sql.catalog.spark_catalog.warehouse': 's3://bucket/tables',
      'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
      'spark.jars.packages': `${icebergPackage},org.apache.hadoop:hadoop-aws:3.3.4`,
    });
  });

  it('by REST: signed for AWS, or with a token, and with the file system of choice', () => {
    const signed = {
      kind: 'icebergRest',
      name: 'tables',
      uri: 'https://glue.eu-west-1.amazonaws.com/iceberg',
      warehouse: '123456789012:s3tablescatalog/bucket',
      sigv4: { service: 'glue', region: 'eu-west-1' },
    };
    expect(settingsOf(signed)).toEqual({
      'spark.sql.extensions': icebergSql,
      'spark.sql.catalog.tables': 'org.apache.iceberg.spark.SparkCatalog',
      'spark.sql.catalog.tables.type': 'rest',
      'spark.sql.catalog.tables.uri': 'https://glue.eu-west-1.amazonaws.com/iceberg',
      'spark.sql.catalog.tables.warehouse': '123456789012:s3tablescatalog/bucket',
      'spark.sql.catalog.tables.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
      'spark.sql.catalog.tables.rest.sigv4-enabled': 'true',
      'spark.sql.catalog.tables.rest.signing-name': 'glue',
      'spark.sql.catalog.tables.rest.signing-region': 'eu-west-1',
      'spark.jars.packages': `${icebergPackage},${awsPackage}`,
    });
    const plain = {
      kind: 'icebergRest',
      name: 'lake',
      uri: 'http://catalog:8181',
      token: 'env:LAKE_TOKEN',
      fileIo: 'hadoop',
    };
    expect(settingsOf(plain)).toEqual({
      'spark.sql.extensions': icebergSql,
      'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
      'spark.sql.catalog.lake.type': 'rest',
      'spark.sql.catalog.lake.uri': 'http://catalog:8181',
      'spark.sql.catalog.lake.token': 'env:LAKE_TOKEN',
      'spark.jars.packages': icebergPackage,
    });
  });
});

describe('Delta', () => {
  it('in the warehouse of the cluster, with the jars of the image', () => {
    expect(settingsOf({ kind: 'delta', jars: 'image' })).toEqual({
      'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
      'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    });
  });
});

describe('Unity', () => {
  it('at another server than Databricks: by its whole address, without a token, not the default', () => {
    const server = { uri: 'http://unity.data.svc:8080' };
    expect(settingsOf({ kind: 'unityDelta', name: 'main', server, default: false })).toEqual({
      'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
      'spark.sql.catalog.spark_catalog': 'io.unitycatalog.spark.UCSingleCatalog',
      'spark.sql.catalog.main': 'io.unitycatalog.spark.UCSingleCatalog',
      'spark.sql.catalog.main.uri': 'http://unity.data.svc:8080',
      'spark.jars.packages':
        'io.delta:delta-spark_2.12:3.2.0,io.unitycatalog:unitycatalog-spark_2.12:0.2.0',
    });
    expect(settingsOf({ kind: 'unityIceberg', name: 'main', server, default: false })).toEqual({
      'spark.sql.extensions': icebergSql,
      'spark.sql.catalog.main': 'org.apache.iceberg.spark.SparkCatalog',
      'spark.sql.catalog.main.type': 'rest',
      'spark.sql.catalog.main.uri': 'http://unity.data.svc:8080',
      'spark.sql.catalog.main.warehouse': 'main',
      'spark.jars.packages': `${icebergPackage},${awsPackage}`,
    });
  });
});

describe('a Hive metastore', () => {
  it('outside: all of its addresses, and the default warehouse where none is named', () => {
    const uris = ['thrift://a.example.com:9083', 'thrift://[fd00::1]:9083'];
    const catalog = { kind: 'hiveMetastore', form: 'external', uris };
    expect(settingsOf(catalog, { clusterKind: 'yarn' })).toEqual({
      'spark.sql.catalogImplementation': 'hive',
      'spark.hadoop.hive.metastore.uris': 'thrift://a.example.com:9083,thrift://[fd00::1]:9083',
    });
  });

  it('beside the driver: with the driver class of its database', () => {
    const catalog = catalogSchema.parse({
      kind: 'hiveMetastore',
      form: 'sidecar',
      image: 'metastore',
      warehouse: 'hdfs:///warehouse',
      database: {
        type: 'mysql',
        url: 'jdbc:mysql://db:3306/hive',
        user: 'hive',
        password: 'kubernetes:metastore-db/password',
      },
    });
    const [sidecar] = catalogSidecars(catalog);
    expect(sidecar?.environment.get('HIVE_METASTORE_DB_DRIVER')).toEqual({
      kind: 'text',
      text: 'com.mysql.cj.jdbc.Driver',
    });
    expect(sidecar?.environment.get('HIVE_METASTORE_DB_PASSWORD')).toEqual({
      kind: 'secret',
      secret: 'metastore-db',
      key: 'password',
    });
    expect(sidecar?.environment.has('AWS_REGION')).toBe(false);
  });

  it.each([
    ['sidecar', "in the driver's pod (form sidecar)"],
    ['dedicated', 'in a namespace of the cluster (form dedicated)'],
  ])('in the form %s needs pods', (form, words) => {
    const more =
      form === 'dedicated'
        ? {}
        : {
            image: 'metastore',
            warehouse: 'hdfs:///warehouse',
            database: { url: 'jdbc:mysql://db/hive', user: 'hive', password: 'kubernetes:db/pw' },
          };
    expect(() =>
      settingsOf({ kind: 'hiveMetastore', form, ...more }, { clusterKind: 'yarn' }),
    ).toThrow(`${words} needs a Kubernetes cluster, and this one is yarn`);
  });
});
