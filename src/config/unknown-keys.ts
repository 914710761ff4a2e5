import { GatewayError } from '../core/errors.ts';
import type { Settings } from './entry.ts';
import { isKnown } from './key-audience.ts';
import { strayProxyUserKeys } from './proxy-user-rules.ts';
import { passedKeys } from './kyuubi-engine-keys.ts';
import { unusedServerKeys } from './kyuubi-server-keys.ts';
import { nearestKey } from './nearest-key.ts';
import { entryByKey } from './topics.ts';

/** Stops at an unknown `torii.` key; tells of unknown `kyuubi.` keys, which reach engines all the same. */
export function reportKeys(settings: Settings): {
  readonly warnings: readonly string[];
  readonly unused: readonly string[];
} {
  const unknown = [...settings.keys()].filter((key) => !isKnown(key));
  const torii = unknown.find((key) => key.startsWith('torii.'));
  if (torii !== undefined) {
    throw new GatewayError('CONFIG_INVALID', `${torii} is not a setting${suggestion(torii)}`);
  }
  return {
    warnings: [
      ...unknown
        .filter((key) => key.startsWith('kyuubi.'))
        .map((key) => `${key} is not a known setting${suggestion(key)}`),
      ...strayProxyUserKeys(settings).map(
        (key) => `${key} allows nothing: such a key ends with .hosts, .groups or .users`,
      ),
    ],
    unused: [...settings.keys()].filter((key) => unusedServerKeys.has(key)),
  };
}

function suggestion(key: string): string {
  const nearest = nearestKey(key, [...entryByKey.keys(), ...passedKeys, ...unusedServerKeys]);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
