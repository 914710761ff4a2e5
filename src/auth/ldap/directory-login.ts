import type { ConnectionPool } from './connection-pool.ts';
import { Directory } from './directory.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { escapeDnValue } from './distinguished-name.ts';
import type { LdapSettings } from './ldap-settings.ts';
import type { LdapServer } from './ldap-server.ts';
import { tidyName } from './name-folding.ts';
import type { TypedName } from './typed-name.ts';

export type LoginOutcome =
  | { readonly kind: 'accepted'; readonly user: string }
  /** Why is for the log: a client is not told. */
  | { readonly kind: 'refused'; readonly why: string };

export interface Credentials {
  readonly typed: TypedName;
  /** Never empty. */
  readonly password: string;
}

/** Whether one server takes the password, and whether the filters let the user in. Throws `LdapTrouble`, or the signal's reason. */
export function logIn(
  server: LdapServer,
  settings: LdapSettings,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  const searches = server.forSearches;
  return searches === undefined
    ? logInDirectly(server, settings, credentials, signal)
    : logInBySearch(server.forPasswords, searches, settings, credentials, signal);
}

/** With a service account: it finds the entry, which is then bound; the filters see what the account may see. */
async function logInBySearch(
  passwords: ConnectionPool,
  searches: ConnectionPool,
  settings: LdapSettings,
  { typed, password }: Credentials,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  const entry = await searches.use(
    (connection) => new Directory(settings, connection, signal).userNamed(typed),
    signal,
  );
  if (entry === undefined) return refused('no entry, or several');
  const isRight = await passwords.use(
    (connection) => connection.bind(entry.dn, password, signal),
    signal,
  );
  if (!isRight) return refused('the server took no such password');
  return searches.use(
    (connection) => decide(new Directory(settings, connection, signal), entry, typed),
    signal,
  );
}

/** Without one: the name gives the DN, and what is looked up is looked up with the user's own rights. */
function logInDirectly(
  server: LdapServer,
  settings: LdapSettings,
  { typed, password }: Credentials,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  return server.forPasswords.use(async (connection) => {
    const directory = new Directory(settings, connection, signal);
    for (const candidate of bindNames(settings, typed)) {
      if (!(await connection.bind(candidate, password, signal))) continue;
      const isDn = candidate.includes('=');
      const entry =
        typed.kind === 'short' && isDn
          ? await directory.entryAt(candidate)
          : await directory.userNamed(typed);
      return entry === undefined ? withoutEntry(settings, typed) : decide(directory, entry, typed);
    }
    return refused('the server took no such name and password');
  }, signal);
}

/** As whom a user may be bound, in this order. */
export function bindNames(settings: LdapSettings, typed: TypedName): readonly string[] {
  switch (typed.kind) {
    case 'dn':
      return [typed.dn];
    case 'address':
      return [typed.name];
    case 'short':
      return settings.domain === undefined
        ? settings.userPatterns.map((each) =>
            each.replaceAll('%s', () => escapeDnValue(typed.name)),
          )
        : [`${typed.name}@${settings.domain}`];
  }
}

async function decide(
  directory: Directory,
  entry: DirectoryEntry,
  typed: TypedName,
): Promise<LoginOutcome> {
  const user =
    typed.kind === 'dn' ? directory.ownName(entry) : directory.spelling(entry, typed.name);
  if (user === undefined) return refused('the entry has no name');
  const why = await directory.refusalOf(entry, user);
  return why === undefined ? { kind: 'accepted', user } : refused(why);
}

/** Bound, and yet the entry is not to be read: the name is then as it was typed, if it can be written in one way only. */
function withoutEntry(settings: LdapSettings, typed: TypedName): LoginOutcome {
  const { customQuery, userFilter, groupFilter, userBases } = settings;
  if (customQuery !== undefined || userFilter.size > 0 || groupFilter.length > 0) {
    return refused('the entry that the filters ask for cannot be found');
  }
  // An address of who knows which domain is nobody's name where names are looked up.
  if (typed.kind === 'dn' || (typed.kind === 'address' && userBases.length > 0)) {
    return refused('the entry cannot be found');
  }
  return tidyName(typed.name) === typed.name
    ? { kind: 'accepted', user: typed.name }
    : refused('the entry cannot be found, and the name has a simpler spelling');
}

const refused = (why: string): LoginOutcome => ({ kind: 'refused', why });
