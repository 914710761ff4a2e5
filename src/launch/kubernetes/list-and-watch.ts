import { backoffMs } from '../../core/backoff.ts';
import type { Clock } from '../../core/clock.ts';
import { KubeError } from './kube-error.ts';

export interface Listed {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
}

export interface WatchEvent {
  readonly kind: 'put' | 'gone' | 'bookmark';
  readonly object: unknown;
  readonly resourceVersion: string | undefined;
}

/** One kind of object as the API server tells it. */
export interface ObjectSource {
  list(signal: AbortSignal): Promise<Listed>;
  /**
   * Tells of changes since a version; resolves when the server ends the watch in good order, and rejects with a `KubeError`
   * otherwise, with status 410 for a version that is too old. May be quiet, but not for longer than half a minute.
   */
  watch(
    resourceVersion: string,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

export interface ObjectListener {
  /** All objects there are: what is missing has gone. */
  listed(items: readonly unknown[]): void;
  put(object: unknown): void;
  gone(object: unknown): void;
  unreachable(why: unknown): void;
}

export interface WatchPace {
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
}

const backoff = { firstMs: 500, longestMs: 30_000 };

/** Follows one kind of object by one list and one watch after the other, each from where the last one ended; resolves when the signal fires. */
export async function listAndWatch(
  source: ObjectSource,
  listener: ObjectListener,
  { clock, random }: WatchPace,
  signal: AbortSignal,
): Promise<void> {
  let version: string | undefined;
  let failures = 0;
  const onEvent = (event: WatchEvent): void => {
    failures = 0;
    version = event.resourceVersion ?? version;
    if (event.kind === 'put') listener.put(event.object);
    if (event.kind === 'gone') listener.gone(event.object);
  };
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    try {
      if (version === undefined) {
        const listed = await source.list(signal);
        if (isOver(signal)) return;
        version = listed.resourceVersion;
        listener.listed(listed.items);
      }
      await source.watch(version, onEvent, signal);
      // A server that ends each watch at once shall not be asked in a tight loop.
      if (clock.monotonicMs() - startedMs > backoff.longestMs / 2) failures = 0;
      else if (failures++ > 0) await pause(backoffMs(failures, backoff, random()));
    } catch (thrown) {
      if (isOver(signal)) return;
      version = undefined;
      const isExpired = thrown instanceof KubeError && thrown.status === 410;
      if (!isExpired) listener.unreachable(thrown);
      const asked = thrown instanceof KubeError ? (thrown.retryAfterMs ?? 0) : 0;
      if (!isExpired || failures > 0) {
        await pause(Math.max(asked, backoffMs(failures + 1, backoff, random())));
      }
      failures += 1;
    }
  }

  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, signal).catch(() => undefined);
  }
}

/** A function, since the compiler does not see that time passes. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
