import { z } from 'zod';
import type { CatalogContext } from './catalog-context.ts';
import { folderUri, jarSource } from './catalog-fields.ts';
import { storageNeeds, storageSettings } from './storage-settings.ts';
import { jarSettings } from './table-format-jars.ts';

/** Delta tables in Spark's own catalog. */
export const deltaSchema = z.strictObject({
  kind: z.literal('delta'),
  /** Where tables without a place of their own go; the cluster's warehouse unless told. */
  warehouse: folderUri.optional(),
  jars: jarSource,
});

export function deltaSettings(
  { warehouse, jars }: z.infer<typeof deltaSchema>,
  context: CatalogContext,
): [string, string][] {
  return [
    ['spark.sql.extensions', 'io.delta.sql.DeltaSparkSessionExtension'],
    ['spark.sql.catalog.spark_catalog', 'org.apache.spark.sql.delta.catalog.DeltaCatalog'],
    ...(warehouse === undefined
      ? []
      : [['spark.sql.warehouse.dir', warehouse] satisfies [string, string]]),
    ...storageSettings(warehouse, context),
    ...jarSettings(['delta', ...storageNeeds(warehouse, context)], jars, context),
  ];
}
