import { expect, test } from 'vitest';
import { parseQuantity } from '../../../support/kubernetes/quantity.ts';

test.each<[string | number, number | undefined]>([
  ['500m', 0.5],
  ['2', 2],
  [3, 3],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['100M', 100e6],
  ['1e3', 1000],
  ['.5', 0.5],
  ['1g', undefined],
  ['', undefined],
  ['one', undefined],
])('%s is %s', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});
