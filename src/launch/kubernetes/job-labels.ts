import type { Settings } from '../../config/entry.ts';
import type { EngineJob } from '../job-platform.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';

export const fleetLabel = 'torii.io/fleet';
export const tagLabel = 'torii.io/tag';

/** Spark's own label: `driver` or `executor`. */
export const roleLabel = 'spark-role';

/** The name of the container that Spark's driver runs in, as Spark itself calls it. */
export const driverContainer = 'spark-kubernetes-driver';

const ownerNames = ['user', 'group', 'session', 'preset'] as const;

/** The name of everything that one launch makes: the same tag can't make a second one. */
export function objectName(tag: LaunchTag): string {
  return `torii-${tag}`;
}

/** The launch to which an object's name belongs, be it the driver's or an executor's. */
export function tagOfName(name: string): LaunchTag | undefined {
  return /^torii-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=-|$)/.exec(name)?.[1];
}

/** On the driver, its executors and whatever else belongs to the launch. */
export function jobLabels(job: Pick<EngineJob, 'fleet' | 'tag' | 'owner'>): Record<string, string> {
  const labels: Record<string, string> = { [fleetLabel]: job.fleet, [tagLabel]: job.tag };
  for (const name of ownerNames) {
    const value = labelValue(job.owner[name] ?? '');
    if (value !== '') labels[`torii.io/${name}`] = value;
  }
  return { ...labels, 'kyuubi-unique-tag': job.tag };
}

/** For whom the job runs, in full: a label can't hold every name. */
export function ownerAnnotations(owner: JobOwner): Record<string, string> {
  return Object.fromEntries(
    ownerNames.flatMap((name) => {
      const value = owner[name];
      return value === undefined ? [] : [[`torii.io/${name}`, value]];
    }),
  );
}

export function ownerOf(annotations: Readonly<Record<string, string>>): Partial<JobOwner> {
  return Object.fromEntries(
    ownerNames.flatMap((name) => {
      const value = annotations[`torii.io/${name}`];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A value as labels may have it: 63 characters of letters, digits, `-`, `_` and `.`, the first and last one a letter or digit. */
export function labelValue(value: string): string {
  return value
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 63)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** The settings below a prefix, by what follows it. */
export function settingsBelow(conf: Settings, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of conf) {
    if (key.startsWith(prefix) && key.length > prefix.length)
      found[key.slice(prefix.length)] = value;
  }
  return found;
}
