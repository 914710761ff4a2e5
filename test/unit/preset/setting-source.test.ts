import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinSources } from '../../../src/preset/setting-source.ts';
import type { SettingSource } from '../../../src/preset/setting-source.ts';

const keys = fc.constantFrom('spark.a', 'spark.b', 'spark.jars', 'spark.sql.extensions');
const settings = fc
  .array(fc.tuple(keys, fc.constantFrom('x', 'y', 'x,y')), { maxLength: 4 })
  .map((entries) => new Map(entries));
const sources: fc.Arbitrary<SettingSource[]> = fc
  .array(settings, { maxLength: 4 })
  .map((all) => all.map((one, index) => ({ name: `source ${index}`, settings: one })));
const isList = (key: string): boolean => /jars|extensions/.test(key);

/** Values of single keys that sources say differently. */
function contradictions(all: readonly SettingSource[]): string[] {
  return ['spark.a', 'spark.b'].filter(
    (key) => new Set(all.flatMap((one) => one.settings.get(key) ?? [])).size > 1,
  );
}

describe('sources of the same strength', () => {
  test('join when they agree, and nothing that one of them says gets lost', () => {
    fc.assert(
      fc.property(sources, (all) => {
        fc.pre(contradictions(all).length === 0);
        const joined = joinSources(all);
        for (const { name, settings: one } of all) {
          for (const [key, value] of one) {
            const { value: holds = '', sources: by = [] } = joined.get(key) ?? {};
            expect(by).toContain(name);
            if (isList(key))
              expect(holds.split(',')).toEqual(expect.arrayContaining(value.split(',')));
            else expect(holds).toBe(value);
          }
        }
        expect(new Set(joined.keys())).toEqual(
          new Set(all.flatMap((one) => [...one.settings.keys()])),
        );
      }),
    );
  });

  test('are refused when they do not, whatever their order, and two that differ are named', () => {
    fc.assert(
      fc.property(sources, (all) => {
        fc.pre(contradictions(all).length > 0);
        for (const inOrder of [all, all.toReversed()]) {
          expect(() => joinSources(inOrder)).toThrow(
            /^spark\.[ab] is one thing for source \d( and source \d)* and another for source \d$/,
          );
        }
      }),
    );
  });
});
