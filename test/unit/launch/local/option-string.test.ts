import { expect, it } from 'vitest';
import { quoteOption, splitOptions } from '../../../../src/launch/local/option-string.ts';

it("splits options as Spark's launcher does", () => {
  expect(splitOptions(` -Da="x y"  '-Db=\\1' -Dc=\\"q\\" "" `)).toEqual([
    '-Da=x y',
    '-Db=\\1',
    '-Dc="q"',
    '',
  ]);
});

it('reads back what it has quoted', () => {
  const options = ['-Xshare:auto', '-Da=x y', '-Db="q"', '-Dc=\\', "-Dd='e'"];
  expect(splitOptions(options.map(quoteOption).join(' '))).toEqual(options);
});
