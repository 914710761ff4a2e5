import { isKnown, ownName } from '../../config/key-audience.ts';
import { nearestKey } from '../../config/nearest-key.ts';
import { allEntries, entryByKey } from '../../config/topics.ts';
import { GatewayError } from '../../core/errors.ts';
import { effectiveName } from '../effective-name.ts';

/** These decide which cluster and preset hold, so that neither can set them. */
const decidedBefore: ReadonlySet<string> = new Set([
  'kyuubi.session.cluster',
  'torii.session.preset',
]);

/** Settings of a file under their effective names. Throws CONFIG_INVALID for keys that can have no effect there. */
export function plainSettings(
  source: string,
  given: Readonly<Record<string, string>>,
): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [key, value] of Object.entries(given)) {
    const why = problemOf(key);
    if (why !== undefined) throw new GatewayError('CONFIG_INVALID', `${key} in ${source} ${why}`);
    const name = effectiveName(key);
    const before = settings.get(name);
    if (before !== undefined && before !== value) {
      throw new GatewayError(
        'CONFIG_INVALID',
        `${key} in ${source} is there a second time, as ${name}`,
      );
    }
    settings.set(name, value.trim());
  }
  return settings;
}

function problemOf(key: string): string | undefined {
  const name = ownName(key);
  if (decidedBefore.has(name)) return 'has been decided before the file is asked: use a route';
  const entry = entryByKey.get(name);
  if (entry?.setBy === 'server' && !entry.reachesEngine) {
    return 'is a setting of the whole gateway: it belongs into its own configuration';
  }
  if (!name.startsWith('torii.') || isKnown(name)) return undefined;
  const nearest = nearestKey(
    name,
    allEntries.map((one) => one.key),
  );
  return nearest === undefined ? 'is not a setting' : `is not a setting; did you mean ${nearest}?`;
}

/** Variables as the settings that bring them into an engine's environment. */
export function environmentSettings(given: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(given).map(([name, value]) => [`kyuubi.engineEnv.${name}`, value]));
}
