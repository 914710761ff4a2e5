/** Waits between tries: they double from `firstMs` up to `longestMs`, each shortened at random by up to a half. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #random: () => number;
  #tries = 0;

  constructor(firstMs: number, longestMs: number, random: () => number = Math.random) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#random = random;
  }

  /** How long to wait now, milliseconds: so many clients that failed together don't come back together. */
  next(): number {
    const fullMs = Math.min(this.#firstMs * 2 ** this.#tries, this.#longestMs);
    if (fullMs < this.#longestMs) this.#tries++;
    return fullMs * (1 - this.#random() / 2);
  }

  reset(): void {
    this.#tries = 0;
  }
}
