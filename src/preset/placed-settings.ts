import { redacted } from '../config/redaction.ts';
import { reachesEngine } from '../config/key-audience.ts';
import { GatewayError } from '../core/errors.ts';
import { refuseBorrowedRights } from './client-limits.ts';
import { effectiveName } from './effective-name.ts';
import type { LaunchRules } from './launch-rules.ts';
import { isListSetting, mergeListSetting } from './list-settings.ts';
import type { PlacedSettings, SessionConf } from './placement.ts';
import { forbiddenByLakeFormation } from './rendering/lake-formation.ts';
import { queueSettings } from './rendering/queue.ts';
import { releaseNotes } from './rendering/release-rules.ts';

/**
 * Lays what cluster and preset say around what the session says: fixed above it, defaults below it and above the gateway's
 * own. Lists join. `isSecret`: whose values the notes must not show.
 */
export function placedSettings(
  rules: LaunchRules,
  session: SessionConf,
  isSecret: (key: string) => boolean,
): PlacedSettings {
  const nameOf = rememberedNames();
  const own = new Set([...session.ownKeys].map(nameOf));
  refuseJars(rules, session.ownKeys);
  refuseClients(rules, session);
  const settings = laidAround(rules, session.settings, { own, nameOf, takes: () => true });
  const launchConf = laidAround(rules, session.launchConf, { own, nameOf, takes: forLaunch });
  refuseQueue(rules, settings);
  const ignored = new Set<string>();
  const notes: string[] = [];
  for (const key of session.ownKeys) {
    const name = nameOf(key);
    const fixed = rules.fixed.get(name);
    const asked = session.settings.get(key);
    if (fixed === undefined || isListSetting(name) || asked === undefined) continue;
    ignored.add(key);
    if (asked === fixed.value) continue;
    const isHidden = isSecret(key) || isSecret(name) || rules.references.has(name);
    const [asks, holds] = isHidden ? [redacted, redacted] : [asked, fixed.value];
    notes.push(`${key} = ${asks} is ignored: ${fixed.sources.join(' and ')} makes it ${holds}`);
  }
  const references = [...rules.references].filter(
    ([key, text]) => launchConf.get(key) === text && !(own.has(key) && !rules.fixed.has(key)),
  );
  return {
    launchConf,
    settings,
    notes: [...notes, ...releaseNotes(rules.release, launchConf)],
    ignored,
    references: new Map(references),
    sidecars: rules.sidecars,
    historyServer: rules.historyServer,
    release: rules.release,
  };
}

/** Each key's name, worked out once: settings and those of the launch are much the same. */
function rememberedNames(): (key: string) => string {
  const names = new Map<string, string>();
  return (key) => {
    const name = names.get(key) ?? effectiveName(key);
    names.set(key, name);
    return name;
  };
}

interface Laying {
  /** Names of what the session itself says. */
  readonly own: ReadonlySet<string>;
  readonly nameOf: (key: string) => string;
  /** Which of the operator's settings are wanted. */
  readonly takes: (key: string) => boolean;
}

function laidAround(
  rules: LaunchRules,
  session: ReadonlyMap<string, string>,
  { own, nameOf, takes }: Laying,
): Map<string, string> {
  const result = new Map<string, string>();
  const lists = new Map<string, string[]>();
  for (const [key, value] of session) {
    const name = nameOf(key);
    if (rules.forbidsJars !== undefined && forbiddenByLakeFormation.includes(name)) continue;
    const isOurs = rules.fixed.has(name) || rules.defaults.has(name);
    if (!isOurs) result.set(key, value);
    else if (isListSetting(name)) lists.set(name, [...(lists.get(name) ?? []), value]);
    else if (!rules.fixed.has(name) && own.has(name)) result.set(key, value);
  }
  for (const [name, { value }] of rules.defaults) {
    if (isListSetting(name) || rules.fixed.has(name) || own.has(name) || !takes(name)) continue;
    result.set(name, value);
  }
  for (const [name, { value }] of rules.fixed) {
    if (!isListSetting(name) && takes(name)) result.set(name, value);
  }
  const listNames = new Set(
    [...rules.fixed.keys(), ...rules.defaults.keys()].filter(isListSetting),
  );
  for (const name of listNames) {
    const values = [
      rules.fixed.get(name)?.value,
      ...(lists.get(name) ?? []),
      rules.defaults.get(name)?.value,
    ];
    result.set(
      name,
      mergeListSetting(
        name,
        values.filter((value) => value !== undefined),
      ),
    );
  }
  return result;
}

/** Only what engines may see goes into a launch; the environment does, as settings of its own. */
function forLaunch(key: string): boolean {
  return reachesEngine(key, []);
}

function refuseJars({ forbidsJars }: LaunchRules, ownKeys: ReadonlySet<string>): void {
  if (forbidsJars === undefined) return;
  const key = [...ownKeys].find((one) => forbiddenByLakeFormation.includes(effectiveName(one)));
  if (key === undefined) return;
  throw new GatewayError(
    'CONFIG_RESTRICTED',
    `${key}: the preset ${forbidsJars} has Lake Formation, which allows no image and no jars of one's own`,
    { hint: 'Open the session without it.' },
  );
}

/** What is fixed anyway is only ignored; lists join, so that a client's part of them counts. */
function refuseClients({ cluster, fixed }: LaunchRules, session: SessionConf): void {
  if (cluster === undefined) return;
  const asked = [...session.clientKeys].flatMap((key) => {
    const value = session.settings.get(key);
    const name = effectiveName(key);
    const isIgnored = fixed.has(name) && !isListSetting(name);
    return value === undefined || isIgnored ? [] : [[key, value] as const];
  });
  refuseBorrowedRights(cluster, asked);
}

function refuseQueue({ queues }: LaunchRules, settings: ReadonlyMap<string, string>): void {
  if (queues.length === 0) return;
  for (const [key, value] of settings) {
    if (!queueSettings.includes(effectiveName(key)) || queues.includes(value)) continue;
    throw new GatewayError('INVALID_ARGUMENT', `${key} = ${value} is not a queue of the cluster`, {
      hint: `Its queues are ${queues.join(', ')}.`,
    });
  }
}
