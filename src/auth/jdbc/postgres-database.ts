import { Pool } from 'pg';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseOptions, LoginDatabase } from './login-database.ts';
import { sqlOf } from './login-query.ts';
import type { LoginQuery } from './login-query.ts';

const idleMs = 60_000;

/** PostgreSQL, and what speaks its protocol. */
export class PostgresDatabase implements LoginDatabase {
  readonly #sql: string;
  readonly #pool: Pool;

  constructor(query: LoginQuery, options: DatabaseOptions, hasTls: boolean) {
    const { address, user, password, poolSize, timeoutMs } = options;
    this.#sql = sqlOf(query, (n) => `$${n}`);
    this.#pool = new Pool({
      host: address.host,
      port: address.port,
      database: address.database,
      user,
      password: () => password, // a function, so that an empty one is not looked up elsewhere
      ssl: hasTls && tlsOptions(options),
      max: poolSize,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      idleTimeoutMillis: idleMs,
      application_name: 'torii',
    });
    this.#pool.on('error', () => {}); // an idle connection has ended: the next login opens another
  }

  /** A wait ends by the limits of the pool, which then closes the connection. */
  async hasRow(values: readonly string[]): Promise<boolean> {
    const { rows } = await this.#pool.query(this.#sql, [...values]);
    return rows.length > 0;
  }

  stop(): Promise<void> {
    return this.#pool.end();
  }

  /** The library has no code for it. */
  static lacksTls(thrown: unknown): boolean {
    return thrown instanceof Error && thrown.message.includes('server does not support SSL');
  }
}

function tlsOptions({ address, ca }: DatabaseOptions): ConnectionOptions {
  return {
    rejectUnauthorized: address.tls === 'verify-ca' || address.tls === 'verify-full',
    ...(ca === undefined ? {} : { ca }),
    ...(address.tls === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}
