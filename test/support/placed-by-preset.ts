import { placedSettings } from '../../src/preset/placed-settings.ts';
import type { PlacedSettings } from '../../src/preset/placement.ts';
import { Snapshot } from '../../src/preset/snapshot.ts';

/** What a session gets that names a preset (and a cluster) of these files, and sets `own` itself. */
export function placedByPreset(
  texts: readonly string[],
  asked: { readonly preset: string; readonly cluster?: string },
  own: Readonly<Record<string, string>> = {},
): PlacedSettings {
  const snapshot = new Snapshot(texts.map((text, index) => ({ file: `${index}.yaml`, text })));
  const settings = new Map(Object.entries(own));
  settings.set('torii.session.preset', asked.preset);
  if (asked.cluster !== undefined) settings.set('kyuubi.session.cluster', asked.cluster);
  const ownKeys = new Set(settings.keys());
  const { rules } = snapshot.place({ user: 'alice', groups: ['analysts'], settings, ownKeys });
  const session = {
    launchConf: new Map(Object.entries(own)),
    settings,
    ownKeys,
    clientKeys: ownKeys,
  };
  return placedSettings(rules, session, () => false);
}
