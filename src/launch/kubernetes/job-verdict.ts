import type { JobState } from '../job-platform.ts';
import type { LaunchOutcome } from '../launcher.ts';

/** What the cluster's state of one job means to us. */
export interface JobVerdict {
  readonly state: JobState;
  readonly platformState: string;
  readonly reason?: string | undefined;
  readonly hint?: string | undefined;
  /**
   * The job can come to nothing, or is over, and yet the cluster goes on with it: once it has been so for this long, that is its
   * outcome, and it has to be deleted.
   */
  readonly doomed?: { readonly afterMs: number; readonly outcome: LaunchOutcome } | undefined;
}

export function ended(outcome: LaunchOutcome): JobState {
  return { kind: 'ended', outcome };
}
