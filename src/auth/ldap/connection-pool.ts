import { WorkSlots } from '../work-slots.ts';
import type { LdapConnection } from './ldap-connection.ts';
import { LdapTrouble } from './ldap-trouble.ts';

/** What a pool needs of a connection. */
export type Pooled = Pick<LdapConnection, 'isOpen' | 'close'>;

/** Connections kept open for the next one who needs one; each serves one at a time. */
export class ConnectionPool<C extends Pooled = LdapConnection> {
  readonly #open: (signal: AbortSignal) => Promise<C>;
  readonly #places: WorkSlots;
  readonly #all = new Set<C>();
  /** The most recently used one last. */
  #idle: C[] = [];
  #isStopped = false;

  constructor(limit: number, open: (signal: AbortSignal) => Promise<C>) {
    this.#places = new WorkSlots({ running: limit, waiting: Infinity });
    this.#open = open;
  }

  /**
   * Hands out a connection until `work` has settled. One that was kept may have been closed by the server meanwhile: `work`
   * is then done again, from its beginning, on a new one. Rejects as `work` or the opening does, with the signal's reason,
   * and for those who still wait as for the one whose time-out is over.
   */
  use<T>(work: (connection: C) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#places.run(async () => {
      try {
        return await this.#useOne(work, signal);
      } catch (thrown) {
        // A server that gives no answer to one gives none to those behind: each would wait for the same again.
        if (thrown instanceof LdapTrouble && thrown.kind === 'slow') this.#places.turnAway(thrown);
        throw thrown;
      }
    }, signal);
  }

  /** Closes every connection, in use or not; nothing is handed out afterwards. */
  stop(): void {
    this.#isStopped = true;
    for (const connection of this.#all) connection.close();
    this.#all.clear();
    this.#idle = [];
  }

  async #useOne<T>(work: (connection: C) => Promise<T>, signal: AbortSignal): Promise<T> {
    const kept = this.#takeKept();
    if (kept !== undefined) {
      try {
        return await this.#with(kept, work);
      } catch (thrown) {
        if (!(thrown instanceof LdapTrouble) || thrown.kind !== 'lost') throw thrown;
        this.#closeKept(); // the server has gone, or gone and come again, for all of them
      }
    }
    return this.#with(await this.#opened(signal), work);
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
}

const stopped = (): LdapTrouble => new LdapTrouble('unreachable', 'the gateway is stopping');
