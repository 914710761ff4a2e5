import type { LdapConnection } from './ldap-connection.ts';
import { LdapTrouble } from './ldap-trouble.ts';

/** What a pool needs of a connection. */
export type Pooled = Pick<LdapConnection, 'isOpen' | 'close'>;

/** Connections kept open for the next one who needs one; each serves one at a time. */
export class ConnectionPool<C extends Pooled = LdapConnection> {
  readonly #open: (signal: AbortSignal) => Promise<C>;
  readonly #limit: number;
  readonly #all = new Set<C>();
  readonly #waiting = new Set<Waiter>();
  /** The most recently used one last. */
  #idle: C[] = [];
  #inUse = 0;
  #isStopped = false;

  constructor(limit: number, open: (signal: AbortSignal) => Promise<C>) {
    this.#limit = limit;
    this.#open = open;
  }

  /**
   * Hands out a connection until `work` has settled. One that was kept may have been closed by the server meanwhile: `work`
   * is then done again, from its beginning, on a new one. Rejects as `work` or the opening does, with the signal's reason,
   * and for those who still wait as for the one whose time-out is over.
   */
  async use<T>(work: (connection: C) => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      const kept = this.#takeKept();
      if (kept !== undefined) {
        try {
          return await this.#with(kept, work);
        } catch (thrown) {
          if (!(thrown instanceof LdapTrouble) || thrown.kind !== 'lost') throw thrown;
          this.#closeKept(); // the server has gone, or gone and come again, for all of them
        }
      }
      return await this.#with(await this.#opened(signal), work);
    } catch (thrown) {
      if (thrown instanceof LdapTrouble && thrown.kind === 'slow') this.#turnAway(thrown);
      throw thrown;
    } finally {
      this.#leave();
    }
  }

  /** Closes every connection, in use or not; nothing is handed out afterwards. */
  stop(): void {
    this.#isStopped = true;
    for (const connection of this.#all) connection.close();
    this.#all.clear();
    this.#idle = [];
  }

  async #opened(signal: AbortSignal): Promise<C> {
    if (this.#isStopped) throw stopped();
    const connection = await this.#open(signal);
    if (this.#isStopped) {
      connection.close();
      throw stopped();
    }
    this.#all.add(connection);
    return connection;
  }

  async #with<T>(connection: C, work: (connection: C) => Promise<T>): Promise<T> {
    try {
      return await work(connection);
    } finally {
      if (connection.isOpen && !this.#isStopped) this.#idle.push(connection);
      else this.#forget(connection);
    }
  }

  #takeKept(): C | undefined {
    for (;;) {
      const kept = this.#idle.pop();
      if (kept === undefined || kept.isOpen) return kept;
      this.#forget(kept);
    }
  }

  #closeKept(): void {
    for (const kept of this.#idle.splice(0)) this.#forget(kept);
  }

  #forget(connection: C): void {
    connection.close();
    this.#all.delete(connection);
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inUse < this.#limit) {
      this.#inUse += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const waiter: Waiter = {
        admit: () => settle(resolve),
        turnAway: (reason) => settle(() => reject(reason)),
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The place goes to who has waited longest. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#inUse -= 1;
    else next.admit();
  }

  /** A server that gives no answer to one gives none to those behind: each would wait for the same again. */
  #turnAway(reason: LdapTrouble): void {
    for (const waiter of [...this.#waiting]) waiter.turnAway(reason);
  }
}

interface Waiter {
  admit(): void;
  turnAway(reason: LdapTrouble): void;
}

const stopped = (): LdapTrouble => new LdapTrouble('unreachable', 'the gateway is stopping');
