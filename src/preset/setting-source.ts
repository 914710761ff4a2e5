import { GatewayError } from '../core/errors.ts';
import { isListSetting, mergeListSetting } from './list-settings.ts';

/** Settings, by their effective names, and who says so, e.g. `catalog unityDelta of preset bi`. */
export interface SettingSource {
  readonly name: string;
  readonly settings: ReadonlyMap<string, string>;
  /** All of its values are references to secrets. */
  readonly isSecret?: boolean | undefined;
}

/** One setting of several sources. */
export interface JoinedSetting {
  readonly value: string;
  /** All that say it, the first one first. */
  readonly sources: readonly string[];
}

/**
 * Sources of the same strength as one: lists join in the order of the sources; whoever else says the same key has to say
 * the same value. Throws CONFIG_INVALID naming key and both sources, not their values, which may be secret.
 */
export function joinSources(sources: readonly SettingSource[]): ReadonlyMap<string, JoinedSetting> {
  const joined = new Map<string, JoinedSetting>();
  for (const { name, settings } of sources) {
    for (const [key, value] of settings) {
      const before = joined.get(key);
      if (before === undefined) {
        const own = isListSetting(key) ? mergeListSetting(key, [value]) : value;
        joined.set(key, { value: own, sources: [name] });
      } else if (isListSetting(key)) {
        const all = mergeListSetting(key, [before.value, value]);
        joined.set(key, { value: all, sources: [...before.sources, name] });
      } else if (before.value === value) {
        joined.set(key, { value, sources: [...before.sources, name] });
      } else {
        throw new GatewayError(
          'CONFIG_INVALID',
          `${key} is one thing for ${before.sources.join(' and ')} and another for ${name}`,
          {
            hint: 'Only one of them can hold: take the setting out of the other, or use two presets.',
          },
        );
      }
    }
  }
  return joined;
}
