import { GatewayError } from '../core/errors.ts';

export interface WorkLimits {
  /** At most as many pieces of work run at once. */
  readonly running: number;
  /** At most as many wait; more are turned away. */
  readonly waiting: number;
}

/** Bounds work that is dear to us or to whom we ask: what finds no slot waits its turn. */
export class WorkSlots {
  readonly #limits: WorkLimits;
  readonly #queue = new Set<() => void>();
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

  /** The one who ends hands its slot over, so the count stays. */
  #next(): void {
    const [first] = this.#queue;
    if (first === undefined) this.#running -= 1;
    else first();
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
    const leave = (): void => {
      this.#queue.delete(start);
      signal.removeEventListener('abort', giveUp);
    };
    const start = (): void => {
      leave();
      resolve();
    };
    const giveUp = (): void => {
      leave();
      reject(signal.reason as Error); // whoever aborts gives an Error
    };
    this.#queue.add(start);
    signal.addEventListener('abort', giveUp, { once: true });
    return promise;
  }
}
