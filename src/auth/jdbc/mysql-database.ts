import { createPool } from 'mysql2/promise';
import type { Pool, SslOptions } from 'mysql2/promise';
import type { DatabaseOptions, LoginDatabase } from './login-database.ts';
import { sqlOf } from './login-query.ts';
import type { LoginQuery } from './login-query.ts';

const idleMs = 60_000;

/** MySQL and MariaDB. */
export class MysqlDatabase implements LoginDatabase {
  readonly #sql: string;
  readonly #pool: Pool;

  constructor(query: LoginQuery, options: DatabaseOptions, hasTls: boolean) {
    const { address, user, password, poolSize, timeoutMs } = options;
    this.#sql = sqlOf(query, () => '?');
    this.#pool = createPool({
      host: address.host,
      port: address.port,
      database: address.database,
      user,
      password,
      ...(hasTls ? { ssl: tlsOptions(options) } : {}),
      connectionLimit: poolSize,
      connectTimeout: timeoutMs,
      idleTimeout: idleMs,
      maxIdle: 1,
      multipleStatements: false,
    });
  }

  /** Prepared by the server, which gets the values apart from the statement. */
  async hasRow(values: readonly string[], signal: AbortSignal): Promise<boolean> {
    const connection = await this.#pool.getConnection();
    // An answer that comes late must not be taken for the next one's.
    const giveUp = (): void => connection.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      signal.throwIfAborted();
      const [rows] = await connection.execute(this.#sql, [...values]);
      signal.removeEventListener('abort', giveUp);
      connection.release();
      return Array.isArray(rows) && rows.length > 0;
    } catch (thrown) {
      signal.removeEventListener('abort', giveUp);
      connection.destroy();
      throw thrown;
    }
  }

  stop(): Promise<void> {
    return this.#pool.end();
  }

  static lacksTls(thrown: unknown): boolean {
    return thrown instanceof Error && 'code' in thrown && thrown.code === noTlsCode;
  }
}

const noTlsCode = 'HANDSHAKE_NO_SSL_SUPPORT';

function tlsOptions({ address, ca }: DatabaseOptions): SslOptions {
  return {
    rejectUnauthorized: address.tls === 'verify-ca' || address.tls === 'verify-full',
    verifyIdentity: address.tls === 'verify-full',
    ...(ca === undefined ? {} : { ca }),
  };
}
