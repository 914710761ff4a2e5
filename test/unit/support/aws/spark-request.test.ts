import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellWords } from '../../../support/aws/shell-words.ts';
import {
  propertiesOf,
  readCommandLine,
  readParameters,
  settingsOf,
  sizeOf,
} from '../../../support/aws/spark-request.ts';

describe('words of a shell', () => {
  test.each([
    ['a  b\tc', ['a', 'b', 'c']],
    [`'a b' "c d"`, ['a b', 'c d']],
    [`--conf "a=\\"b\\" \\$c \\d"`, ['--conf', 'a="b" $c \\d']],
    [`a\\ b '' ""`, ['a b', '', '']],
    [`x'y'"z"`, ['xyz']],
    [`'it'\\''s'`, ["it's"]],
  ])('%s', (text, words) => expect(shellWords(text)).toEqual(words));

  test('a quote that does not end is refused', () => {
    expect(() => shellWords(`--conf 'a=b`)).toThrow(/not closed/);
  });

  test('any text in single quotes comes back', () => {
    const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(shellWords(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });
});

test('parameters hold options only', () => {
  expect(readParameters('--class A --conf a=b=c --verbose --name=x')).toEqual([
    ['--class', 'A'],
    ['--conf', 'a=b=c'],
    ['--verbose'],
    ['--name', 'x'],
  ]);
  expect(() => readParameters('--class A stray')).toThrow(/stray/);
  expect(() => readParameters('--class')).toThrow(/missing argument/);
});

test('a command line ends its options at the entry point', () => {
  expect(readCommandLine(['--class', 'A', 'x.jar', '--class', 'mine'])).toEqual({
    ...{ options: [['--class', 'A']], entryPoint: 'x.jar', args: ['--class', 'mine'] },
    defaults: {},
  });
});

test('options win over the classification, whose inner ones count, too', () => {
  const defaults = propertiesOf('spark-defaults', [
    { classification: 'spark-defaults', properties: { a: '1', b: '1' } },
    { classification: 'other', properties: { a: '9' } },
    {
      classification: 'x',
      configurations: [{ classification: 'spark-defaults', properties: { b: '2' } }],
    },
  ]);
  const request = { entryPoint: 'x', args: [], options: readParameters('--conf a=3'), defaults };
  expect(settingsOf(request)).toEqual({ a: '3', b: '2' });
});

test('a job holds its driver and its first executors', () => {
  expect(sizeOf({})).toEqual({ vCpus: 16, memoryGb: 56, diskGb: 80 });
  expect(
    sizeOf({
      ...{ 'spark.driver.cores': '1', 'spark.driver.memory': '512m' },
      ...{ 'spark.executor.cores': '2', 'spark.executor.memory': '4g' },
      ...{ 'spark.dynamicAllocation.enabled': 'true', 'spark.dynamicAllocation.minExecutors': '0' },
    }),
  ).toEqual({ vCpus: 1, memoryGb: 0.5, diskGb: 20 });
});
