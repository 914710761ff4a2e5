import { GatewayError } from '../core/errors.ts';

export interface WorkLimits {
  /** At most as many pieces of work run at once. */
  readonly running: number;
  /** At most as many wait; more are turned away. */
  readonly waiting: number;
}

/** Bounds work that is dear to us or to whom we ask: what finds no slot waits its turn, in the order of coming. */
export class WorkSlots {
  readonly #limits: WorkLimits;
  readonly #queue = new Set<Waiter>();
  #running = 0;

  constructor(limits: WorkLimits) {
    this.#limits = limits;
  }

  /** Throws AUTHENTICATION_UNAVAILABLE when too many wait, and the signal's reason when that fires before the turn comes. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#running >= this.#limits.running) await this.#turn(signal);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** All who wait now fail with the reason. */
  turnAway(reason: Error): void {
    for (const waiter of [...this.#queue]) waiter.turnAway(reason);
  }

  /** The one who ends hands its slot over, so the count stays. */
  #next(): void {
    const [first] = this.#queue;
    if (first === undefined) this.#running -= 1;
    else first.start();
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#queue.size >= this.#limits.waiting) {
      throw new GatewayError(
        'AUTHENTICATION_UNAVAILABLE',
        `${this.#queue.size} logins wait for their turn already`,
        { hint: 'Try again in some seconds.' },
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (finish: () => void): void => {
      this.#queue.delete(waiter);
      signal.removeEventListener('abort', giveUp);
      finish();
    };
    const giveUp = (): void => settle(() => reject(signal.reason as Error)); // whoever aborts gives an Error
    const waiter: Waiter = {
      start: () => settle(resolve),
      turnAway: (reason) => settle(() => reject(reason)),
    };
    this.#queue.add(waiter);
    signal.addEventListener('abort', giveUp, { once: true });
    return promise;
  }
}

interface Waiter {
  start(): void;
  turnAway(reason: Error): void;
}
