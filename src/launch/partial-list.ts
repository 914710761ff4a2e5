import type { JobView } from './job-platform.ts';

/** A part of the cluster can't be looked at: what the list has counts, and what it has not may be there all the same. */
export class PartialList extends Error {
  readonly jobs: readonly JobView[];

  constructor(jobs: readonly JobView[], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PartialList';
    this.jobs = jobs;
  }
}

export interface SeenJobs {
  readonly jobs: readonly JobView[];
  /** A job that is not among them is not there. */
  readonly isWhole: boolean;
}

/** What a list tells, whole or not. Rejects as it does where it tells nothing. */
export async function seenJobs(list: Promise<readonly JobView[]>): Promise<SeenJobs> {
  try {
    return { jobs: await list, isWhole: true };
  } catch (thrown) {
    if (thrown instanceof PartialList) return { jobs: thrown.jobs, isWhole: false };
    throw thrown;
  }
}
