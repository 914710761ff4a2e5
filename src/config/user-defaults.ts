import { GatewayError, reasonOf } from '../core/errors.ts';
import { readEntry, type Settings } from './entry.ts';
import { ownName } from './key-audience.ts';
import { entryByKey } from './topics.ts';

const userLine = /^___(.+?)___\.(.+)$/s;

/** Parts `___user___.key` lines from those that hold for all. */
export function splitUserDefaults(written: Settings): {
  readonly settings: Settings;
  readonly userDefaults: ReadonlyMap<string, Settings>;
} {
  const settings = new Map<string, string>();
  const userDefaults = new Map<string, Map<string, string>>();
  for (const [key, value] of written) {
    const [, user, userKey] = userLine.exec(key) ?? [];
    if (user === undefined || userKey === undefined) {
      if (!key.startsWith('___')) settings.set(key, value);
      continue;
    }
    const ofUser = userDefaults.get(user) ?? new Map<string, string>();
    userDefaults.set(user, ofUser.set(ownName(userKey), value));
  }
  return { settings, userDefaults };
}

/** A wrong value is told at the start, not to the user when a session opens. */
export function checkUserDefaults(userDefaults: ReadonlyMap<string, Settings>): void {
  for (const [user, settings] of userDefaults) {
    for (const key of settings.keys()) {
      const entry = entryByKey.get(key);
      if (entry === undefined) continue;
      try {
        readEntry(entry, settings);
      } catch (cause) {
        const reason = reasonOf(cause);
        throw new GatewayError('CONFIG_INVALID', `___${user}___.${reason}`, { cause });
      }
    }
  }
}
