import { isIP } from 'node:net';
import { GatewayError } from '../../core/errors.ts';

/** `prefer`: where the server can. `require`: whoever the server is. The others check its certificate, `full` its name, too. */
export type DatabaseTls = 'off' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** What a JDBC URL says. */
export interface DatabaseAddress {
  readonly kind: 'postgresql' | 'mysql';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: DatabaseTls;
  /** Names of parameters that mean something to the Java drivers alone. */
  readonly ignored: readonly string[];
}

const drivers: Readonly<Record<string, DatabaseAddress['kind']>> = {
  'org.postgresql.Driver': 'postgresql',
  'com.mysql.jdbc.Driver': 'mysql',
  'com.mysql.cj.jdbc.Driver': 'mysql',
  'org.mariadb.jdbc.Driver': 'mysql',
};
const ports = { postgresql: 5432, mysql: 3306 } as const;

/** Throws CONFIG_INVALID, never quoting the URL: there may be a password in it. */
export function parseDatabaseUrl(text: string, driver: string | undefined): DatabaseAddress {
  const [, scheme = '', rest = ''] =
    /^jdbc:(postgresql|mysql|mariadb):(\/\/[^\s]+)$/.exec(text) ?? [];
  const url = URL.parse(`db:${rest}`);
  if (url === null || url.hostname === '' || url.username !== '' || url.pathname.length < 2) {
    throw wrong(
      'is not of the form jdbc:postgresql://host:port/database or jdbc:mysql://..., with one host',
    );
  }
  const kind = scheme === 'postgresql' ? 'postgresql' : 'mysql';
  requireDriver(kind, driver);
  const given = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const take = (name: string): string | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value;
  };
  const [user, password] = [take('user'), take('password')];
  const tls = kind === 'postgresql' ? postgresTls(take) : mysqlTls(take, scheme);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (tls === 'verify-full' && isIP(host) !== 0) {
    throw wrong(
      'names an address where the certificate is to be checked for a name',
      'Name the host as its certificate does, or use verify-ca.',
    );
  }
  const ignored = [...given.keys()];
  const protecting = ignored.find((name) => /ssl|tls|trust|cert|key|socketfactory/.test(name));
  if (protecting !== undefined) {
    throw wrong(
      `has the parameter ${protecting}, which this gateway does not know`,
      'Use sslmode (PostgreSQL) or sslMode (MySQL), and torii.authentication.jdbc.tls.ca.file.',
    );
  }
  return {
    kind,
    host,
    port: url.port === '' ? ports[kind] : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user,
    password,
    tls,
    ignored,
  };
}

type Take = (name: string) => string | undefined;

/** As pgjdbc reads them: `ssl=true` alone asks for the most. */
function postgresTls(take: Take): DatabaseTls {
  const [mode, ssl] = [take('sslmode')?.toLowerCase(), take('ssl')?.toLowerCase()];
  switch (mode) {
    case undefined:
      return ssl === 'true' || ssl === '' ? 'verify-full' : 'prefer';
    case 'disable':
      return 'off';
    case 'allow':
    case 'prefer':
      return 'prefer';
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return mode;
    default:
      throw wrong('has an sslmode that PostgreSQL does not know');
  }
}

/** As Connector/J and MariaDB's driver read them, with the older names. */
function mysqlTls(take: Take, scheme: string): DatabaseTls {
  const isTrue = (name: string): boolean => take(name)?.toLowerCase() === 'true';
  const mode = take('sslmode')?.toLowerCase().replace('_', '-');
  const useSsl = take('usessl')?.toLowerCase();
  const [isRequired, isVerified] = [isTrue('requiressl'), isTrue('verifyservercertificate')];
  switch (mode) {
    case undefined:
      if (useSsl === 'false' || (useSsl === undefined && scheme === 'mariadb')) return 'off';
      if (isVerified) return 'verify-ca';
      return isRequired || scheme === 'mariadb' ? 'require' : 'prefer';
    case 'disabled':
    case 'disable':
      return 'off';
    case 'preferred':
      return 'prefer';
    case 'required':
    case 'trust':
      return 'require';
    case 'verify-ca':
      return 'verify-ca';
    case 'verify-identity':
    case 'verify-full':
      return 'verify-full';
    default:
      throw wrong('has an sslMode that MySQL does not know');
  }
}

function requireDriver(kind: DatabaseAddress['kind'], driver: string | undefined): void {
  if (driver === undefined || drivers[driver] === kind) return;
  throw new GatewayError(
    'CONFIG_INVALID',
    `kyuubi.authentication.jdbc.driver.class = '${driver}' is not a driver for the URL's kind of database`,
    { hint: `Take it out, or set one of ${Object.keys(drivers).join(', ')}.` },
  );
}

function wrong(what: string, hint?: string): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `kyuubi.authentication.jdbc.url ${what}`,
    hint === undefined ? {} : { hint },
  );
}
