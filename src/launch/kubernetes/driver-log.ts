import type { Clock } from '../../core/clock.ts';
import { changeOrLate } from '../../core/time-limit.ts';
import { LineSplitter } from '../line-splitter.ts';
import { KubeError } from './kube-error.ts';

/** A driver's log as the cluster gives it. */
export interface LogSource {
  /**
   * Text whose lines begin with their times, from the second of `sinceTime` on, until the container ends. Rejects with a
   * `KubeError`: 400 while the container waits, 404 without a pod.
   */
  open(sinceTime: string | undefined, signal: AbortSignal): Promise<AsyncIterable<string>>;
  /** Whether more can come. */
  isOver(signal: AbortSignal): Promise<boolean>;
  /** Resolves with the next thing that becomes of the job: then there may be a log, or no more of it. */
  changed(): Promise<void>;
}

/** A line is cut here: a driver that never ends its line shall not fill our memory. */
const lineLimitBytes = 64 * 1024;
const waitMs = 500;
const longestWaitMs = 5000;
const maxLastTries = 3;

/**
 * The lines of a driver's log, each once, from its beginning to the container's end, however often the connection breaks: a new
 * one begins at the second of the last line, and what was read already is skipped.
 */
export async function* driverLog(
  source: LogSource,
  clock: Clock,
  signal: AbortSignal,
): AsyncIterable<string> {
  const place = new LogPlace();
  let isLastPass = false;
  let waits = 0;
  let lastTries = 0;
  while (!signal.aborted) {
    const changed = source.changed(); // asked for first: what happens meanwhile counts
    try {
      const text = await source.open(place.sinceTime, signal);
      place.beginAgain();
      for await (const stamped of linesOf(text)) {
        const line = place.take(stamped);
        if (line === undefined) continue;
        waits = 0;
        yield line;
      }
      if (isLastPass) return;
    } catch (thrown) {
      // Nothing more will come; what is left of it can't be had.
      if (signal.aborted || (isLastPass && (isGone(thrown) || ++lastTries >= maxLastTries))) return;
      if (thrown instanceof KubeError && thrown.status === 403) {
        yield `The driver's log can't be read: ${thrown.message}`;
        return;
      }
    }
    if (signal.aborted) return;
    // The stream may have broken off just before the end.
    isLastPass = await source.isOver(signal).catch(() => false);
    if (isLastPass && lastTries === 0) continue;
    waits += 1;
    await changeOrLate(changed, Math.min(longestWaitMs, waitMs * waits), clock, signal);
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncIterable<string> {
  const splitter = new LineSplitter(lineLimitBytes);
  for await (const piece of text) yield* splitter.push(Buffer.from(piece));
  yield* splitter.end();
}

function isGone(thrown: unknown): boolean {
  return thrown instanceof KubeError && thrown.status === 404;
}

/** How far a log has been read. */
class LogPlace {
  #lastNanos = -1n;
  /** How many lines of that very instant have been read. */
  #atLast = 0;
  #toSkip = 0;

  /** Kubernetes compares whole seconds. */
  get sinceTime(): string | undefined {
    if (this.#lastNanos < 0n) return undefined;
    const ms = Number(this.#lastNanos / 1_000_000_000n) * 1000;
    return new Date(ms).toISOString().replace('.000Z', 'Z');
  }

  beginAgain(): void {
    this.#toSkip = this.#atLast;
  }

  /** The line without its time; undefined for one that has been read before. */
  take(stamped: string): string | undefined {
    const blank = stamped.indexOf(' ');
    const stamp = blank === -1 ? stamped : stamped.slice(0, blank);
    const nanos = nanosOf(stamp);
    // A line without a time, e.g. the server's own word about a log that was rotated away.
    if (nanos === undefined) return stamped;
    if (nanos < this.#lastNanos) return undefined;
    if (nanos === this.#lastNanos) {
      if (this.#toSkip > 0) {
        this.#toSkip -= 1;
        return undefined;
      }
      this.#atLast += 1;
    } else {
      this.#lastNanos = nanos;
      this.#atLast = 1;
      this.#toSkip = 0;
    }
    return blank === -1 ? '' : stamped.slice(blank + 1);
  }
}

/** Nanoseconds since 1970 of an RFC 3339 time with as many digits as its writer liked. */
export function nanosOf(stamp: string): bigint | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(stamp);
  if (parts === null) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = parts;
  const ms = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
