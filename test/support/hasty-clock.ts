import { systemClock, type Clock } from '../../src/core/clock.ts';

/** A clock on which so many seconds pass in one, for waits that a test does not want to sit through. */
export function hastyClock(timesFaster: number): Clock {
  const startMs = systemClock.monotonicMs();
  const epochMs = systemClock.now();
  const passedMs = (): number => (systemClock.monotonicMs() - startMs) * timesFaster;
  return {
    now: () => epochMs + passedMs(),
    monotonicMs: passedMs,
    sleep: (ms, signal) => systemClock.sleep(ms / timesFaster, signal),
  };
}
