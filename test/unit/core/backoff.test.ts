import { expect, test } from 'vitest';
import { Backoff, backoffMs } from '../../../src/core/backoff.ts';

const limits = { firstMs: 500, longestMs: 30_000 };

test('a wait doubles with each failure up to the longest one, and half of it is random', () => {
  const waits = (random: number): number[] =>
    [1, 2, 3, 7, 5_000].map((failures) => backoffMs(failures, limits, random));
  expect(waits(1)).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
  expect(waits(0)).toEqual([250, 500, 1_000, 15_000, 15_000]);
});

test('a back-off remembers how often it was asked', () => {
  const backoff = new Backoff(1_000, 3_000);
  const isWithin = (fullMs: number): boolean => {
    const ms = backoff.next();
    return ms >= fullMs / 2 && ms <= fullMs;
  };
  expect([1_000, 2_000, 3_000, 3_000].map(isWithin)).toEqual([true, true, true, true]);
});
