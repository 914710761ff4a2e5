import {
  accountAttribute,
  anything,
  customQuery,
  groupQuery,
  memberOfQuery,
  userQuery,
} from './directory-queries.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { firstValueOf, isSameDn, isWithin } from './distinguished-name.ts';
import type { LdapConnection } from './ldap-connection.ts';
import type { LdapSettings } from './ldap-settings.ts';
import { foldName } from './name-folding.ts';
import type { TypedName } from './typed-name.ts';

/** Groups of one user that are read at most. */
const mostGroups = 5000;

/** What is asked of the directory, on a connection whose rights it is asked with. */
export class Directory {
  readonly #settings: LdapSettings;
  readonly #connection: LdapConnection;
  readonly #signal: AbortSignal;

  constructor(settings: LdapSettings, connection: LdapConnection, signal: AbortSignal) {
    this.#settings = settings;
    this.#connection = connection;
    this.#signal = signal;
  }

  /** The one entry of that name; undefined where there is none, and where there are several: nobody knows which is meant. */
  async userNamed(typed: TypedName): Promise<DirectoryEntry | undefined> {
    if (typed.kind === 'dn') return this.userAt(typed.dn);
    const filter = userQuery(this.#settings.guidKey, typed.name, typed.kind === 'address');
    const found = new Map<string, DirectoryEntry>();
    for (const base of this.#settings.userBases) {
      const search = {
        base,
        scope: 'sub',
        filter,
        attributes: this.#attributes,
        sizeLimit: 2,
      } as const;
      for (const entry of await this.#connection.search(search, this.#signal))
        found.set(entry.dn, entry);
    }
    const [only] = found.values();
    return found.size === 1 ? only : undefined;
  }

  /** The entry of a DN that a user typed; undefined unless their name leads to that same entry: names are given once. */
  async userAt(dn: string): Promise<DirectoryEntry | undefined> {
    const entry = await this.entryAt(dn);
    const name = entry && this.ownName(entry);
    if (name === undefined) return undefined;
    const named = await this.userNamed({ kind: 'short', name });
    return named !== undefined && isSameDn(named.dn, dn) ? named : undefined;
  }

  /** The entry, where these rights let it be read. */
  async entryAt(dn: string): Promise<DirectoryEntry | undefined> {
    const search = {
      base: dn,
      scope: 'base',
      filter: anything(),
      attributes: this.#attributes,
      sizeLimit: 1,
    } as const;
    const [entry] = await this.#connection.search(search, this.#signal);
    return entry;
  }

  /** The user's name as the entry itself gives it; undefined where it has none. */
  ownName(entry: DirectoryEntry): string | undefined {
    return [this.#settings.guidKey, accountAttribute].flatMap((key) => entry.valuesOf(key))[0];
  }

  /**
   * The name a user came with, spelled as in the entry, so that `ALICE` and `alice` are one user; the entry's own name where
   * none is the same.
   */
  spelling(entry: DirectoryEntry, typed: string): string | undefined {
    const names = [this.#settings.guidKey, accountAttribute].flatMap((key) => entry.valuesOf(key));
    const all = [...names, firstValueOf(entry.dn) ?? ''];
    return all.find((name) => foldName(name) === foldName(typed)) ?? names[0];
  }

  /** Short names of the user's groups, those of the group filter first, in its order; the others by the alphabet. */
  async groupsOf(entry: DirectoryEntry, name: string): Promise<readonly string[]> {
    const { groupFilter } = this.#settings;
    const byFolded = new Map(
      (await this.#groupNames(entry, name)).map((one) => [foldName(one), one]),
    );
    const listed = groupFilter.filter((one) => byFolded.has(one));
    const others = [...byFolded.keys()].filter((one) => !listed.includes(one)).toSorted();
    return [...listed, ...others].flatMap((one) => byFolded.get(one) ?? []);
  }

  /** Why the user may not come in; undefined who may. */
  async refusalOf(entry: DirectoryEntry, name: string): Promise<string | undefined> {
    const { customQuery: query, userFilter, groupFilter } = this.#settings;
    if (query !== undefined) {
      return (await this.#isFoundBy(query, entry, name))
        ? undefined
        : 'not found by customLDAPQuery';
    }
    if (userFilter.size > 0 && !userFilter.has(foldName(name))) return 'not in userFilter';
    if (groupFilter.length === 0) return undefined;
    const groups = await this.#groupNames(entry, name);
    const isIn = groups.some((group) => groupFilter.includes(foldName(group)));
    return isIn ? undefined : 'in no group of groupFilter';
  }

  async #groupNames(entry: DirectoryEntry, name: string): Promise<readonly string[]> {
    const { userMembershipKey, groupClass, groupMembershipKey: membershipKey } = this.#settings;
    if (userMembershipKey !== undefined) {
      return entry.valuesOf(userMembershipKey).map((value) => firstValueOf(value) ?? value);
    }
    const filter = groupQuery({ groupClass, membershipKey, userDn: entry.dn, name });
    const names: string[] = [];
    for (const base of this.#settings.groupBases) {
      const search = {
        base,
        scope: 'sub',
        filter,
        attributes: ['1.1'],
        sizeLimit: mostGroups,
      } as const;
      const groups = await this.#connection.search(search, this.#signal);
      names.push(...groups.flatMap((group) => firstValueOf(group.dn) ?? []));
    }
    return names;
  }

  /** Asks for the user alone, however many the query finds. */
  async #isFoundBy(query: string, entry: DirectoryEntry, name: string): Promise<boolean> {
    const { baseDn, groupMembershipKey: membershipKey } = this.#settings;
    if (baseDn === undefined) return false;
    const filter = customQuery(query, name);
    const attributes = ['1.1'];
    if (isWithin(entry.dn, baseDn)) {
      const own = { base: entry.dn, scope: 'base', filter, attributes, sizeLimit: 1 } as const;
      if ((await this.#connection.search(own, this.#signal)).length > 0) return true;
    }
    const groups = memberOfQuery(filter, { membershipKey, userDn: entry.dn, name });
    const search = {
      base: baseDn,
      scope: 'sub',
      filter: groups,
      attributes,
      sizeLimit: 1,
    } as const;
    return (await this.#connection.search(search, this.#signal)).length > 0;
  }

  get #attributes(): readonly string[] {
    const { guidKey, userMembershipKey } = this.#settings;
    return [
      guidKey,
      accountAttribute,
      ...(userMembershipKey === undefined ? [] : [userMembershipKey]),
    ];
  }
}
