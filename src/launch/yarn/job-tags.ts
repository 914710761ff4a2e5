import { createHash } from 'node:crypto';
import type { EngineJob } from '../job-platform.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';

/** YARN's own limits, unless a cluster sets other ones. */
const maxTags = 10;
const maxTagLength = 100;

const launchPrefix = 'torii-launch-';
const ownerPrefixes = {
  user: 'torii-user-',
  group: 'torii-group-',
  session: 'torii-session-',
  preset: 'torii-preset-',
} as const;
type OwnerField = keyof typeof ownerPrefixes;
const ownerFields = Object.keys(ownerPrefixes) as readonly OwnerField[]; // it has no others

/** Carried by all jobs of the gateways that belong together. */
export function fleetTag(fleet: string): string {
  return `torii-fleet-${fleet}`;
}

/** The tag by which one launch is asked for. */
export function launchTag(tag: LaunchTag): string {
  return `${launchPrefix}${tag}`;
}

/** What begins like one of ours would say of the job what is not true: whose it is, or which launch. */
const isOurs = (tag: string): boolean => /^torii-/i.test(tag);

/** The tags of a job, ours first, and those of the user's that found no room or look like ours. */
export function jobTags(
  job: Pick<EngineJob, 'tag' | 'fleet' | 'owner'>,
  wanted: readonly string[],
): { readonly tags: readonly string[]; readonly leftOut: readonly string[] } {
  const owner = ownerFields.flatMap((field) => {
    const value = job.owner[field];
    return value === undefined ? [] : [encoded(ownerPrefixes[field], value)];
  });
  // Kyuubi finds its engines by the bare tag.
  const own = new Set(['KYUUBI', job.tag, launchTag(job.tag), fleetTag(job.fleet), ...owner]);
  const others = [...new Set(wanted)].filter((tag) => tag !== '' && !own.has(tag));
  const fitting = others
    .filter((tag) => fits(tag) && !isOurs(tag))
    .slice(0, Math.max(0, maxTags - own.size));
  return {
    tags: [...own, ...fitting],
    leftOut: others.filter((tag) => !fitting.includes(tag)),
  };
}

/** What the tags of an application, joined by commas, say of the job; undefined where it is none of this fleet's. */
export function readJobTags(
  joined: string,
  fleet: string,
): { readonly tag: LaunchTag; readonly owner: Partial<JobOwner> } | undefined {
  const tags = joined.split(',').map((tag) => tag.trim());
  const launch = tags.find((tag) => tag.startsWith(launchPrefix));
  if (launch === undefined || !tags.includes(fleetTag(fleet))) return undefined;
  const owner = ownerFields.flatMap((field) => {
    const prefix = ownerPrefixes[field];
    const found = tags.find((tag) => tag.startsWith(prefix));
    const value = found === undefined ? undefined : decoded(found.slice(prefix.length));
    return value === undefined ? [] : [[field, value] as const];
  });
  return { tag: launch.slice(launchPrefix.length), owner: Object.fromEntries(owner) };
}

function fits(tag: string): boolean {
  return tag.length <= maxTagLength && /^[\u0020-\u007e]+$/.test(tag);
}

/** YARN makes tags lower case and splits them at commas: whatever would suffer is written as `%` and its bytes. */
function encoded(prefix: string, value: string): string {
  const parts = [...value].map((char) => (/[a-z0-9._@-]/.test(char) ? char : escaped(char)));
  const whole = prefix + parts.join('');
  if (whole.length <= maxTagLength) return whole;
  const mark = `~${createHash('sha256').update(value).digest('hex').slice(0, 12)}`;
  let kept = prefix;
  for (const part of parts) {
    if (kept.length + part.length + mark.length > maxTagLength) break;
    kept += part;
  }
  return kept + mark;
}

function escaped(char: string): string {
  return [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Undefined for a value that was too long to be kept. */
function decoded(text: string): string | undefined {
  if (text.includes('~')) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // no tag of ours
  }
}
