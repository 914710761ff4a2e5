import { z } from 'zod';
import type { CatalogContext } from './catalog-context.ts';
import { deltaSchema, deltaSettings } from './delta.ts';
import { glueSchema, glueSettings } from './glue.ts';
import {
  hiveMetastoreSchema,
  hiveMetastoreSettings,
  hiveMetastoreSidecars,
} from './hive-metastore.ts';
import { icebergGlueSchema, icebergGlueSettings } from './iceberg-glue.ts';
import { icebergHadoopSchema, icebergHadoopSettings } from './iceberg-hadoop.ts';
import { icebergRestSchema, icebergRestSettings } from './iceberg-rest.ts';
import type { Sidecar } from './sidecar.ts';
import { unityDeltaSchema, unityDeltaSettings } from './unity-delta.ts';
import { unityIcebergSchema, unityIcebergSettings } from './unity-iceberg.ts';

/** A place where engines find tables, as a preset names it. */
export const catalogSchema = z.discriminatedUnion('kind', [
  glueSchema,
  icebergGlueSchema,
  icebergRestSchema,
  icebergHadoopSchema,
  unityDeltaSchema,
  unityIcebergSchema,
  deltaSchema,
  hiveMetastoreSchema,
]);

export type Catalog = z.infer<typeof catalogSchema>;

/**
 * The catalog's settings under Spark's names, secrets as the references that the preset has. List-valued keys (extensions,
 * jars, packages) hold this catalog's part alone. Throws CONFIG_INVALID where cluster or release can't have the catalog.
 */
export function catalogSettings(
  catalog: Catalog,
  context: CatalogContext,
): ReadonlyMap<string, string> {
  return new Map(settingsOf(catalog, context));
}

/** Containers that the catalog needs in the driver's pod. */
export function catalogSidecars(catalog: Catalog): readonly Sidecar[] {
  return catalog.kind === 'hiveMetastore' ? hiveMetastoreSidecars(catalog) : [];
}

function settingsOf(catalog: Catalog, context: CatalogContext): [string, string][] {
  switch (catalog.kind) {
    case 'glue':
      return glueSettings(catalog);
    case 'icebergGlue':
      return icebergGlueSettings(catalog, context);
    case 'icebergRest':
      return icebergRestSettings(catalog, context);
    case 'iceberg':
      return icebergHadoopSettings(catalog, context);
    case 'unityDelta':
      return unityDeltaSettings(catalog, context);
    case 'unityIceberg':
      return unityIcebergSettings(catalog, context);
    case 'delta':
      return deltaSettings(catalog, context);
    case 'hiveMetastore':
      return hiveMetastoreSettings(catalog, context);
  }
}
