import type { ContainerStatus, Pod } from './cluster-objects.ts';
import { driverContainer } from './job-labels.ts';
import { ended, type JobVerdict } from './job-verdict.ts';

const memoryHint =
  'Give the driver more memory: spark.driver.memory or spark.driver.memoryOverhead.';
const imageHint =
  'Check the name of the image, that its registry can be reached, and imagePullSecrets.';
const capacityHint =
  'The node had too little left or went away: open a new session, or ask for less.';
const logHint = "The driver's last log lines tell more.";

/** How long a node may take to say that a pod is over whose driver is. */
const driverEndPatienceMs = 5000;

interface WaitingRule {
  /** How long the cluster may try to get over it, from when it is first seen; undefined: for as long as the launch may take. */
  readonly patienceMs?: number;
  readonly hint?: string;
}

/** What keeps a container from starting. What no second try can heal is given up at once. */
const waitingRules: Readonly<Record<string, WaitingRule>> = {
  ErrImagePull: { patienceMs: 30_000, hint: imageHint },
  ImagePullBackOff: { patienceMs: 30_000, hint: imageHint },
  RegistryUnavailable: { patienceMs: 30_000, hint: imageHint },
  InvalidImageName: { patienceMs: 0, hint: imageHint },
  ErrImageNeverPull: {
    patienceMs: 0,
    hint: 'The image is not on the node and its pull policy is Never.',
  },
  CreateContainerConfigError: {
    patienceMs: 10_000,
    hint: 'Check the secrets and config maps that the pod template and the settings name.',
  },
  CreateContainerError: {
    patienceMs: 10_000,
    hint: 'Check volumes and command in the pod template.',
  },
  RunContainerError: {
    patienceMs: 10_000,
    hint: 'Check sparkHome of the cluster: the image needs bin/spark-submit there.',
  },
  CrashLoopBackOff: {
    patienceMs: 60_000,
    hint: 'A container beside the driver ends again and again: look at its log.',
  },
};

/** Why a whole pod failed, by the word in its status. */
const podReasons: Readonly<Record<string, string>> = {
  Evicted: capacityHint,
  DeadlineExceeded: 'The pod may run no longer than activeDeadlineSeconds of the pod template.',
  Preempting:
    'A pod of higher priority took its place: give engines a priority class, or open a new session.',
  Preempted:
    'A pod of higher priority took its place: give engines a priority class, or open a new session.',
  PreemptionByScheduler:
    'A pod of higher priority took its place: give engines a priority class, or open a new session.',
  TerminationByKubelet: capacityHint,
  EvictionByEvictionAPI: 'The node is being emptied: open a new session.',
  DeletionByTaintManager: 'The node was tainted: open a new session.',
  DeletionByPodGC: 'The node is gone: open a new session.',
  NodeShutdown: 'The node was shut down: open a new session.',
  Terminated: 'The node was shut down: open a new session.',
  OutOfcpu: capacityHint,
  OutOfmemory: capacityHint,
  OutOfpods: capacityHint,
  NodeAffinity: 'Check node selectors and affinity in the pod template and the settings.',
  UnexpectedAdmissionError: 'The node did not take the pod: look at its events.',
};

const schedulingHint =
  'No node has room: ask for less memory or cores, or check node selectors, tolerations and the autoscaler.';

/** What a driver's pod says of its job: phase, conditions and containers in one word, with the platform's own reason. */
export function podVerdict(pod: Pod): JobVerdict {
  const status = pod.status ?? {};
  const phase = status.phase ?? 'Pending';
  const driver = status.containerStatuses?.find(({ name }) => name === driverContainer);
  if (phase === 'Unknown' || status.reason === 'NodeLost') return lost(pod);
  if (phase === 'Failed') return failed(pod, driver);
  if (phase === 'Succeeded') return succeeded(driver);
  if (driver?.state?.terminated !== undefined) return driverEnded(pod, driver);
  if (pod.metadata.deletionTimestamp !== undefined) {
    const kind = driver?.state?.running === undefined ? 'pending' : 'running';
    return { state: { kind }, platformState: 'Terminating', reason: disruptionOf(pod)?.message };
  }
  if (driver?.state?.running !== undefined) {
    return { state: { kind: 'running' }, platformState: 'Running' };
  }
  return waiting(pod);
}

/** The driver is over, and its pod is not. */
function driverEnded(pod: Pod, driver: ContainerStatus): JobVerdict {
  const isWell = driver.state?.terminated?.exitCode === 0;
  const verdict = isWell ? succeeded(driver) : failed(pod, driver);
  const outcome = verdict.state.kind === 'ended' ? verdict.state.outcome : 'failed';
  const hasOthers = pod.status?.containerStatuses?.some(
    ({ state }) => state?.running !== undefined,
  );
  // Containers beside the driver would keep the pod alive for nothing.
  if (hasOthers === true) return { ...verdict, doomed: { afterMs: 0, outcome } };
  // The word for it, e.g. Evicted, comes with the pod's own end.
  return {
    ...verdict,
    state: { kind: 'running' },
    platformState: 'Running (driver ended)',
    doomed: { afterMs: driverEndPatienceMs, outcome },
  };
}

/** The node does not answer; the driver may well live on. */
function lost(pod: Pod): JobVerdict {
  return {
    state: { kind: 'running' },
    platformState: `Unknown (${pod.status?.reason ?? 'NodeLost'})`,
    reason: pod.status?.message ?? 'the node of the pod does not answer',
  };
}

function succeeded(driver: ContainerStatus | undefined): JobVerdict {
  return {
    state: ended('succeeded'),
    platformState: 'Succeeded',
    reason: driver?.state?.terminated?.message,
  };
}

function failed(pod: Pod, driver: ContainerStatus | undefined): JobVerdict {
  const status = pod.status ?? {};
  const terminated = driver?.state?.terminated;
  const disruption = disruptionOf(pod);
  const word =
    status.reason ?? (terminated?.reason === 'OOMKilled' ? undefined : disruption?.reason);
  if (word !== undefined) {
    return {
      state: ended('failed'),
      platformState: `Failed (${word})`,
      reason: sentence(`the pod failed: ${word}`, status.message ?? disruption?.message),
      hint: podReasons[word] ?? logHint,
    };
  }
  const initial = status.initContainerStatuses?.find(
    ({ state }) => (state?.terminated?.exitCode ?? 0) !== 0,
  );
  const ending = terminated ?? initial?.state?.terminated;
  const who =
    terminated === undefined && initial !== undefined ? `container ${initial.name}` : 'the driver';
  if (ending === undefined) {
    return {
      state: ended('failed'),
      platformState: 'Failed',
      reason: status.message,
      hint: logHint,
    };
  }
  const why = ending.reason ?? 'Error';
  const wasKilled =
    pod.metadata.deletionTimestamp !== undefined && [137, 143].includes(ending.exitCode ?? 0);
  const exit = ending.exitCode === undefined ? '' : ` with exit code ${ending.exitCode}`;
  return {
    state: ended(wasKilled ? 'killed' : 'failed'),
    platformState: `Failed (${why})`,
    reason: sentence(`${who} ended${exit} (${why})`, ending.message),
    hint: hintOfEnding(why, ending.exitCode, who),
  };
}

function hintOfEnding(why: string, exitCode: number | undefined, who: string): string {
  if (why === 'OOMKilled') return memoryHint;
  if (
    why === 'ContainerCannotRun' ||
    why === 'StartError' ||
    exitCode === 126 ||
    exitCode === 127
  ) {
    return 'Check sparkHome of the cluster: the image needs bin/spark-submit there.';
  }
  if (why === 'ContainerStatusUnknown') return 'The node is gone: open a new session.';
  if (exitCode === 137) return memoryHint;
  return who === 'the driver' ? logHint : `Look at the log of ${who}.`;
}

function waiting(pod: Pod): JobVerdict {
  const status = pod.status ?? {};
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const word = scheduled.reason ?? 'Unschedulable';
    const hint =
      word === 'SchedulingGated'
        ? 'A scheduling gate holds the pod, perhaps one of a queue.'
        : schedulingHint;
    return pending(word, scheduled.message, { hint });
  }
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const words = all.flatMap(({ state }) => (state?.waiting === undefined ? [] : [state.waiting]));
  const bad = words.find(({ reason }) => waitingRules[reason ?? ''] !== undefined);
  const word = bad ?? words.find(({ reason }) => reason !== 'PodInitializing') ?? words[0];
  return pending(word?.reason, word?.message, waitingRules[word?.reason ?? ''] ?? {});
}

function pending(
  word: string | undefined,
  message: string | undefined,
  rule: WaitingRule,
): JobVerdict {
  return {
    state: { kind: 'pending' },
    platformState: word === undefined ? 'Pending' : `Pending (${word})`,
    reason: message,
    hint: rule.hint,
    doomed:
      rule.patienceMs === undefined ? undefined : { afterMs: rule.patienceMs, outcome: 'failed' },
  };
}

/** Since Kubernetes 1.26 a condition tells of evictions and preemptions. */
function disruptionOf(
  pod: Pod,
): { reason?: string | undefined; message?: string | undefined } | undefined {
  return pod.status?.conditions?.find(
    ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
  );
}

function sentence(what: string, more: string | undefined): string {
  const trimmed = more?.trim() ?? '';
  return trimmed === '' ? what : `${what}: ${trimmed}`;
}
