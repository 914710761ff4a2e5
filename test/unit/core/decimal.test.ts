import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalText, dividedRounded, parseDecimal } from '../../../src/core/decimal.ts';

test.each([
  ['12', 2, 1200n],
  ['0.5', 4, 5000n],
  ['-3.25', 2, -325n],
  ['007.10', 2, 710n],
])('%s with %i places', (text, places, units) => {
  expect(parseDecimal(text, places)).toBe(units);
});

test.each(['', '1,5', '1e3', '.5', '5.', '+1', ' 1', 'NaN', '0.123'])(
  '%j is no decimal of two places',
  (text) => {
    expect(parseDecimal(text, 2)).toBeUndefined();
  },
);

test('shows as many places as are needed, and as many as are asked for', () => {
  expect(decimalText(0n, 8, 4)).toBe('0.0000');
  expect(decimalText(1n, 8, 4)).toBe('0.00000001');
  expect(decimalText(1_250_000_000n, 8, 4)).toBe('12.5000');
  expect(decimalText(-5n, 2, 0)).toBe('-0.05');
  expect(decimalText(500n, 2, 0)).toBe('5');
});

test('what is shown is read as the same value', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.integer({ min: 0, max: 12 }), (units, places) => {
      expect(parseDecimal(decimalText(units, places, 0), places)).toBe(units);
    }),
  );
});

test('a half is rounded up', () => {
  expect([4n, 5n, 6n, 14n, 15n].map((each) => dividedRounded(each, 10n))).toEqual([
    ...[0n, 1n, 1n, 1n, 2n],
  ]);
});
