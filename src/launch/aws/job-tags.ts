import type { EngineJob } from '../job-platform.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';
import { tagValueOf, type AwsRequestLimits } from './request-limits.ts';

const prefix = 'torii';

/** The name of a job: lists carry no tags, so it tells fleet and launch. */
export function jobName(fleet: string, tag: LaunchTag): string {
  return `${prefix}-${fleet}-${tag}`;
}

/** The launch of a job by its name; undefined where it is none of this fleet's. */
export function launchOf(name: string | undefined, fleet: string): LaunchTag | undefined {
  const start = jobName(fleet, '');
  return name?.startsWith(start) === true ? name.slice(start.length) : undefined;
}

const ownerTags = {
  user: 'torii:user',
  group: 'torii:group',
  session: 'torii:session',
  preset: 'torii:preset',
} as const;
type OwnerField = keyof typeof ownerTags;
const ownerFields = Object.keys(ownerTags) as readonly OwnerField[]; // it has no others

/** The tags of a job: for whom it runs, and so who pays. */
export function jobTags(
  job: Pick<EngineJob, 'tag' | 'fleet' | 'owner'>,
  limits: AwsRequestLimits,
): Record<string, string> {
  const tags: Record<string, string> = { 'torii:fleet': job.fleet, 'torii:launch': job.tag };
  for (const field of ownerFields) {
    const value = job.owner[field];
    if (value === undefined) continue;
    tags[ownerTags[field]] = tagValueOf(value, limits);
  }
  return tags;
}

export function ownerOf(tags: Readonly<Record<string, string>> = {}): Partial<JobOwner> {
  return Object.fromEntries(
    ownerFields.flatMap((field) => {
      const value = tags[ownerTags[field]];
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
}
