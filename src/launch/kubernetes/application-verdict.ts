import type { JobState } from '../job-platform.ts';
import type { SparkApplication } from './cluster-objects.ts';
import { ended, type JobVerdict } from './job-verdict.ts';

/** The operator's words. What is not here (e.g. UNKNOWN) is taken for alive: nothing says that the driver has gone. */
const states: Readonly<Record<string, JobState>> = {
  '': { kind: 'pending' },
  NEW: { kind: 'pending' },
  SUBMITTED: { kind: 'pending' },
  PENDING_RERUN: { kind: 'pending' },
  INVALIDATING: { kind: 'pending' },
  COMPLETED: ended('succeeded'),
  FAILED: ended('failed'),
  // Nothing is tried again: our applications have restartPolicy Never.
  SUBMISSION_FAILED: ended('failed'),
};

const hints: Readonly<Record<string, string>> = {
  SUBMISSION_FAILED:
    "The operator's own spark-submit failed: look at the message and at the operator's log.",
  FAILED: "The driver's last log lines tell more.",
};

/** What a SparkApplication and, where there is one already, its driver's pod say of the job. */
export function applicationVerdict(
  application: SparkApplication,
  pod: JobVerdict | undefined,
): JobVerdict {
  const { state: word = '', errorMessage } = application.status?.applicationState ?? {};
  const state = states[word] ?? { kind: 'running' };
  const platformState = word === '' ? 'NEW' : word;
  const own: JobVerdict = {
    state,
    platformState,
    reason: errorMessage === '' ? undefined : errorMessage,
    hint: hints[word],
  };
  if (pod === undefined) return own;
  if (state.kind === 'ended') {
    // The pod tells why, e.g. OOMKilled; the operator only that.
    const knowsMore = pod.state.kind === 'ended' && pod.state.outcome !== 'succeeded';
    return knowsMore && state.outcome !== 'succeeded'
      ? { ...own, reason: pod.reason ?? own.reason, hint: pod.hint ?? own.hint }
      : own;
  }
  if (pod.platformState === 'Running') return { ...own, state: { kind: 'running' } };
  return { ...pod, platformState: `${platformState}, driver ${pod.platformState}` };
}
