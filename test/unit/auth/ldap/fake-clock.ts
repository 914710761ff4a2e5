import type { Clock } from '../../../../src/core/clock.ts';

/** Time that passes when it is told to; nothing sleeps. */
export class FakeClock implements Clock {
  #ms = 1000;

  now(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error('nothing sleeps here'));
  }

  advance(ms: number): void {
    this.#ms += ms;
  }
}
