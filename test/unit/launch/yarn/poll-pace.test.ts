import { expect, it } from 'vitest';
import { PollPace } from '../../../../src/launch/yarn/poll-pace.ts';
import { manualClock } from '../../../support/manual-clock.ts';

it('is slow while nobody waits, 2 s while somebody does, and slower each time that nobody answers', () => {
  const pace = new PollPace(manualClock(), () => 0);
  expect(pace.delayMs(0)).toBe(15_000);
  pace.hurry(true);
  expect(pace.delayMs(0)).toBe(2_000);
  expect([1, 2, 3, 4, 5, 6, 20].map((failures) => pace.delayMs(failures))).toEqual([
    2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
  ]);
});

it('is never longer than it says, and up to a fifth shorter', () => {
  const pace = new PollPace(manualClock(), () => 0.999);
  expect(pace.delayMs(0)).toBeGreaterThan(12_000);
  expect(pace.delayMs(0)).toBeLessThan(12_010);
  pace.hurry(true);
  expect(pace.delayMs(0)).toBe(2_000);
});
