import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isListSetting, mergeListSetting } from '../../../src/preset/list-settings.ts';

const jar = fc.stringMatching(/^[a-z]{1,3}$/);
const jars = fc.array(jar, { maxLength: 5 });
const values = fc.array(
  jars.map((parts) => parts.join(' , ')),
  { maxLength: 4 },
);
const split = (text: string): string[] => (text === '' ? [] : text.split(','));

describe('lists of several sources', () => {
  test('have each part once, and all of them', () => {
    fc.assert(
      fc.property(fc.array(jars, { maxLength: 4 }), (lists) => {
        const merged = split(
          mergeListSetting(
            'spark.jars',
            lists.map((one) => one.join(',')),
          ),
        );
        expect(new Set(merged)).toEqual(new Set(lists.flat()));
        expect(merged).toHaveLength(new Set(lists.flat()).size);
      }),
    );
  });

  test('keep the order in which their parts came', () => {
    fc.assert(
      fc.property(fc.array(jars, { maxLength: 4 }), (lists) => {
        const all = lists.flat();
        const merged = split(
          mergeListSetting(
            'spark.jars',
            lists.map((one) => one.join(',')),
          ),
        );
        expect(merged).toEqual(merged.toSorted((a, b) => all.indexOf(a) - all.indexOf(b)));
      }),
    );
  });

  test('are the same however they are put together, and once more', () => {
    const keys = fc.constantFrom(
      'spark.jars',
      'spark.driver.extraClassPath',
      'spark.driver.extraJavaOptions',
    );
    fc.assert(
      fc.property(keys, values, values, (key, one, other) => {
        const whole = mergeListSetting(key, [...one, ...other]);
        const ofParts = mergeListSetting(key, [
          mergeListSetting(key, one),
          mergeListSetting(key, other),
        ]);
        expect(ofParts).toBe(whole);
        expect(mergeListSetting(key, [whole])).toBe(whole);
      }),
    );
  });
});

test('class paths are joined by colons, the strongest first', () => {
  expect(mergeListSetting('spark.driver.extraClassPath', ['/a:/b', '/c:/a'])).toBe('/a:/b:/c');
});

test.each([
  ['the strongest comes last, where the JVM listens', ['-Dx=1', '-Dx=2'], '-Dx=2 -Dx=1'],
  [
    'an option keeps what belongs to it',
    ['--add-opens java.base/java.nio=ALL-UNNAMED', '--add-opens java.base/java.net=ALL-UNNAMED'],
    '--add-opens java.base/java.net=ALL-UNNAMED --add-opens java.base/java.nio=ALL-UNNAMED',
  ],
  [
    'quotes keep blanks together',
    [`-XX:OnOutOfMemoryError="kill -9 %p"`, `-Da='b c'`],
    `-Da='b c' -XX:OnOutOfMemoryError="kill -9 %p"`,
  ],
  ['what both say comes once', ['-Xss4m -Da=1', '-Xss4m'], '-Xss4m -Da=1'],
])('Java options: %s', (_, options, expected) => {
  expect(mergeListSetting('spark.executor.extraJavaOptions', options)).toBe(expected);
});

test.each([
  ['spark.jars', true],
  ['spark.sql.extensions', true],
  ['spark.sql.catalog.spark_catalog', false],
  ['spark.executor.memory', false],
])('%s is a list: %s', (key, expected) => {
  expect(isListSetting(key)).toBe(expected);
});
