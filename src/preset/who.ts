import { GatewayError } from '../core/errors.ts';
import type { ClusterEntry } from './format/cluster-schema.ts';
import type { Preset } from './format/preset-schema.ts';
import type { PlacementQuestion } from './placement.ts';

/** Users and groups; whoever is in one of them is meant. */
interface Who {
  readonly users?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
}

/** Throws CONFIG_RESTRICTED where the preset is for others. */
export function checkPreset(
  name: string,
  preset: Preset | undefined,
  question: PlacementQuestion,
): void {
  if (preset === undefined || (preset.users === undefined && preset.groups === undefined)) return;
  if (means(preset, question)) return;
  throw new GatewayError('CONFIG_RESTRICTED', `${question.user} may not use the preset ${name}`, {
    hint: 'It is for some users and groups only; the administrator can tell which.',
  });
}

/** The first role that has the user with this preset; undefined where the cluster has no roles. Throws CONFIG_RESTRICTED for a user without one. */
export function roleOf(
  cluster: string,
  roles: ClusterEntry['roles'],
  question: PlacementQuestion,
  preset?: string,
): string | undefined {
  const all = Object.entries(roles ?? {});
  if (all.length === 0) return undefined;
  const found = all.find(([, role]) => means(role, question) && isWith(role.presets, preset));
  if (found !== undefined) return found[0];
  throw new GatewayError(
    'CONFIG_RESTRICTED',
    `${question.user} has no role on the cluster ${cluster}`,
    { hint: 'The administrator can give one, by user or by group.' },
  );
}

function isWith(presets: readonly string[] | undefined, preset: string | undefined): boolean {
  return presets === undefined || (preset !== undefined && presets.includes(preset));
}

function means({ users, groups }: Who, question: PlacementQuestion): boolean {
  return (
    users?.includes(question.user) === true ||
    groups?.some((group) => question.groups.includes(group)) === true
  );
}
