import { z } from 'zod';
import { type Catalog, catalogSchema } from './catalog.ts';

/** The catalogs of one engine, in the order in which their settings join. */
export const catalogsSchema = z
  .array(catalogSchema)
  .refine(
    (catalogs) => !(has(catalogs, 'glue') && catalogs.some(isUnity)),
    'glue and a Unity Catalog are not for one engine: use two presets',
  )
  .transform(inEngineOrder);

/** Delta's before the others: behind Iceberg's extension, Delta's own UPDATE, DELETE and MERGE fail. */
function inEngineOrder(catalogs: readonly Catalog[]): Catalog[] {
  return [...catalogs.filter(isDelta), ...catalogs.filter((one) => !isDelta(one))];
}

function has(catalogs: readonly Catalog[], kind: Catalog['kind']): boolean {
  return catalogs.some((one) => one.kind === kind);
}

function isDelta({ kind }: Catalog): boolean {
  return kind === 'delta' || kind === 'unityDelta';
}

function isUnity({ kind }: Catalog): boolean {
  return kind === 'unityDelta' || kind === 'unityIceberg';
}
