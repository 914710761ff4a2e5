import { z } from 'zod';
import type { CatalogContext } from './catalog-context.ts';
import { catalogName, jarSource, secretReference } from './catalog-fields.ts';
import { jarSettings } from './table-format-jars.ts';
import { unityApi, unityServer } from './unity-server.ts';

/** Delta tables of a Unity Catalog. */
export const unityDeltaSchema = z.strictObject({
  kind: z.literal('unityDelta'),
  /** The catalog's name there, and in SQL here. */
  name: catalogName,
  server: unityServer,
  token: secretReference.optional(),
  default: z.boolean().default(true),
  jars: jarSource,
});

export function unityDeltaSettings(
  catalog: z.infer<typeof unityDeltaSchema>,
  context: CatalogContext,
): [string, string][] {
  const key = `spark.sql.catalog.${catalog.name}`;
  const unity = 'io.unitycatalog.spark.UCSingleCatalog';
  return [
    ['spark.sql.extensions', 'io.delta.sql.DeltaSparkSessionExtension'],
    ['spark.sql.catalog.spark_catalog', unity],
    [key, unity],
    [`${key}.uri`, unityApi(catalog.server)],
    ...(catalog.token === undefined
      ? []
      : [[`${key}.token`, catalog.token] satisfies [string, string]]),
    ...(catalog.default
      ? [['spark.sql.defaultCatalog', catalog.name] satisfies [string, string]]
      : []),
    ...jarSettings(['delta', 'unity'], catalog.jars, context),
  ];
}
