import { Pool } from 'pg';
import type { DatabaseOptions, LoginDatabase } from './login-database.ts';
import { tlsOptions } from './login-database.ts';
import { sqlOf } from './login-query.ts';
import type { LoginQuery } from './login-query.ts';

const idleMs = 60_000;

/** PostgreSQL, and what speaks its protocol. */
export class PostgresDatabase implements LoginDatabase {
  readonly #options: DatabaseOptions;
  readonly #sql: string;
  #pool: Pool;

  constructor(query: LoginQuery, options: DatabaseOptions) {
    this.#options = options;
    this.#sql = sqlOf(query, (n) => `$${n}`);
    this.#pool = this.#open(true);
  }

  async hasRow(values: readonly string[]): Promise<boolean> {
    const pool = this.#pool;
    try {
      return (await pool.query(this.#sql, [...values])).rows.length > 0;
    } catch (thrown) {
      if (this.#options.address.tls !== 'prefer' || !lacksTls(thrown)) throw thrown;
      if (this.#pool === pool) {
        this.#pool = this.#open(false);
        await pool.end();
      }
      return (await this.#pool.query(this.#sql, [...values])).rows.length > 0;
    }
  }

  stop(): Promise<void> {
    return this.#pool.end();
  }

  #open(triesTls: boolean): Pool {
    const { address, user, password, poolSize, timeoutMs } = this.#options;
    const pool = new Pool({
      host: address.host,
      port: address.port,
      database: address.database,
      user,
      password: () => password, // a function, so that an empty one is not looked up elsewhere
      ssl: (triesTls && tlsOptions(this.#options)) || false,
      max: poolSize,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      idleTimeoutMillis: idleMs,
      application_name: 'torii',
    });
    return pool.on('error', () => {}); // an idle connection has ended: the next login opens another
  }
}

/** The library has no code for it. */
function lacksTls(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes('server does not support SSL');
}
