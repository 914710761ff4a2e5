import { z } from 'zod';
import type { CatalogContext } from './catalog-context.ts';
import { catalogName, folderUri, jarSource } from './catalog-fields.ts';
import { icebergCatalog } from './iceberg-catalog.ts';
import { storageNeeds, storageSettings } from './storage-settings.ts';
import { jarSettings } from './table-format-jars.ts';

/** Iceberg tables whose folder is the whole catalog: for one writer at a time on an object store. */
export const icebergHadoopSchema = z.strictObject({
  kind: z.literal('iceberg'),
  name: catalogName,
  warehouse: folderUri,
  default: z.boolean().default(false),
  jars: jarSource,
});

export function icebergHadoopSettings(
  catalog: z.infer<typeof icebergHadoopSchema>,
  context: CatalogContext,
): [string, string][] {
  return [
    ...icebergCatalog(
      { name: catalog.name, isDefault: catalog.default },
      { type: 'hadoop', warehouse: catalog.warehouse },
    ),
    ...storageSettings(catalog.warehouse, context),
    ...jarSettings(['iceberg', ...storageNeeds(catalog.warehouse, context)], catalog.jars, context),
  ];
}
