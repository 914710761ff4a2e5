import type { AddressList } from './address-list.ts';
import { impersonationEntries, realUserPlace } from './entries/impersonation.ts';
import { readEntry } from './entry.ts';
import type { Entry, Settings } from './entry.ts';

/** For whom one user may act, and from where. */
export interface ProxyUserRule {
  /** Undefined: from nowhere. */
  readonly hosts: AddressList | undefined;
  readonly groups: readonly string[];
  readonly users: readonly string[];
}

/** By the name of the user who acts for others. */
export type ProxyUserRules = ReadonlyMap<string, ProxyUserRule>;

export const proxyUserPrefix = 'hadoop.proxyuser.';

/** The rules among the settings; throws CONFIG_INVALID for one that can't be read. */
export function readProxyUserRules(settings: Settings): ProxyUserRules {
  const users = [...settings.keys()].map(realUserOf).filter((user) => user !== undefined);
  return new Map(
    users.map((user) => [
      user,
      Object.freeze({
        hosts: read(impersonationEntries.hosts, user, settings),
        groups: read(impersonationEntries.groups, user, settings),
        users: read(impersonationEntries.users, user, settings),
      }),
    ]),
  );
}

/** Keys that look like rules and are none, to be warned about. */
export function strayProxyUserKeys(settings: Settings): readonly string[] {
  return [...settings.keys()].filter(
    (key) => key.startsWith(proxyUserPrefix) && realUserOf(key) === undefined,
  );
}

/** The key of a rule, for one user. */
export function ruleKey(of: Entry<unknown>, user: string): string {
  return of.key.replace(realUserPlace, () => user);
}

function read<T>(of: Entry<T>, user: string, settings: Settings): T {
  return readEntry({ ...of, key: ruleKey(of, user) }, settings);
}

/** A user's name may hold dots. */
function realUserOf(key: string): string | undefined {
  if (!key.startsWith(proxyUserPrefix)) return undefined;
  return /^(\S+)\.(?:hosts|groups|users)$/.exec(key.slice(proxyUserPrefix.length))?.[1];
}
