import type { Clock } from '../core/clock.ts';

const hurriedMs = 2_000;
const idleMs = 15_000;
const longestBackOffMs = 60_000;
/** Gateways that began together shall not ask together. */
const jitter = 0.2;

/** How long a poll waits for its next look. */
export class PollPace {
  readonly #clock: Clock;
  readonly #random: () => number;
  #isHurried = false;
  #wake: AbortController | undefined;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Somebody waits for a change, or nobody does any more. A wait under way ends as soon as the new pace wants it to. */
  hurry(isWaitedFor: boolean): void {
    const hasBegun = isWaitedFor && !this.#isHurried;
    this.#isHurried = isWaitedFor;
    if (hasBegun) this.#wake?.abort();
  }

  /** Resolves early when a hurry begins, and when the signal fires. */
  async wait(failures: number, signal: AbortSignal): Promise<void> {
    this.#wake = new AbortController();
    const either = AbortSignal.any([signal, this.#wake.signal]);
    await this.#clock.sleep(this.delayMs(failures), either).catch(() => undefined); // woken: the caller goes on
    this.#wake = undefined;
  }

  delayMs(failures: number): number {
    const pace = this.#isHurried ? hurriedMs : idleMs;
    if (failures === 0) return this.#isHurried ? pace : pace * (1 - jitter * this.#random());
    const backOff = Math.min(hurriedMs * 2 ** (failures - 1), longestBackOffMs);
    return backOff * (1 - jitter * this.#random());
  }
}
