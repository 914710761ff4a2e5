import type { Clock } from '../../core/clock.ts';

export interface Bounds {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal: AbortSignal;
  /** What the wait fails with when the time is over. */
  readonly late: () => Error;
}

/** Settles as `work` does, or rejects when the time is over or the signal fires. `work` itself goes on, and is heard. */
export async function bounded<T>(work: Promise<T>, bounds: Bounds): Promise<T> {
  const settled = new AbortController();
  const wake = AbortSignal.any([settled.signal, bounds.signal]);
  const expiry = bounds.clock.sleep(bounds.ms, wake).then(() => {
    throw bounds.late();
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    settled.abort();
  }
}
