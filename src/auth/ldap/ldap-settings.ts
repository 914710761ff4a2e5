import { accessSync, constants } from 'node:fs';
import { FilterParser } from 'ldapts';
import { ldapEntries } from '../../config/entries/ldap.ts';
import type { Environment } from '../../config/environment.ts';
import type { LdapConfig } from '../../config/gateway-config.ts';
import { GatewayError } from '../../core/errors.ts';
import { fillQuery } from './directory-queries.ts';
import { parseDn } from './distinguished-name.ts';
import { foldName } from './name-folding.ts';
import { parseSecretReference, type SecretReference } from '../../config/secret-reference.ts';

export interface ServerAddress {
  /** As in logs: scheme, host and port. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'none' | 'tls' | 'start-tls';
}

export interface ServiceAccount {
  readonly dn: string;
  readonly password: SecretReference;
}

/** What is configured, checked and made ready. */
export interface LdapSettings {
  readonly servers: readonly ServerAddress[];
  readonly caFile: string | undefined;
  readonly domain: string | undefined;
  /** DNs with `%s` for the user. */
  readonly userPatterns: readonly string[];
  readonly userBases: readonly string[];
  readonly groupBases: readonly string[];
  readonly baseDn: string | undefined;
  readonly service: ServiceAccount | undefined;
  readonly guidKey: string;
  readonly groupClass: string;
  readonly groupMembershipKey: string;
  readonly userMembershipKey: string | undefined;
  readonly customQuery: string | undefined;
  /** Folded; empty for everybody. */
  readonly userFilter: ReadonlySet<string>;
  /** Folded, in the order of the configuration; empty for everybody. */
  readonly groupFilter: readonly string[];
}

/** Throws CONFIG_INVALID, naming the key that is wrong or missing. */
export function readLdapSettings(config: LdapConfig, environment: Environment): LdapSettings {
  const servers = serversOf(config);
  const userPatterns = patternsOf('userDnPattern', config.userDnPattern);
  const groupPatterns = patternsOf('groupDnPattern', config.groupDnPattern);
  const { baseDn, domain } = config;
  if (baseDn !== undefined && parseDn(baseDn) === undefined) throw wrong('baseDn', 'is not a DN');
  const bases = baseDn === undefined ? [] : [baseDn];
  const userBases = userPatterns.length > 0 ? userPatterns.map(parentOf) : bases;
  const groupBases = groupPatterns.length > 0 ? groupPatterns.map(parentOf) : bases;
  const own =
    userPatterns.length === 0 ? bases.map((base) => `${config.guidKey}=%s,${base}`) : userPatterns;
  if (own.length === 0 && domain === undefined) {
    throw wrong('baseDn', 'has to be set where there is neither a userDNPattern nor a domain');
  }
  const settings: LdapSettings = {
    servers,
    caFile: config.caFile,
    domain,
    userPatterns: own,
    userBases: unique(userBases),
    groupBases: unique(groupBases),
    baseDn,
    service: serviceOf(config, environment),
    guidKey: config.guidKey,
    groupClass: config.groupClassKey,
    groupMembershipKey: config.groupMembershipKey,
    userMembershipKey: config.userMembershipKey,
    customQuery: config.customQuery,
    userFilter: new Set(config.userFilter.map(foldName)),
    groupFilter: config.groupFilter.map(foldName),
  };
  checkSearches(settings);
  if (config.caFile !== undefined) checkReadable('caFile', config.caFile);
  return Object.freeze(settings);
}

function serversOf(config: LdapConfig): ServerAddress[] {
  const words = config.url?.split(/\s+/).filter((word) => word !== '') ?? [];
  if (words.length === 0) throw wrong('url', 'is not set');
  return words.map((word) => {
    const url = URL.canParse(word) ? new URL(word) : undefined;
    const scheme = url?.protocol.slice(0, -1);
    if (url === undefined || (scheme !== 'ldap' && scheme !== 'ldaps') || url.hostname === '') {
      throw wrong('url', 'has to name servers as ldap://host:port or ldaps://host:port');
    }
    const extra = url.username + url.password + url.search + url.hash + url.pathname.slice(1);
    if (extra !== '') throw wrong('url', 'may hold nothing but scheme, host and port');
    if (scheme === 'ldaps' && config.startTls) {
      throw wrong('startTls', `is true, and ${ldapEntries.url.key} names an ldaps:// server`);
    }
    const port = url.port === '' ? (scheme === 'ldaps' ? 636 : 389) : Number(url.port);
    const host = url.hostname.replaceAll(/^\[|\]$/g, '');
    const security = scheme === 'ldaps' ? 'tls' : config.startTls ? 'start-tls' : 'none';
    return { text: `${scheme}://${url.hostname}:${port}`, host, port, security };
  });
}

function serviceOf(config: LdapConfig, environment: Environment): ServiceAccount | undefined {
  if (config.bindDn === undefined && config.bindPassword === undefined) return undefined;
  if (config.bindDn === undefined) throw wrong('bindDn', 'is not set, and bindpw is');
  if (!/[=@\\]/.test(config.bindDn)) throw wrong('bindDn', 'is neither a DN nor user@domain');
  if (config.bindPassword === undefined) throw wrong('bindPassword', 'is not set, and binddn is');
  const password = parseSecretReference(config.bindPassword);
  if (password.kind === 'file') checkReadable('bindPassword', password.path);
  if (password.kind === 'env' && !environment[password.name]) {
    throw wrong('bindPassword', `names the variable ${password.name}, which is not set`);
  }
  return { dn: config.bindDn, password };
}

function checkSearches(settings: LdapSettings): void {
  const { customQuery, userBases, groupBases, groupFilter, userFilter } = settings;
  if (customQuery !== undefined) {
    if (settings.baseDn === undefined) throw wrong('baseDn', 'has to be set for a customLDAPQuery');
    if (userBases.length === 0) throw wrong('baseDn', 'has to be set for a customLDAPQuery');
    try {
      FilterParser.parseString(fillQuery(customQuery, 'user'));
    } catch (cause) {
      throw wrong('customQuery', 'is not an LDAP filter', cause);
    }
  }
  const isFiltered = userFilter.size + groupFilter.length > 0;
  if (isFiltered && userBases.length === 0) throw wrong('baseDn', 'has to be set for filters');
  if (
    groupFilter.length > 0 &&
    groupBases.length === 0 &&
    settings.userMembershipKey === undefined
  ) {
    throw wrong('baseDn', 'or a groupDNPattern has to be set for a groupFilter');
  }
  if (settings.service !== undefined && userBases.length === 0) {
    throw wrong('baseDn', 'has to be set for binddn to look for users');
  }
}

function patternsOf(key: 'userDnPattern' | 'groupDnPattern', text: string | undefined): string[] {
  const patterns =
    text
      ?.split(':')
      .map((one) => one.trim())
      .filter((one) => one !== '') ?? [];
  for (const pattern of patterns) {
    const parts = parseDn(pattern);
    if (parts === undefined || parts.length < 2 || !pattern.includes('%s')) {
      throw wrong(key, 'has to hold DNs with %s in them, separated by colons');
    }
    if (parentOf(pattern).includes('%s'))
      throw wrong(key, 'may hold %s before the first comma only');
  }
  return patterns;
}

/** What follows the first comma that ends a value. */
function parentOf(pattern: string): string {
  return pattern.replace(/^(?:\\.|[^\\,])*,\s*/, '');
}

function checkReadable(key: keyof typeof ldapEntries, path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw wrong(key, `names ${path}, which cannot be read`, cause);
  }
}

function wrong(key: keyof typeof ldapEntries, what: string, cause?: unknown): GatewayError {
  return new GatewayError('CONFIG_INVALID', `${ldapEntries[key].key} ${what}`, { cause });
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
