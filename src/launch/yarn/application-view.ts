import type { JobState, JobView } from '../job-platform.ts';
import { failureLine, readDiagnostics } from './diagnostics.ts';
import { hintFor } from './failure-hints.ts';
import { readJobTags } from './job-tags.ts';
import type { Application } from './rest-schemas.ts';

const maxReasonChars = 8192;
const maxLogLines = 10;

/** What an application's description says of our job; undefined where it is none of this fleet's. */
export function viewOf(application: Application, fleet: string): JobView | undefined {
  const told = readJobTags(application.applicationTags, fleet);
  if (told === undefined) return undefined;
  const { vcoreSeconds, memorySeconds } = application;
  const state = stateOf(application);
  return {
    tag: told.tag,
    ref: application.id,
    state,
    platformState: platformStateOf(application, state),
    // Its container runs, and it has not yet told YARN so.
    hasLog: application.amContainerLogs !== undefined,
    ...explained(application, state),
    link: application.trackingUrl,
    createdMs: application.startedTime,
    endedMs: application.finishedTime > 0 ? application.finishedTime : undefined,
    owner: told.owner,
    usage:
      vcoreSeconds === undefined || memorySeconds === undefined
        ? undefined
        : { vcpuSeconds: vcoreSeconds, memoryMibSeconds: memorySeconds },
  };
}

/** One view for each launch: an alive application counts before an ended one, the first before a later one. */
export function viewsOf(applications: readonly Application[], fleet: string): readonly JobView[] {
  const views = new Map<string, JobView>();
  for (const application of applications.toSorted(byAge)) {
    const view = viewOf(application, fleet);
    if (view === undefined) continue;
    const other = views.get(view.tag);
    if (other === undefined || (other.state.kind === 'ended' && view.state.kind !== 'ended')) {
      views.set(view.tag, view);
    }
  }
  return [...views.values()];
}

export function isAlive(application: Application): boolean {
  return stateOf(application).kind !== 'ended';
}

/** Never had a container: YARN said no before anything ran. */
export function wasTurnedAway(application: Application): boolean {
  return !isAlive(application) && application.amContainerLogs === undefined;
}

/** Why an ended application ended, in YARN's own words and the driver's, the most telling first. */
export function endReason(application: Application): string {
  const { sentences, logLines } = readDiagnostics(application.diagnostics);
  const why = failureLine(logLines);
  const lines = [...(why === undefined ? [] : [why]), ...sentences];
  const last = logLines.slice(-maxLogLines);
  const quoted = last.length === 0 ? [] : ["The last lines of the driver's log:", ...last];
  return [...lines, ...quoted].join('\n').slice(0, maxReasonChars);
}

/** The hint for an ended application. */
export function endHint(application: Application): string | undefined {
  const { sentences, logLines, exitCode } = readDiagnostics(application.diagnostics);
  const words = [...sentences, failureLine(logLines) ?? ''].join('\n');
  return hintFor({ words, exitCode });
}

export function byAge(one: Application, other: Application): number {
  return one.startedTime - other.startedTime || one.id.localeCompare(other.id);
}

function stateOf({ state, finalStatus }: Application): JobState {
  switch (state) {
    case 'NEW':
    case 'NEW_SAVING':
    case 'SUBMITTED':
    case 'ACCEPTED':
      return { kind: 'pending' };
    case 'FINISHED':
      return { kind: 'ended', outcome: outcomes[finalStatus] ?? 'failed' };
    case 'FAILED':
      return { kind: 'ended', outcome: 'failed' };
    case 'KILLED':
      return { kind: 'ended', outcome: 'killed' };
    default:
      return { kind: 'running' }; // a state that we don't know is no reason to take a job for dead
  }
}

const outcomes: Readonly<Record<string, 'succeeded' | 'killed'>> = {
  SUCCEEDED: 'succeeded',
  ENDED: 'succeeded',
  KILLED: 'killed',
};

/** YARN's state; of an application that waits, also where and for what, without figures that change all the time. */
function platformStateOf(application: Application, state: JobState): string {
  const { state: word, finalStatus, queue, diagnostics } = application;
  if (state.kind === 'ended') return word === 'FINISHED' ? `${word} (${finalStatus})` : word;
  if (state.kind === 'running') return word;
  const [sentence = ''] = readDiagnostics(diagnostics).sentences;
  const waiting = (sentence.split(/\.? *Details ?:/)[0] ?? '').replace(/\.$/, '').trim();
  return `${word} in queue ${queue}${waiting === '' ? '' : `: ${waiting}`}`;
}

function explained(
  application: Application,
  state: JobState,
): { readonly reason: string | undefined; readonly hint: string | undefined } {
  if (state.kind === 'ended') {
    if (state.outcome === 'succeeded') return { reason: undefined, hint: undefined };
    const reason = endReason(application);
    return { reason: reason === '' ? undefined : reason, hint: endHint(application) };
  }
  const { sentences } = readDiagnostics(application.diagnostics);
  if (state.kind === 'running' || sentences.length === 0) {
    return { reason: undefined, hint: undefined };
  }
  const reason = sentences.join('\n');
  return { reason, hint: waitHint(reason) };
}

function waitHint(reason: string): string | undefined {
  if (/AM resource limit/i.test(reason)) {
    return 'The queue has no room for another driver (its maximum-am-resource-percent): wait, end other engines, or use another queue.';
  }
  if (/waiting for resources to be assigned for AM/i.test(reason)) {
    return 'The queue or the cluster has no room for the driver now: wait, ask for less, or use another queue.';
  }
  return undefined;
}
