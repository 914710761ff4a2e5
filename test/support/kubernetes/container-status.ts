import type { ContainerExit } from './container-runtime.ts';
import { apiTime } from './objects.ts';
import { withCondition } from './pod-conditions.ts';
import type { ContainerLog } from './pod-log.ts';
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodStatus,
  Terminated,
} from './pod.ts';

/** A container that has not begun. */
export function waitingStatus({ name, image = '' }: Container, reason: string): ContainerStatus {
  const state: ContainerState = { waiting: { reason } };
  return {
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state,
    lastState: {},
  };
}

/** How a container has ended, in the kubelet's words. */
export function terminatedState(
  { terminationMessagePolicy }: Container,
  { code, refusal }: ContainerExit,
  log: ContainerLog,
  facts: {
    readonly isOutOfMemory: boolean;
    readonly startedAt: string;
    readonly containerID: string;
  },
): Terminated {
  const { isOutOfMemory, startedAt, containerID } = facts;
  const reason =
    refusal !== undefined
      ? 'StartError'
      : isOutOfMemory
        ? 'OOMKilled'
        : code === 0
          ? 'Completed'
          : 'Error';
  const isLogged = terminationMessagePolicy === 'FallbackToLogsOnError' && code !== 0;
  const message = refusal ?? (isLogged ? log.text.slice(-2_048) : undefined);
  return {
    exitCode: isOutOfMemory ? 137 : code,
    reason,
    ...(message === undefined ? {} : { message }),
    startedAt,
    finishedAt: apiTime(),
    containerID,
  };
}

/** The status of a pod whose containers have all ended; how its sidecars did counts for nothing. */
export function finishedStatus({ spec }: Pod, status: PodStatus): PodStatus {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const sidecars = new Set(
    (spec.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  const isBad = ({ name, state }: ContainerStatus): boolean =>
    !sidecars.has(name) && !('terminated' in state && state.terminated.exitCode === 0);
  const phase = all.some(isBad) ? 'Failed' : 'Succeeded';
  const reason = phase === 'Failed' ? 'PodFailed' : 'PodCompleted';
  return { ...withReadiness(status, 'False', reason), phase };
}

/** The status with both of its conditions of readiness. */
export function withReadiness(
  status: PodStatus,
  value: 'True' | 'False',
  reason?: string,
): PodStatus {
  const why = reason === undefined ? {} : { reason };
  return withCondition(withCondition(status, 'Ready', value, why), 'ContainersReady', value, why);
}
