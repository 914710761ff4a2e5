import { describe, expect, it } from 'vitest';
import { catalogsSchema } from '../../../../src/preset/catalogs/catalogs-schema.ts';

const server = { workspace: 'https://example.cloud.databricks.com' };
const iceberg = (name: string) => ({ kind: 'iceberg', name, warehouse: 's3://bucket/tables' });

describe('the catalogs of one engine', () => {
  it('stand with those of Delta first, whose statements fail behind the extension of Iceberg', () => {
    const catalogs = catalogsSchema.parse([iceberg('a'), { kind: 'delta' }, iceberg('b')]);
    expect(catalogs.map((one) => ('name' in one ? one.name : one.kind))).toEqual([
      'delta',
      'a',
      'b',
    ]);
    const unity = { kind: 'unityDelta', name: 'main', server };
    expect(catalogsSchema.parse([iceberg('a'), unity])[0]?.kind).toBe('unityDelta');
  });

  it.each(['unityDelta', 'unityIceberg'])('are not Glue and %s together', (kind) => {
    const parsed = catalogsSchema.safeParse([{ kind: 'glue' }, { kind, name: 'main', server }]);
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      'glue and a Unity Catalog are not for one engine: use two presets',
    ]);
  });
});
