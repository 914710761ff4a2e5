import { createPool } from 'mysql2/promise';
import type { Pool } from 'mysql2/promise';
import type { DatabaseOptions, LoginDatabase } from './login-database.ts';
import { tlsOptions } from './login-database.ts';
import { sqlOf } from './login-query.ts';
import type { LoginQuery } from './login-query.ts';

const idleMs = 60_000;

/** MySQL and MariaDB. */
export class MysqlDatabase implements LoginDatabase {
  readonly #options: DatabaseOptions;
  readonly #sql: string;
  #pool: Pool;

  constructor(query: LoginQuery, options: DatabaseOptions) {
    this.#options = options;
    this.#sql = sqlOf(query, () => '?');
    this.#pool = this.#open(true);
  }

  async hasRow(values: readonly string[]): Promise<boolean> {
    const pool = this.#pool;
    try {
      return await this.#ask(pool, values);
    } catch (thrown) {
      if (this.#options.address.tls !== 'prefer' || !lacksTls(thrown)) throw thrown;
      if (this.#pool === pool) {
        this.#pool = this.#open(false);
        await pool.end();
      }
      return this.#ask(this.#pool, values);
    }
  }

  stop(): Promise<void> {
    return this.#pool.end();
  }

  /** Prepared by the server, which gets the values apart from the statement. */
  async #ask(pool: Pool, values: readonly string[]): Promise<boolean> {
    const connection = await pool.getConnection();
    try {
      const timeout = this.#options.timeoutMs;
      const [rows] = await connection.execute({ sql: this.#sql, timeout }, [...values]);
      connection.release();
      return Array.isArray(rows) && rows.length > 0;
    } catch (thrown) {
      connection.destroy(); // an answer that comes late must not be taken for the next one
      throw thrown;
    }
  }

  #open(triesTls: boolean): Pool {
    const { address, user, password, poolSize, timeoutMs } = this.#options;
    const ssl = triesTls ? tlsOptions(this.#options) : undefined;
    return createPool({
      host: address.host,
      port: address.port,
      database: address.database,
      user,
      password,
      ...(ssl === undefined ? {} : { ssl }),
      connectionLimit: poolSize,
      connectTimeout: timeoutMs,
      idleTimeout: idleMs,
      maxIdle: 1,
      multipleStatements: false,
    });
  }
}

function lacksTls(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'HANDSHAKE_NO_SSL_SUPPORT';
}
