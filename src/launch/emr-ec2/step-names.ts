import { jobName, launchOf } from '../aws/job-tags.ts';
import type { LaunchTag } from '../launcher.ts';

const endSuffix = '/end';

/** What a step of ours is for: to start an engine, or to end one. */
export interface StepPurpose {
  readonly tag: LaunchTag;
  readonly isEnd: boolean;
}

/** The name of the step that ends the application of a launch. */
export function endStepName(fleet: string, tag: LaunchTag): string {
  return jobName(fleet, tag) + endSuffix;
}

/** Undefined for the name of a step that is none of this fleet's. */
export function purposeOf(name: string | undefined, fleet: string): StepPurpose | undefined {
  const tag = launchOf(name, fleet);
  if (tag === undefined) return undefined;
  return tag.endsWith(endSuffix)
    ? { tag: tag.slice(0, -endSuffix.length), isEnd: true }
    : { tag, isEnd: false };
}
