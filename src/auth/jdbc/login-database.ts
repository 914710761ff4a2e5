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
  /** Whether the query has a row for these values, bound in the order of its parameters. */
  hasRow(values: readonly string[]): Promise<boolean>;
  /** Lets go of all connections. */
  stop(): Promise<void>;
}

/** TLS as both drivers take it; undefined is none. */
export function tlsOptions({ address, ca }: DatabaseOptions): DriverTls | undefined {
  const { tls, host } = address;
  if (tls === 'off') return undefined;
  return {
    rejectUnauthorized: tls === 'verify-ca' || tls === 'verify-full',
    ...(ca === undefined ? {} : { ca }),
    ...(tls === 'verify-full' ? { servername: host } : { checkServerIdentity: () => undefined }),
  };
}

interface DriverTls {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly servername?: string;
  readonly checkServerIdentity?: () => undefined;
}
