import { z } from 'zod';
import { awsAccount } from './catalog-fields.ts';

/** AWS Glue Data Catalog in the place of a Hive metastore. The client is on EMR's images and in no Maven repository. */
export const glueSchema = z.strictObject({
  kind: z.literal('glue'),
  /** Whose Data Catalog; the engine's own account's unless told. */
  account: awsAccount.optional(),
});

export function glueSettings({ account }: z.infer<typeof glueSchema>): [string, string][] {
  return [
    ['spark.sql.catalogImplementation', 'hive'],
    [
      'spark.hadoop.hive.metastore.client.factory.class',
      'com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory',
    ],
    ...(account === undefined
      ? []
      : [['spark.hadoop.hive.metastore.glue.catalogid', account] satisfies [string, string]]),
  ];
}
