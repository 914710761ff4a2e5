import type { Clock } from '../../src/core/clock.ts';

/** A clock that stands still until a test moves it on. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(): ManualClock {
  let now = 1_700_000_000_000;
  return {
    now: () => now,
    monotonicMs: () => now,
    sleep: () => Promise.reject(new Error('nobody waits for this clock')),
    advance: (ms) => {
      now += ms;
    },
  };
}
