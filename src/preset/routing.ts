import { engineShareEntries } from '../config/entries/engine-share.ts';
import { clustersEntries } from '../config/entries/clusters.ts';
import { readEntry } from '../config/entry.ts';
import { nearestKey } from '../config/nearest-key.ts';
import { GatewayError } from '../core/errors.ts';
import { effectiveName } from './effective-name.ts';
import type { ClustersFile } from './format/clusters-file.ts';
import type { Route } from './format/route-schema.ts';
import type { PlacementQuestion } from './placement.ts';

/** Names of a cluster and a preset; undefined where there is none. */
export interface Destination {
  readonly cluster: string | undefined;
  readonly preset: string | undefined;
}

const clusterKey = engineShareEntries.cluster.key;
const presetKey = clustersEntries.preset.key;

/**
 * Where a session goes: where the client says; if it says nothing, where the first route that matches says; else where the
 * gateway's own settings say. A route with `force` is asked first, and the client may not say otherwise.
 */
export function destinationOf(question: PlacementQuestion, file: ClustersFile): Destination {
  const asked = askedIn(question, true);
  const index = file.routes.findIndex((route) => matches(route, question));
  const route = file.routes[index];
  if (route?.force === true) return complete(forced(asked, route, index), file);
  if (asked.cluster !== undefined || asked.preset !== undefined) return complete(asked, file);
  const chosen =
    route === undefined
      ? askedIn(question, false)
      : { cluster: route.use.cluster, preset: route.use.preset };
  return complete(chosen, file);
}

/** `default` is Kyuubi's word for no cluster in particular. */
function askedIn({ settings, ownKeys }: PlacementQuestion, itself: boolean): Destination {
  const said = [clusterKey, presetKey].flatMap((key): [string, string][] => {
    const value = itself && !ownKeys.has(key) ? undefined : settings.get(key);
    return value === undefined ? [] : [[key, value]];
  });
  const asked = new Map(said);
  const cluster = readEntry(engineShareEntries.cluster, asked);
  return {
    cluster: cluster === 'default' ? undefined : cluster,
    preset: readEntry(clustersEntries.preset, asked),
  };
}

function matches({ match = {} }: Route, { user, groups, settings }: PlacementQuestion): boolean {
  if (match.user !== undefined && !match.user.includes(user)) return false;
  if (match.group?.some((group) => groups.includes(group)) === false) return false;
  return Object.entries(match.conf ?? {}).every(([key, values]) => {
    const value = valueOf(settings, key);
    return value !== undefined && values.includes(value);
  });
}

function valueOf(settings: ReadonlyMap<string, string>, key: string): string | undefined {
  const name = effectiveName(key);
  return settings.get(key) ?? [...settings].find(([one]) => effectiveName(one) === name)?.[1];
}

function forced(asked: Destination, { use }: Route, index: number): Destination {
  for (const part of ['cluster', 'preset'] as const) {
    if (asked[part] === undefined || use[part] === undefined || asked[part] === use[part]) continue;
    throw new GatewayError(
      'CONFIG_RESTRICTED',
      `the session asks for the ${part} ${asked[part]}, and route ${index + 1} sends it to the ${part} ${use[part]}`,
      { hint: 'Open the session without naming a cluster or a preset.' },
    );
  }
  return { cluster: use.cluster ?? asked.cluster, preset: use.preset ?? asked.preset };
}

/** A preset brings its cluster, a cluster its default preset. */
function complete(chosen: Destination, file: ClustersFile): Destination {
  const cluster = known(clusterKey, 'cluster', chosen.cluster, file.clusters);
  const defaultPreset =
    cluster === undefined ? undefined : file.clusters.get(cluster)?.defaultPreset;
  const preset = known(presetKey, 'preset', chosen.preset, file.presets) ?? defaultPreset;
  const places = preset === undefined ? [] : presetClusters(file.presets.get(preset)?.cluster);
  if (cluster === undefined || places.length === 0 || places.includes(cluster)) {
    return { cluster: cluster ?? places[0], preset };
  }
  throw new GatewayError(
    'INVALID_ARGUMENT',
    `the session goes to the cluster ${cluster}, and its preset ${preset} is for ${places.join(', ')}`,
    { hint: `Leave out ${clusterKey} or ${presetKey}, or name two that fit.` },
  );
}

export function presetClusters(cluster: string | readonly string[] | undefined): readonly string[] {
  if (cluster === undefined) return [];
  return typeof cluster === 'string' ? [cluster] : cluster;
}

function known(
  key: string,
  what: string,
  name: string | undefined,
  all: ReadonlyMap<string, unknown>,
): string | undefined {
  if (name === undefined || all.has(name)) return name;
  const nearest = nearestKey(name, all.keys());
  throw new GatewayError('INVALID_ARGUMENT', `${key}: there is no ${what} ${name}`, {
    hint:
      nearest === undefined
        ? `The administrator can tell which ${what}s there are.`
        : `Did you mean ${nearest}?`,
  });
}
