import type { Socket } from 'node:net';
import { Client, type Filter, ResultCodeError } from 'ldapts';
import type { Clock } from '../../core/clock.ts';
import { withinLimit } from '../../core/time-limit.ts';
import { DirectoryEntry } from './directory-entry.ts';
import type { ServerAddress } from './ldap-settings.ts';
import { openSocket } from './ldap-socket.ts';
import { LdapTrouble } from './ldap-trouble.ts';

export interface ConnectionTimes {
  readonly connectTimeoutMs: number;
  readonly operationTimeoutMs: number;
  /** Silence after which the connection closes itself. */
  readonly idleMs: number;
}

export interface ConnectionOptions {
  readonly server: ServerAddress;
  readonly caFile: string | undefined;
  readonly times: ConnectionTimes;
  readonly clock: Clock;
}

export interface Search {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  /** Entries at most; what is beyond is left out. 0 is no limit. */
  readonly sizeLimit: number;
}

/** What a server answers to a bind when name or password are not good: RFC 4511, and Active Directory's ways. */
const refusals = new Set([
  19, // constraint violation: locked
  32, // no such object
  34, // invalid DN syntax
  48, // inappropriate authentication: no password to compare with
  49, // invalid credentials
  50, // insufficient access
  53, // unwilling to perform: account disabled
]);
/** A search that finds nothing because the base is not there, no DN, or hidden. */
const emptyResults = new Set([32, 34, 50]);
/** The server wants an encrypted connection. */
const encryptionDemands = new Set([8, 13]);

/** One connection, never opened again once it is closed: what was agreed on it (TLS, who is bound) went with it. */
export class LdapConnection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  #isOpen = true;

  private constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    let isTaken = false;
    this.#client = new Client({
      url: 'ldap://localhost', // the socket is there already
      createConnection: () => {
        if (isTaken) throw new LdapTrouble('lost', 'the connection was closed');
        isTaken = true;
        return socket;
      },
    });
    socket.once('close', () => (this.#isOpen = false));
    const { idleMs, operationTimeoutMs } = options.times;
    socket.setTimeout(Math.max(idleMs, operationTimeoutMs + 1000), () => this.close());
    this.#isOpen = !socket.destroyed;
  }

  /** Throws `LdapTrouble`, or the signal's reason. */
  static async open(options: ConnectionOptions, signal: AbortSignal): Promise<LdapConnection> {
    signal.throwIfAborted();
    const sockets: Socket[] = [];
    let isGivenUp = false;
    const keep = (socket: Socket): void => {
      if (isGivenUp) socket.destroy();
      else sockets.push(socket);
    };
    const ms = options.times.connectTimeoutMs;
    const late = (): Error => new LdapTrouble('slow', `no connection within ${ms} ms`);
    try {
      const socket = await withinLimit(openSocket(options.server, options.caFile, keep), {
        clock: options.clock,
        ms,
        signal,
        late,
      });
      return new LdapConnection(socket, options);
    } catch (thrown) {
      isGivenUp = true;
      for (const socket of sockets) socket.destroy();
      throw thrown;
    }
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#socket.destroyed;
  }

  /** Whether the directory takes the password for that name. Afterwards the connection acts for nobody, or for that name. */
  async bind(name: string, password: string, signal: AbortSignal): Promise<boolean> {
    // Without a password it would be an anonymous bind, which succeeds; and the library takes these names for SASL's.
    if (password === '' || !/[=@\\]/.test(name)) return false;
    try {
      await this.#perform('a bind', () => this.#client.bind(name, password), signal);
      return true;
    } catch (thrown) {
      if (thrown instanceof ResultCodeError && refusals.has(thrown.code)) return false;
      throw asTrouble(thrown, 'a bind');
    }
  }

  async search(search: Search, signal: AbortSignal): Promise<DirectoryEntry[]> {
    const { base, scope, filter, attributes, sizeLimit } = search;
    const options = { scope, filter, attributes: [...attributes], sizeLimit };
    try {
      const found = await this.#perform(
        'a search',
        () => this.#client.search(base, options),
        signal,
      );
      return found.searchEntries.map((entry) => new DirectoryEntry(entry));
    } catch (thrown) {
      if (thrown instanceof ResultCodeError && emptyResults.has(thrown.code)) return [];
      throw asTrouble(thrown, 'a search');
    }
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  /** One at a time. What does not end in time, or is not waited for, ends the connection: its answer would come too late. */
  async #perform<T>(what: string, start: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (!this.isOpen) throw new LdapTrouble('lost', 'the connection was closed');
    const ms = this.#options.times.operationTimeoutMs;
    const late = (): Error => new LdapTrouble('slow', `no answer to ${what} within ${ms} ms`);
    try {
      const limit = { clock: this.#options.clock, ms, signal, late };
      return await withinLimit(start().catch(libraryFailure(what)), limit);
    } catch (thrown) {
      if (!(thrown instanceof ResultCodeError)) this.close();
      throw thrown;
    }
  }
}

/** The library's own errors, results apart: the connection ended, or what came was no LDAP. */
function libraryFailure(what: string): (thrown: unknown) => never {
  return (thrown) => {
    if (thrown instanceof ResultCodeError || thrown instanceof LdapTrouble) throw thrown;
    throw new LdapTrouble('lost', `the connection ended during ${what}`, { cause: thrown });
  };
}

/** A result that is neither success nor refusal, as the server's trouble; anything else as it is. */
function asTrouble(thrown: unknown, what: string): unknown {
  if (!(thrown instanceof ResultCodeError)) return thrown;
  const details = encryptionDemands.has(thrown.code)
    ? {
        cause: thrown,
        hint: 'The server wants an encrypted connection: set torii.authentication.ldap.start.tls, or use ldaps://.',
      }
    : { cause: thrown };
  return new LdapTrouble('failed', `${what} ended with result ${thrown.code}`, details);
}
