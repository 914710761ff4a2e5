import { z } from 'zod';
import type { CatalogContext } from './catalog-context.ts';
import { catalogName, jarSource, secretReference } from './catalog-fields.ts';
import { icebergCatalog } from './iceberg-catalog.ts';
import { jarSettings } from './table-format-jars.ts';
import { unityIcebergApi, unityServer } from './unity-server.ts';

/** Iceberg tables of a Unity Catalog. */
export const unityIcebergSchema = z.strictObject({
  kind: z.literal('unityIceberg'),
  /** The catalog's name there, and in SQL here. */
  name: catalogName,
  server: unityServer,
  token: secretReference.optional(),
  default: z.boolean().default(true),
  jars: jarSource,
});

export function unityIcebergSettings(
  catalog: z.infer<typeof unityIcebergSchema>,
  context: CatalogContext,
): [string, string][] {
  return [
    ...icebergCatalog(
      { name: catalog.name, isDefault: catalog.default },
      {
        type: 'rest',
        uri: unityIcebergApi(catalog.server),
        warehouse: catalog.name,
        token: catalog.token,
      },
    ),
    ...jarSettings(['iceberg', 'iceberg-aws'], catalog.jars, context),
  ];
}
