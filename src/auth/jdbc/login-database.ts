import type { DatabaseAddress } from './database-url.ts';

/** What a database is asked over. */
export interface DatabaseOptions {
  readonly address: DatabaseAddress;
  readonly user: string;
  readonly password: string;
  /** PEM; undefined is what the system trusts. */
  readonly ca: string | undefined;
  readonly poolSize: number;
  readonly timeoutMs: number;
}

/** One kind of database. */
export interface LoginDatabase {
  /** Whether the query has a row for these values, bound in the order of its parameters. The signal ends a wait. */
  hasRow(values: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** Lets go of all connections. */
  stop(): Promise<void>;
}

/** How to open one, with TLS or without. */
export interface DatabaseKind {
  open(triesTls: boolean): LoginDatabase;
  /** Whether a failure says that the server has no TLS. */
  lacksTls(thrown: unknown): boolean;
}

/** `prefer`: TLS, until the server says that it has none. */
export class PreferringTls implements LoginDatabase {
  readonly #kind: DatabaseKind;
  #database: LoginDatabase;

  constructor(kind: DatabaseKind) {
    this.#kind = kind;
    this.#database = kind.open(true);
  }

  async hasRow(values: readonly string[], signal: AbortSignal): Promise<boolean> {
    const tried = this.#database;
    try {
      return await tried.hasRow(values, signal);
    } catch (thrown) {
      // Another login may have found out meanwhile, and closed what we tried.
      if (tried === this.#database) {
        if (!this.#kind.lacksTls(thrown)) throw thrown;
        this.#database = this.#kind.open(false);
        await tried.stop().catch(() => {}); // what it was about to open is of no use
      }
      return this.#database.hasRow(values, signal);
    }
  }

  stop(): Promise<void> {
    return this.#database.stop();
  }
}
