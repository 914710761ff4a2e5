import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

interface Remembered {
  readonly user: string;
  /** By the monotonic clock. */
  readonly untilMs: number;
}

/** Logins that succeeded a moment ago. Names and passwords are not kept, only a hash of both under a key that dies with the process. */
export class LoginCache {
  readonly #key = randomBytes(32);
  readonly #logins = new Map<string, Remembered>();
  readonly #lifetimeMs: number;
  readonly #limit: number;
  readonly #clock: Clock;

  /** A lifetime of 0 ms turns it off. */
  constructor(lifetimeMs: number, limit: number, clock: Clock) {
    this.#lifetimeMs = lifetimeMs;
    this.#limit = limit;
    this.#clock = clock;
  }

  get size(): number {
    return this.#logins.size;
  }

  /** As whom the two came in last time. */
  find(typed: string, password: string): string | undefined {
    if (this.#lifetimeMs === 0) return undefined;
    const id = this.#idOf(typed, password);
    const found = this.#logins.get(id);
    if (found === undefined || found.untilMs > this.#clock.monotonicMs()) return found?.user;
    this.#logins.delete(id);
    return undefined;
  }

  remember(typed: string, password: string, user: string): void {
    if (this.#lifetimeMs === 0) return;
    const id = this.#idOf(typed, password);
    this.#logins.delete(id); // the newest stands last
    this.#logins.set(id, { user, untilMs: this.#clock.monotonicMs() + this.#lifetimeMs });
    for (const oldest of this.#logins.keys()) {
      if (this.#logins.size <= this.#limit) break;
      this.#logins.delete(oldest);
    }
  }

  /** The name's length stands first, so that no other pair reads the same. */
  #idOf(typed: string, password: string): string {
    const hash = createHmac('sha256', this.#key);
    return hash.update(`${typed.length}:${typed}${password}`).digest('base64');
  }
}
