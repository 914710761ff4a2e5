import { Snapshot } from '../../src/preset/snapshot.ts';
import { placedSettings } from '../../src/preset/placed-settings.ts';
import type { PlacedSettings, PlacementQuestion } from '../../src/preset/placement.ts';

/** What one file says. */
export function snapshotOf(text: string): Snapshot {
  return new Snapshot([{ file: 'clusters.yaml', text }]);
}

/** What went wrong, as the client or the operator reads it. */
export function messageFrom(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new Error('nothing went wrong');
}

/** A session's question, of alice in the group analysts unless told otherwise. */
export function question(
  own: Readonly<Record<string, string>> = {},
  rest: {
    readonly user?: string;
    readonly groups?: readonly string[];
    readonly gateway?: Readonly<Record<string, string>>;
  } = {},
): PlacementQuestion {
  return {
    user: rest.user ?? 'alice',
    groups: rest.groups ?? ['analysts'],
    settings: new Map(Object.entries({ ...rest.gateway, ...own })),
    ownKeys: new Set(Object.keys(own)),
  };
}

/** What becomes of a session's settings. */
export function placedBy(
  snapshot: Snapshot,
  own: Readonly<Record<string, string>> = {},
  gateway: Readonly<Record<string, string>> = {},
): PlacedSettings {
  const asked = question(own, { gateway });
  const { settings, ownKeys } = asked;
  const session = { launchConf: settings, settings, ownKeys, clientKeys: ownKeys };
  return placedSettings(snapshot.place(asked).rules, session, (key) => /password/.test(key));
}
