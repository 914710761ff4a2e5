import type { StepSummary } from '@aws-sdk/client-emr';
import type { JobState, JobView } from '../job-platform.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';
import { hintFor } from './failure-hints.ts';

/** What a list tells of a step. */
export interface StepFacts {
  readonly stepId: string;
  readonly state: string;
  /** EMR's word for why it failed, e.g. `Unknown Error.`. */
  readonly reason: string;
  readonly message: string;
  /** Where EMR found the cause. */
  readonly logFile: string | undefined;
  readonly createdMs: number;
}

/** What became of the application that a step has handed to YARN. */
export type Followed =
  /** The resource manager lists none yet, or none for a long time. */
  | 'awaited'
  | 'overdue'
  | 'never-came'
  /** The resource manager can't be asked, so the step is all that is known. */
  | 'not-followed'
  /** A later step has ended it. */
  | 'ended-by-step';

interface Shown {
  readonly state: JobState;
  readonly says?: string | undefined;
  readonly hint?: string | undefined;
}

/** EMR's states, in our words. A step only starts an engine: none is up while it waits or runs. */
const states: Readonly<Record<string, Shown>> = {
  PENDING: {
    state: { kind: 'pending' },
    says: 'the cluster runs as many steps at once as it may, or does not run yet; this one waits for its turn',
  },
  RUNNING: {
    state: { kind: 'pending' },
    says: 'spark-submit runs on the cluster; its application is not there yet',
  },
  CANCEL_PENDING: { state: { kind: 'pending' }, says: 'the step has been told to end' },
  COMPLETED: { state: { kind: 'pending' } },
  CANCELLED: {
    state: { kind: 'ended', outcome: 'killed' },
    hint: 'Somebody, or a rule of the cluster, has cancelled the step.',
  },
  FAILED: {
    state: { kind: 'ended', outcome: 'failed' },
    says: 'EMR does not say why',
    hint: "The step's stderr tells why.",
  },
  INTERRUPTED: {
    state: { kind: 'ended', outcome: 'failed' },
    says: 'the cluster ended, or an earlier step failed, before this one was done',
    hint: 'Try again when the cluster is up, or name another one.',
  },
};

const completed: Readonly<Record<Followed, Shown>> = {
  awaited: {
    state: { kind: 'pending' },
    says: 'spark-submit is done; the application is looked for in YARN',
  },
  overdue: {
    state: { kind: 'pending' },
    says: 'spark-submit is done, and YARN still lists no application with the tag of the launch',
  },
  'never-came': {
    state: { kind: 'ended', outcome: 'failed' },
    says: 'the step is done, but YARN knows no application with the tag of the launch',
    hint: "Look into the step's stderr, and whether resourceManagers of the cluster are those of this EMR cluster.",
  },
  'not-followed': {
    state: { kind: 'running' },
    says: "spark-submit is done; what becomes of its application is not seen from here, since the resource manager can't be reached",
  },
  'ended-by-step': {
    state: { kind: 'ended', outcome: 'killed' },
    says: 'a later step has ended its application',
  },
};

const aliveStates: ReadonlySet<string> = new Set(['PENDING', 'RUNNING', 'CANCEL_PENDING']);

/** Whether it counts towards the steps that a cluster takes. */
export function isActive(state: string): boolean {
  return aliveStates.has(state);
}

/** It will never hand over anything, or not any more. A state that nobody knows is no reason to take a step for dead. */
export function hasFailed(state: string): boolean {
  return states[state]?.state.kind === 'ended';
}

export function viewOf(
  tag: LaunchTag,
  step: StepFacts,
  followed: Followed,
  known: { readonly owner: Partial<JobOwner>; readonly link: string | undefined },
): JobView {
  const told = [step.reason, step.message].filter((part) => part !== '').join(' ');
  const { state, says, hint } =
    step.state === 'COMPLETED' ? completed[followed] : stateOf(step.state, told);
  return {
    tag,
    ref: step.stepId,
    state,
    platformState: step.state,
    reason: says,
    hint,
    link: step.logFile ?? known.link,
    createdMs: step.createdMs,
    owner: known.owner,
    usage: undefined,
  };
}

/** A job of a cluster that has ended: nothing of it is left. */
export function endedWithCluster(view: JobView, why: string): JobView {
  if (view.state.kind === 'ended') return view;
  return {
    ...view,
    state: { kind: 'ended', outcome: 'killed' },
    reason: why,
    hint: 'The EMR cluster was ended, and its engines with it: name another cluster, or make a new one.',
  };
}

export function factsOf(step: StepSummary): StepFacts {
  const { State: state, StateChangeReason: change, FailureDetails: failure } = step.Status ?? {};
  return {
    stepId: step.Id ?? '',
    state: state ?? '',
    reason: failure?.Reason?.trim() ?? '',
    message: (failure?.Message ?? change?.Message ?? '').trim(),
    logFile: failure?.LogFile,
    createdMs: step.Status?.Timeline?.CreationDateTime?.getTime() ?? 0,
  };
}

/** A state that nobody knows is no reason to take a step for dead. */
function stateOf(word: string, told: string): Shown {
  const known = states[word] ?? { state: { kind: 'pending' } };
  if (known.state.kind !== 'ended' || told === '') return known;
  return { state: known.state, says: told, hint: hintFor(told) };
}
