export interface BackoffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait after so many failures, in milliseconds: `firstMs` after the first one, then twice as long each time up to
 * `longestMs`. Half of it is random, so that many who failed together don't come back together; `random` is from 0 up to 1.
 */
export function backoffMs(failures: number, limits: BackoffLimits, random: number): number {
  const fullMs = Math.min(limits.longestMs, limits.firstMs * 2 ** (failures - 1));
  return fullMs / 2 + (fullMs / 2) * random;
}

/** Waits between the tries of one thing. */
export class Backoff {
  readonly #limits: BackoffLimits;
  #failures = 0;

  constructor(firstMs: number, longestMs: number) {
    this.#limits = { firstMs, longestMs };
  }

  /** How long to wait now, in milliseconds. */
  next(): number {
    this.#failures += 1;
    return backoffMs(this.#failures, this.#limits, Math.random());
  }
}
