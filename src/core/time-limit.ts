import type { Clock } from './clock.ts';

export interface TimeLimit {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
  /** What the wait fails with when the limit is over. */
  readonly late: () => Error;
}

const settled = new Error('what was waited for has settled');

/** Settles as `work` does, or rejects when the limit is over or the signal fires. `work` itself goes on, and is heard. */
export async function withinLimit<T>(work: Promise<T>, limit: TimeLimit): Promise<T> {
  const over = new AbortController();
  const forward = (): void => over.abort(limit.signal?.reason);
  limit.signal?.addEventListener('abort', forward, { once: true });
  if (limit.signal?.aborted === true) forward();
  const expiry = limit.clock.sleep(limit.ms, over.signal).then(() => {
    throw limit.late();
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    limit.signal?.removeEventListener('abort', forward);
    over.abort(settled); // without a reason it would make one, stack and all, for each wait
  }
}

/** Waits for a change, for `ms` at most or until the signal fires: resolves in each case, and rejects only where `change` does. */
export async function changeOrLate(
  change: Promise<unknown>,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const late = clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => {});
  try {
    await Promise.race([change, late]);
  } finally {
    over.abort(settled);
  }
}
