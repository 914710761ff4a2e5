import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../src/config/durations.ts';

describe('a duration', () => {
  test.each([
    ['PT10S', 10_000],
    ['PT1H30M', 5_400_000],
    ['P1D', 86_400_000],
    ['P1DT2H', 93_600_000],
    ['PT0.5S', 500],
    ['PT0S', 0],
    ['pt3m', 180_000],
    ['15000', 15_000],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', 'P', 'PT', 'P1DT', '-1', 'PT-3S', '10s', '1.5', 'P1Y', 'P1M', 'PT3M2H', 'abc'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test('of whole seconds reads back in any split', () => {
    const part = fc.nat(10_000);
    fc.assert(
      fc.property(part, part, part, part, (d, h, m, s) => {
        const seconds = ((d * 24 + h) * 60 + m) * 60 + s;
        expect(parseDuration(`P${d}DT${h}H${m}M${s}S`)).toBe(seconds * 1000);
      }),
    );
  });
});
