import { isIPv6 } from 'node:net';
import { CliError } from './cli-error.ts';

/** Where a URL leads and what it asks of the session. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  /** HTTP posts to this path; undefined: the binary protocol. */
  readonly httpPath: string | undefined;
  /** Undefined: no TLS. */
  readonly tls: TrustStore | undefined;
  /** The login is a token, and no password. */
  readonly hasToken: boolean;
  /** Keys as OpenSession takes them. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** Who may have signed the server's certificate. */
export interface TrustStore {
  /** PEM or PKCS12; undefined: whom Node trusts. */
  readonly path: string | undefined;
  /** Undefined where the URL, which others on the machine may see, has none. */
  readonly password: string | undefined;
}

const defaultPort = 10009;
const defaultHttpPath = 'cliservice';

/**
 * Reads `jdbc:hive2://host:port/[catalog/]database;sessionVars?hiveConfs#hiveVars`, the same as `jdbc:kyuubi:`, or
 * the part behind the slashes alone. Each part but the host may be missing.
 */
export function parseConnectionUrl(url: string): ConnectionTarget {
  const rest = url.trim().replace(/^(jdbc:)?(hive2|kyuubi):\/\//i, '');
  if (/^[a-z][\w+.-]*:\/\//i.test(rest) || rest.startsWith('jdbc:')) {
    throw malformed(`it begins with neither jdbc:hive2:// nor a host`);
  }
  const { head, variables, confs, vars } = cut(rest);
  const [authority = '', ...path] = head.split('/');
  const session = pairs(variables, ';');
  refuseUnsupported(session, authority);
  const { user, ...others } = session;
  return {
    ...hostAndPort(authority),
    user,
    httpPath: httpPathOf(session),
    tls: trustStoreOf(session),
    hasToken: /^jwt$/i.test(session['auth'] ?? ''),
    configuration: {
      ...database(path),
      ...without(others, clientOnly),
      ...prefixed('set:hiveconf:', pairs(confs, ';')),
      ...prefixed('set:hivevar:', pairs(vars, ';')),
    },
  };
}

/** Session variables that tell a JDBC driver how to behave and mean nothing to the server. */
const clientOnly: ReadonlySet<string> = new Set([
  'auth',
  'ssl',
  'sslTrustStore',
  'trustStorePassword',
  'trustStoreType',
  'transportMode',
  'httpPath',
  'retries',
  'connectTimeout',
  'socketTimeout',
  'fetchSize',
  'initFile',
]);

function cut(text: string): { head: string; variables: string; confs: string; vars: string } {
  const [beforeVars, vars] = splitOnce(text, '#');
  const [beforeConfs, confs] = splitOnce(beforeVars, '?');
  const [head, variables] = splitOnce(beforeConfs, ';');
  return { head, variables, confs, vars };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function pairs(text: string, separator: string): Record<string, string> {
  const entries = text
    .split(separator)
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const [key, value] = splitOnce(pair, '=');
      if (key === '' || !pair.includes('=')) throw malformed(`"${key}" is not a key=value`);
      return [decode(key), decode(value)];
    });
  return Object.fromEntries(entries);
}

/** JDBC drivers take values as they stand; percent signs that encode nothing are kept. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function hostAndPort(authority: string): { host: string; port: number } {
  if (authority === '') return { host: 'localhost', port: defaultPort };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(authority);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined && isIPv6(authority)) return { host: authority, port: defaultPort };
  if (host === undefined) throw malformed(`"${authority}" is not host:port`);
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (port < 1 || port > 65_535) throw malformed(`there is no port ${port}`);
  return { host, port };
}

function database(path: readonly string[]): Record<string, string> {
  const [first = '', second, ...more] = path.map(decode);
  if (more.length > 0) throw malformed('its path has more than a catalog and a database');
  if (second !== undefined && second !== '') {
    return { 'use:catalog': first, 'use:database': second };
  }
  return first === '' ? {} : { 'use:database': first };
}

function httpPathOf(session: Readonly<Record<string, string>>): string | undefined {
  const mode = session['transportMode'] ?? 'binary';
  if (/^binary$/i.test(mode)) return undefined;
  if (!/^http$/i.test(mode)) throw malformed(`transportMode is binary or http, not "${mode}"`);
  return (session['httpPath'] ?? defaultHttpPath).replace(/^\/+/, '');
}

function trustStoreOf(session: Readonly<Record<string, string>>): TrustStore | undefined {
  if (!/^true$/i.test(session['ssl'] ?? '')) {
    if (session['sslTrustStore'] === undefined) return undefined;
    throw malformed('it has sslTrustStore, but not ssl=true');
  }
  return { path: session['sslTrustStore'], password: session['trustStorePassword'] };
}

function refuseUnsupported(session: Readonly<Record<string, string>>, authority: string): void {
  if (session['password'] !== undefined) {
    throw new CliError('usage', 'a password in the URL can be seen by others on this machine', {
      hint: 'put it into a file and name that with -w, or into TORII_PASSWORD',
    });
  }
  if (session['jwt'] !== undefined) {
    throw new CliError('usage', 'a token in the URL can be seen by others on this machine', {
      hint: 'put it into the environment variable JWT, and auth=jwt into the URL',
    });
  }
  const isZooKeeper = /^zookeeper/i.test(session['serviceDiscoveryMode'] ?? '');
  if (isZooKeeper || authority.includes(',')) {
    throw unsupported('finding the server through ZooKeeper', 'name one gateway as host:port');
  }
  if (/^nosasl$/i.test(session['auth'] ?? '')) {
    throw unsupported('auth=noSasl', 'leave it out: the gateway takes SASL PLAIN as well');
  }
  if (session['principal'] !== undefined) {
    throw unsupported('Kerberos', 'use a port with password authentication');
  }
}

function prefixed(prefix: string, from: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(from).map(([key, value]) => [`${prefix}${key}`, value]);
  return Object.fromEntries(entries) as Record<string, string>; // made of strings only
}

function without(
  from: Readonly<Record<string, string>>,
  keys: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !keys.has(key)));
}

function malformed(reason: string): CliError {
  return new CliError('usage', `the URL cannot be read: ${reason}`, {
    hint: 'write host:port or jdbc:hive2://host:port/database;user=me?key=value',
  });
}

function unsupported(what: string, hint: string): CliError {
  return new CliError('usage', `torii sql does not support ${what}`, { hint });
}
