import { systemClock, type Clock } from '../../src/core/clock.ts';

export interface HastyClock extends Clock {
  /** Changes its pace from now on; a sleep keeps that of its beginning. */
  hasten(timesFaster: number): void;
}

/** A clock on which so many seconds pass in one, for waits that a test does not want to sit through. */
export function hastyClock(timesFaster: number): HastyClock {
  let pace = timesFaster;
  let startMs = systemClock.monotonicMs();
  let passedMs = 0;
  const epochMs = systemClock.now();
  const nowMs = (): number => passedMs + (systemClock.monotonicMs() - startMs) * pace;
  return {
    now: () => epochMs + nowMs(),
    monotonicMs: nowMs,
    sleep: (ms, signal) => systemClock.sleep(ms / pace, signal),
    hasten: (faster) => {
      passedMs = nowMs();
      startMs = systemClock.monotonicMs();
      pace = faster;
    },
  };
}
