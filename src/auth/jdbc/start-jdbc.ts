import { readFile } from 'node:fs/promises';
import { jdbcEntries } from '../../config/entries/jdbc.ts';
import { GatewayError } from '../../core/errors.ts';
import { missing } from '../started-provider.ts';
import type { ProviderParts, StartedProvider } from '../started-provider.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { JdbcProvider } from './jdbc-provider.ts';
import { PreferringTls } from './login-database.ts';
import type { DatabaseOptions, LoginDatabase } from './login-database.ts';
import { parseLoginQuery } from './login-query.ts';
import type { LoginQuery } from './login-query.ts';
import { MysqlDatabase } from './mysql-database.ts';
import { PostgresDatabase } from './postgres-database.ts';

/** JDBC as it is configured; it connects when the first user logs in. */
export async function startJdbc({ config, clock, log }: ProviderParts): Promise<StartedProvider> {
  const { jdbc } = config;
  if (jdbc.url === undefined) throw missing('JDBC', jdbcEntries.url.key);
  if (jdbc.query === undefined) throw missing('JDBC', jdbcEntries.query.key);
  const address = parseDatabaseUrl(jdbc.url, jdbc.driver);
  const query = parseLoginQuery(jdbc.query);
  const user = jdbc.user ?? address.user;
  if (user === undefined) throw missing('JDBC', jdbcEntries.user.key);
  const place = `${address.kind}://${address.host}:${address.port}/${address.database}`;
  if (address.ignored.length > 0) {
    log.warn({ database: place, parameters: address.ignored }, 'parameters without effect');
  }
  const { poolSize, timeoutMs } = jdbc;
  const options = {
    address,
    user,
    password: jdbc.password ?? address.password ?? '',
    ca: jdbc.caFile === undefined ? undefined : await readCertificates(jdbc.caFile),
    poolSize,
    timeoutMs,
  };
  const database = openDatabase(query, options);
  return {
    provider: new JdbcProvider({ database, query, place, poolSize, timeoutMs, clock, log }),
    stop: () => database.stop(),
  };
}

function openDatabase(query: LoginQuery, options: DatabaseOptions): LoginDatabase {
  const { kind, tls } = options.address;
  const Kind = kind === 'postgresql' ? PostgresDatabase : MysqlDatabase;
  const open = (hasTls: boolean): LoginDatabase => new Kind(query, options, hasTls);
  if (tls === 'prefer') return new PreferringTls({ open, lacksTls: Kind.lacksTls });
  return open(tls !== 'off');
}

async function readCertificates(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${jdbcEntries.caFile.key}: cannot read ${file}: ${String(cause)}`,
      { cause },
    );
  }
}
