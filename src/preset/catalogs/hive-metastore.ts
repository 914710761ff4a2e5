import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import type { CatalogContext } from './catalog-context.ts';
import { awsRegion, folderUri, jarSource, thriftUri } from './catalog-fields.ts';
import type { Sidecar, SidecarValue } from './sidecar.ts';
import { storageNeeds, storageSettings } from './storage-settings.ts';
import { jarSettings } from './table-format-jars.ts';

const port = 9083;
const dnsName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'expected a DNS label');

const shared = {
  kind: z.literal('hiveMetastore'),
  /** Where tables without a place of their own go. */
  warehouse: folderUri.optional(),
  /** For the file system of the warehouse; the metastore's client is Spark's own. */
  jars: jarSource,
};

/** A metastore of its own, reached by name: behind a load balancer, or on another host. */
const externalSchema = z.strictObject({
  ...shared,
  form: z.literal('external'),
  uris: z.array(thriftUri).min(1),
});

/** A metastore in a namespace of the engines' cluster. */
const dedicatedSchema = z.strictObject({
  ...shared,
  form: z.literal('dedicated'),
  service: dnsName.default('hive-metastore-svc'),
  namespace: dnsName.default('hive-metastore'),
  /** The cluster's DNS domain. */
  domain: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
    .default('cluster.local'),
});

/** A metastore in each driver's pod. Its database should have one writing engine: rows of two can get into each other's way. */
const sidecarSchema = z.strictObject({
  ...shared,
  form: z.literal('sidecar'),
  warehouse: folderUri,
  image: z.string().regex(/^\S+$/, 'expected the name of an image'),
  region: awsRegion.optional(),
  database: z.strictObject({
    type: z.enum(['postgres', 'mysql']).default('postgres'),
    /** JDBC's, without user and password. */
    url: z
      .string()
      .regex(
        /^jdbc:(postgresql|mysql|mariadb):\/\/[^\s@?]+$/,
        'expected jdbc:postgresql://host:port/database, without user, password and options',
      ),
    user: z.string().min(1),
    /** A Kubernetes secret in the engines' namespace, which its pod reads: the gateway never does. */
    password: z
      .string()
      .regex(
        /^kubernetes:[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[\w.-]+$/,
        "the metastore's password is a Kubernetes secret of the engines' namespace: kubernetes:<secret>/<key>",
      ),
  }),
});

export const hiveMetastoreSchema = z.discriminatedUnion('form', [
  externalSchema,
  dedicatedSchema,
  sidecarSchema,
]);

type HiveMetastore = z.infer<typeof hiveMetastoreSchema>;

/** Throws CONFIG_INVALID for a form that the cluster can't have. */
export function hiveMetastoreSettings(
  catalog: HiveMetastore,
  context: CatalogContext,
): [string, string][] {
  requirePods(catalog, context);
  const { warehouse } = catalog;
  return [
    ['spark.sql.catalogImplementation', 'hive'],
    ['spark.hadoop.hive.metastore.uris', metastoreUris(catalog)],
    ...(warehouse === undefined
      ? []
      : [['spark.sql.warehouse.dir', warehouse] satisfies [string, string]]),
    ...storageSettings(warehouse, context),
    ...jarSettings(storageNeeds(warehouse, context), catalog.jars, context),
  ];
}

/** The metastore's own container, for the form that has one. */
export function hiveMetastoreSidecars(catalog: HiveMetastore): readonly Sidecar[] {
  if (catalog.form !== 'sidecar') return [];
  const { database, warehouse, region, image } = catalog;
  const [secret = '', key = ''] = database.password.replace(/^kubernetes:/, '').split('/');
  const text = (value: string): SidecarValue => ({ kind: 'text', text: value });
  return [
    {
      name: 'hive-metastore',
      image,
      port,
      environment: new Map<string, SidecarValue>([
        ['HIVE_METASTORE_DB_TYPE', text(database.type)],
        ['HIVE_METASTORE_DB_DRIVER', text(databaseDriver(database.type))],
        ['HIVE_METASTORE_DB_URL', text(database.url)],
        ['HIVE_METASTORE_DB_USER', text(database.user)],
        ['HIVE_METASTORE_DB_PASSWORD', { kind: 'secret', secret, key }],
        ['HIVE_METASTORE_WAREHOUSE_LOC', text(warehouse)],
        ...(region === undefined
          ? []
          : [['AWS_REGION', text(region)] satisfies [string, SidecarValue]]),
      ]),
    },
  ];
}

function requirePods({ form }: HiveMetastore, { clusterKind }: CatalogContext): void {
  if (form === 'external' || ['kubernetes', 'emr-eks'].includes(clusterKind)) return;
  const what = form === 'sidecar' ? "in the driver's pod" : 'in a namespace of the cluster';
  throw new GatewayError(
    'CONFIG_INVALID',
    `a Hive metastore ${what} (form ${form}) needs a Kubernetes cluster, and this one is ${clusterKind}`,
    { hint: 'Use form external, with the address of a metastore that the cluster reaches.' },
  );
}

function metastoreUris(catalog: HiveMetastore): string {
  switch (catalog.form) {
    case 'external':
      return catalog.uris.join(',');
    case 'dedicated':
      return `thrift://${catalog.service}.${catalog.namespace}.svc.${catalog.domain}:${port}`;
    case 'sidecar':
      return `thrift://localhost:${port}`;
  }
}

function databaseDriver(type: 'postgres' | 'mysql'): string {
  switch (type) {
    case 'postgres':
      return 'org.postgresql.Driver';
    case 'mysql':
      return 'com.mysql.cj.jdbc.Driver';
  }
}
