import type { JobState, JobUsage, JobView } from '../job-platform.ts';
import type { JobOwner, JobRef, LaunchTag } from '../launcher.ts';
import { hintFor } from './failure-hints.ts';

/** What lists and single answers tell of a job run. */
export interface RunFacts {
  readonly applicationId: string;
  readonly jobRunId: string;
  readonly state: string;
  readonly stateDetails: string;
  readonly createdMs: number;
  readonly endedMs?: number | undefined;
}

/** What only the answer about a single job run tells. */
export interface RunDetails {
  readonly owner: Partial<JobOwner>;
  readonly usage: JobUsage | undefined;
  /** It had workers, and what is billed for them is not told yet. */
  readonly isBillPending?: boolean;
}

/** EMR's states, in our words; `says` explains those in which an engine waits. */
const states: Readonly<Record<string, { readonly state: JobState; readonly says?: string }>> = {
  SUBMITTED: { state: { kind: 'pending' }, says: 'EMR has taken the job and will schedule it' },
  QUEUED: {
    state: { kind: 'pending' },
    says: 'the application runs as many jobs at once as it may; this one waits for its turn',
  },
  PENDING: { state: { kind: 'pending' }, says: 'the scheduler looks at the job' },
  SCHEDULED: { state: { kind: 'pending' }, says: 'EMR gets workers for the job' },
  RUNNING: { state: { kind: 'running' } },
  SUCCESS: { state: { kind: 'ended', outcome: 'succeeded' } },
  FAILED: { state: { kind: 'ended', outcome: 'failed' } },
  CANCELLING: { state: { kind: 'running' }, says: 'the job has been told to end' },
  CANCELLED: { state: { kind: 'ended', outcome: 'killed' } },
};

/** All states in which a job run is alive: by these it is listed. */
export const aliveStates = [
  'SUBMITTED',
  'QUEUED',
  'PENDING',
  'SCHEDULED',
  'RUNNING',
  'CANCELLING',
] as const;

/** A state that nobody knows is no reason to take a job for dead. */
export function stateOf(word: string): JobState {
  return states[word]?.state ?? { kind: 'running' };
}

/** It has ended, or has been told to and will. */
export function isEnding(word: string): boolean {
  return word === 'CANCELLING' || stateOf(word).kind === 'ended';
}

function refOf({ applicationId, jobRunId }: RunFacts): JobRef {
  return `${applicationId}/${jobRunId}`;
}

/** Undefined for a text that is none of ours. */
export function readRef(
  ref: JobRef | undefined,
): { readonly applicationId: string; readonly jobRunId: string } | undefined {
  const [, applicationId, jobRunId] = /^([0-9a-z]+)\/([0-9a-z]+)$/.exec(ref ?? '') ?? [];
  if (applicationId === undefined || jobRunId === undefined) return undefined;
  return { applicationId, jobRunId };
}

export function viewOf(
  tag: LaunchTag,
  run: RunFacts,
  details: RunDetails | undefined,
  link: string | undefined,
): JobView {
  const known = states[run.state];
  const state = stateOf(run.state);
  const told = run.stateDetails.trim();
  const isGood = state.kind === 'ended' && state.outcome === 'succeeded';
  // Alive runs have details such as "Job run is running", which say nothing that the state does not.
  const reason = state.kind === 'ended' && !isGood ? told : known?.says;
  return {
    tag,
    ref: refOf(run),
    state,
    platformState: run.state,
    reason: reason === '' || isGood ? undefined : reason,
    hint: state.kind === 'ended' && !isGood ? hintFor(told) : undefined,
    link,
    createdMs: run.createdMs,
    endedMs: state.kind === 'ended' ? run.endedMs : undefined,
    owner: details?.owner ?? {},
    usage: details?.usage,
    isBillPending: state.kind === 'ended' && details?.isBillPending === true,
  };
}
