import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { LaunchTag } from './launcher.ts';

interface Waiter {
  readonly tag: LaunchTag;
  readonly go: () => void;
}

/** Limits how many launches run at once; who waits is served in order. */
export class LaunchSlots {
  readonly #limit: number | undefined;
  readonly #limitName: string;
  readonly #clock: Clock;
  readonly #holders = new Set<LaunchTag>();
  readonly #waiters = new Set<Waiter>();

  constructor(
    limit: number | undefined,
    clock: Clock,
    limitName = 'kyuubi.server.limit.engine.startup',
  ) {
    this.#limit = limit;
    this.#limitName = limitName;
    this.#clock = clock;
  }

  get held(): number {
    return this.#holders.size;
  }

  /** Waits for a slot, and says how many wait before it; throws ENGINE_LAUNCH_BUSY after `timeoutMs`, the signal's reason when it fires. */
  async acquire(
    tag: LaunchTag,
    timeoutMs: number,
    signal: AbortSignal,
    onWait: (ahead: number) => void = () => {},
  ): Promise<void> {
    signal.throwIfAborted();
    if (this.#isFree()) {
      this.#holders.add(tag);
      return;
    }
    onWait(this.#waiters.size);
    const turn = Promise.withResolvers<void>();
    const waiter: Waiter = { tag, go: turn.resolve };
    this.#waiters.add(waiter);
    const timer = new AbortController();
    try {
      const either = AbortSignal.any([signal, timer.signal]);
      await Promise.race([turn.promise, this.#expire(tag, timeoutMs, either)]);
    } catch (error) {
      this.#waiters.delete(waiter);
      this.release(tag); // its turn may have come in the very moment in which it gave up
      throw error;
    } finally {
      timer.abort();
    }
  }

  release(tag: LaunchTag): void {
    this.#holders.delete(tag);
    for (const waiter of this.#waiters) {
      if (!this.#isFree()) return;
      this.#waiters.delete(waiter);
      this.#holders.add(waiter.tag);
      waiter.go();
    }
  }

  #isFree(): boolean {
    return this.#limit === undefined || this.#holders.size < this.#limit;
  }

  async #expire(tag: LaunchTag, timeoutMs: number, signal: AbortSignal): Promise<never> {
    await this.#clock.sleep(timeoutMs, signal);
    const limit = `${this.#limitName} = ${this.#limit}`;
    throw new GatewayError(
      'ENGINE_LAUNCH_BUSY',
      `launch ${tag} has waited ${timeoutMs} ms for its turn (${limit})`,
    );
  }
}
