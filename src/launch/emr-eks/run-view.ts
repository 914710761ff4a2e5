import type { JobState, JobUsage, JobView } from '../job-platform.ts';
import type { JobOwner, JobRef, LaunchTag } from '../launcher.ts';
import { adviceOn, goneHint } from './failure-hints.ts';

/** What EMR tells of a job run. */
export interface RunFacts {
  readonly id: string;
  readonly state: string;
  /** EMR's word for why it failed, e.g. `USER_ERROR`. */
  readonly failureReason: string;
  readonly stateDetails: string;
  readonly createdMs: number;
  /** When EMR says that it ended, epoch milliseconds. */
  readonly endedMs?: number | undefined;
  /** Undefined where it is not known yet. */
  readonly owner: Partial<JobOwner> | undefined;
}

/** What the run's pods tell of it. */
export interface PodFacts {
  /** What becomes of the driver's pod, if there is one. */
  readonly driver: Pick<JobView, 'state' | 'platformState' | 'reason' | 'hint'> | undefined;
  readonly usage: JobUsage | undefined;
}

/** Our word for a run that went with its virtual cluster: EMR can't be asked for it any more. */
export const goneState = 'GONE';

/** EMR's states, in our words; `says` explains those in which an engine waits. */
const states: Readonly<Record<string, { readonly state: JobState; readonly says?: string }>> = {
  PENDING: {
    state: { kind: 'pending' },
    says: 'EMR has taken the job and brings it to the virtual cluster',
  },
  SUBMITTED: { state: { kind: 'pending' }, says: 'the cluster makes the pods of the job' },
  RUNNING: { state: { kind: 'running' } },
  COMPLETED: { state: { kind: 'ended', outcome: 'succeeded' } },
  FAILED: { state: { kind: 'ended', outcome: 'failed' } },
  CANCEL_PENDING: { state: { kind: 'running' }, says: 'the job has been told to end' },
  CANCELLED: { state: { kind: 'ended', outcome: 'killed' } },
  [goneState]: { state: { kind: 'ended', outcome: 'killed' } },
};

/** All states in which a job run is alive: by these it is listed. */
export const aliveStates = ['PENDING', 'SUBMITTED', 'RUNNING', 'CANCEL_PENDING'] as const;

/** A state that nobody knows is no reason to take a job for dead. */
export function stateOf(word: string): JobState {
  return states[word]?.state ?? { kind: 'running' };
}

/** Undefined for a text that is none of ours. */
export function readRef(ref: JobRef | undefined): string | undefined {
  return /^[0-9a-z]+\/([0-9a-z]+)$/.exec(ref ?? '')?.[1];
}

export interface ViewParts {
  readonly tag: LaunchTag;
  readonly virtualCluster: string;
  readonly run: RunFacts;
  readonly link: string | undefined;
  /** Undefined where the pods are not looked at. */
  readonly pods: PodFacts | undefined;
}

/** What EMR says of a run, with what its pods say where that tells more. */
export function viewOf({ tag, virtualCluster, run, link, pods }: ViewParts): JobView {
  const own = {
    tag,
    ref: `${virtualCluster}/${run.id}`,
    platformState: run.state,
    link,
    createdMs: run.createdMs,
    owner: run.owner ?? {},
    usage: pods?.usage,
  };
  const state = stateOf(run.state);
  const driver = pods?.driver;
  if (state.kind === 'ended') {
    return { ...own, state, endedMs: run.endedMs, ...endingOf(run, state, driver) };
  }
  const says = [states[run.state]?.says, queueing(run)].filter((each) => each !== undefined);
  if (state.kind === 'running' || driver === undefined) {
    return { ...own, state, reason: joined(says), hint: undefined };
  }
  if (isStuck(driver)) {
    // EMR would wait for it much longer.
    return {
      ...own,
      state: { kind: 'ended', outcome: 'failed' },
      platformState: driver.platformState,
      reason: `the driver's pod does not start${driver.reason === undefined ? '' : `: ${driver.reason}`}`,
      hint: driver.hint,
    };
  }
  const pod = `driver pod ${driver.platformState}`;
  const reason = driver.reason === undefined ? pod : `${pod}: ${driver.reason}`;
  const hasLog = driver.state.kind !== 'pending';
  return { ...own, state, hasLog, reason: joined([...says, reason]), hint: driver.hint };
}

/** Whether the cluster had its time to get over what keeps the pod from starting. */
export function isStuck(driver: PodFacts['driver']): boolean {
  return driver?.state.kind === 'ended' && driver.platformState.startsWith('Pending');
}

function endingOf(
  run: RunFacts,
  state: Extract<JobState, { kind: 'ended' }>,
  driver: PodFacts['driver'],
): Pick<JobView, 'reason' | 'hint'> {
  if (state.outcome === 'succeeded') return { reason: undefined, hint: undefined };
  const word = run.failureReason === '' ? undefined : run.failureReason;
  const told = run.stateDetails.trim() === '' ? undefined : run.stateDetails.trim();
  const says = [word, told].filter((each) => each !== undefined).join(': ');
  const isPodsFault = driver?.state.kind === 'ended' && driver.state.outcome === 'failed';
  const pod = isPodsFault ? (driver.reason ?? driver.platformState) : undefined;
  if (state.outcome === 'killed') {
    return { reason: joined([says]), hint: run.state === goneState ? goneHint : undefined };
  }
  const { hint, isCertain } = adviceOn(run.failureReason, run.stateDetails);
  const podHint = isPodsFault ? driver.hint : undefined;
  return { reason: joined([says, pod]), hint: isCertain ? hint : (podHint ?? hint) };
}

/** A virtual cluster with a queue says why a run waits. */
function queueing({ state, stateDetails }: RunFacts): string | undefined {
  return state === 'PENDING' && stateDetails.trim() !== '' ? stateDetails.trim() : undefined;
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  const said = parts.filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? undefined : said.join('; ');
}
