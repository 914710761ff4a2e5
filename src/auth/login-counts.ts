import type { ThrottleConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import { RecentMap } from '../core/recent-map.ts';

interface Count {
  readonly failures: number;
  readonly lastMs: number;
  readonly refusedUntilMs: number;
}

const nothing: Count = { failures: 0, lastMs: 0, refusedUntilMs: 0 };

/** Failures by one kind of key (a name, an address, or both), and how long the next attempt is refused for them. */
export class LoginCounts {
  readonly #limit: number | undefined;
  readonly #config: ThrottleConfig;
  readonly #clock: Clock;
  readonly #counts: RecentMap<string, Count>;
  /** Logins under way, each an end that somebody may wait for. As many as there are connections at most. */
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Without a limit nothing is counted or refused. */
  constructor(limit: number | undefined, config: ThrottleConfig, clock: Clock) {
    this.#limit = limit;
    this.#config = config;
    this.#clock = clock;
    this.#counts = new RecentMap(config.maxEntries);
  }

  refusedForMs(key: string): number {
    return Math.max(0, this.#count(key).refusedUntilMs - this.#clock.monotonicMs());
  }

  failuresOf(key: string): number {
    return this.#count(key).failures;
  }

  /** As many are under way as may still fail; behind the limit that is one. */
  isFull(key: string): boolean {
    if (this.#limit === undefined) return false;
    const mayFail = Math.max(1, this.#limit - this.#count(key).failures);
    return (this.#underWay.get(key) ?? 0) >= mayFail;
  }

  begin(key: string): void {
    if (this.#limit === undefined) return;
    this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
  }

  end(key: string): void {
    const others = (this.#underWay.get(key) ?? 0) - 1;
    if (others > 0) this.#underWay.set(key, others);
    else this.#underWay.delete(key);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const wake of waiting) wake();
  }

  fail(key: string): void {
    if (this.#limit === undefined) return;
    const now = this.#clock.monotonicMs();
    const failures = this.#count(key).failures + 1;
    const { firstPauseMs, longestPauseMs } = this.#config;
    const beyond = failures - this.#limit;
    const pauseMs = beyond < 0 ? 0 : Math.min(firstPauseMs * 2 ** beyond, longestPauseMs);
    this.#counts.set(key, { failures, lastMs: now, refusedUntilMs: now + pauseMs });
  }

  takeBack(key: string, failures: number): void {
    const count = this.#count(key);
    const left = count.failures - failures;
    if (left <= 0) this.#counts.delete(key);
    else this.#counts.set(key, { ...count, failures: left });
  }

  /** Resolves when a login under way has ended; rejects with the signal's reason. */
  async changed(key: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      const others = (this.#waiting.get(key) ?? []).filter((each) => each !== resolve);
      if (others.length > 0) this.#waiting.set(key, others);
      else this.#waiting.delete(key);
    }
  }

  #count(key: string): Count {
    const count = this.#counts.get(key);
    const isOver =
      count === undefined || this.#clock.monotonicMs() - count.lastMs > this.#config.forgetMs;
    return isOver ? nothing : count;
  }
}
