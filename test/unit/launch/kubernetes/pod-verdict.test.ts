import { describe, expect, it } from 'vitest';
import { applicationVerdict } from '../../../../src/launch/kubernetes/application-verdict.ts';
import { applicationSchema, podSchema } from '../../../../src/launch/kubernetes/cluster-objects.ts';
import type { JobVerdict } from '../../../../src/launch/kubernetes/job-verdict.ts';
import { podVerdict } from '../../../../src/launch/kubernetes/pod-verdict.ts';

type Status = Readonly<Record<string, unknown>>;

const verdict = (status: Status, metadata: Status = {}): JobVerdict =>
  podVerdict(podSchema.parse({ metadata: { name: 'p', uid: 'u', ...metadata }, status }));

const driverIs = (state: Status, more: readonly unknown[] = []): Status => ({
  containerStatuses: [{ name: 'spark-kubernetes-driver', state }, ...more],
});
const driverWaits = (reason: string, message?: string): Status => ({
  phase: 'Pending',
  ...driverIs({ waiting: { reason, message } }),
});
const driverEnded = (exitCode: number, reason: string, message?: string): Status => ({
  phase: 'Failed',
  ...driverIs({ terminated: { exitCode, reason, message } }),
});
const condition = (type: string, status: string, reason: string, message: string): Status => ({
  conditions: [{ type, status, reason, message }],
});

/** Kind or outcome, platform's word, reason, and what the hint has to say; each failure state of a pod once. */
const table: readonly (readonly [string, Status, string, string, string | undefined, RegExp])[] = [
  ['is new', {}, 'pending', 'Pending', undefined, /^$/],
  [
    'is being made',
    driverWaits('ContainerCreating'),
    'pending',
    'Pending (ContainerCreating)',
    undefined,
    /^$/,
  ],
  [
    'has no node',
    {
      phase: 'Pending',
      ...condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes are available'),
    },
    'pending',
    'Pending (Unschedulable)',
    '0/3 nodes are available',
    /No node has room/,
  ],
  [
    'is gated',
    { phase: 'Pending', ...condition('PodScheduled', 'False', 'SchedulingGated', 'gated') },
    'pending',
    'Pending (SchedulingGated)',
    'gated',
    /gate/,
  ],
  [
    'has no image',
    driverWaits('ErrImagePull', 'not found'),
    'pending',
    'Pending (ErrImagePull)',
    'not found',
    /imagePullSecrets/,
  ],
  [
    'waits for its image',
    driverWaits('ImagePullBackOff', 'Back-off'),
    'pending',
    'Pending (ImagePullBackOff)',
    'Back-off',
    /imagePullSecrets/,
  ],
  [
    'has a wrong image name',
    driverWaits('InvalidImageName', 'bad'),
    'pending',
    'Pending (InvalidImageName)',
    'bad',
    /name of the image/,
  ],
  [
    'may not pull its image',
    driverWaits('ErrImageNeverPull', 'never'),
    'pending',
    'Pending (ErrImageNeverPull)',
    'never',
    /Never/,
  ],
  [
    'lacks a secret',
    driverWaits('CreateContainerConfigError', 'secret "x" not found'),
    'pending',
    'Pending (CreateContainerConfigError)',
    'secret "x" not found',
    /secrets and config maps/,
  ],
  [
    'can’t be made',
    driverWaits('CreateContainerError', 'e'),
    'pending',
    'Pending (CreateContainerError)',
    'e',
    /volumes and command/,
  ],
  [
    'can’t be run',
    driverWaits('RunContainerError', 'e'),
    'pending',
    'Pending (RunContainerError)',
    'e',
    /sparkHome/,
  ],
  [
    'runs',
    { phase: 'Running', ...driverIs({ running: {} }) },
    'running',
    'Running',
    undefined,
    /^$/,
  ],
  [
    'waits for its sidecar’s image',
    {
      phase: 'Pending',
      initContainerStatuses: [
        { name: 'hms', state: { waiting: { reason: 'CrashLoopBackOff', message: 'again' } } },
      ],
    },
    'pending',
    'Pending (CrashLoopBackOff)',
    'again',
    /beside the driver/,
  ],
  [
    'ended well',
    { phase: 'Succeeded', ...driverIs({ terminated: { exitCode: 0 } }) },
    'succeeded',
    'Succeeded',
    undefined,
    /^$/,
  ],
  [
    'ran out of memory',
    driverEnded(137, 'OOMKilled'),
    'failed',
    'Failed (OOMKilled)',
    'the driver ended with exit code 137 (OOMKilled)',
    /spark.driver.memory/,
  ],
  [
    'was killed',
    driverEnded(137, 'Error'),
    'failed',
    'Failed (Error)',
    'the driver ended with exit code 137 (Error)',
    /spark.driver.memory/,
  ],
  [
    'failed',
    driverEnded(1, 'Error', 'last words'),
    'failed',
    'Failed (Error)',
    'the driver ended with exit code 1 (Error): last words',
    /last log lines/,
  ],
  [
    'has no spark-submit',
    driverEnded(128, 'StartError', 'no such file'),
    'failed',
    'Failed (StartError)',
    'the driver ended with exit code 128 (StartError): no such file',
    /sparkHome/,
  ],
  [
    'lost its container',
    driverEnded(137, 'ContainerStatusUnknown'),
    'failed',
    'Failed (ContainerStatusUnknown)',
    'the driver ended with exit code 137 (ContainerStatusUnknown)',
    /node is gone/,
  ],
  [
    'failed before its driver',
    {
      phase: 'Failed',
      initContainerStatuses: [
        { name: 'init', state: { terminated: { exitCode: 2, reason: 'Error' } } },
      ],
    },
    'failed',
    'Failed (Error)',
    'container init ended with exit code 2 (Error)',
    /log of container init/,
  ],
  [
    'was evicted',
    { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
    'failed',
    'Failed (Evicted)',
    'the pod failed: Evicted: low on memory',
    /too little left/,
  ],
  [
    'took too long',
    { phase: 'Failed', reason: 'DeadlineExceeded', message: 'active too long' },
    'failed',
    'Failed (DeadlineExceeded)',
    'the pod failed: DeadlineExceeded: active too long',
    /activeDeadlineSeconds/,
  ],
  [
    'was preempted',
    {
      ...driverEnded(143, 'Error'),
      ...condition('DisruptionTarget', 'True', 'PreemptionByScheduler', 'higher priority'),
    },
    'failed',
    'Failed (PreemptionByScheduler)',
    'the pod failed: PreemptionByScheduler: higher priority',
    /priority class/,
  ],
  [
    'was preempted by the kubelet',
    { phase: 'Failed', reason: 'Preempting', message: 'critical' },
    'failed',
    'Failed (Preempting)',
    'the pod failed: Preempting: critical',
    /priority class/,
  ],
  [
    'did not fit its node',
    { phase: 'Failed', reason: 'OutOfcpu', message: 'cpu' },
    'failed',
    'Failed (OutOfcpu)',
    'the pod failed: OutOfcpu: cpu',
    /too little left/,
  ],
  [
    'was on a node that was shut down',
    { phase: 'Failed', reason: 'NodeShutdown', message: 'off' },
    'failed',
    'Failed (NodeShutdown)',
    'the pod failed: NodeShutdown: off',
    /shut down/,
  ],
  [
    'may live on a lost node',
    { phase: 'Running', reason: 'NodeLost', message: 'silent' },
    'running',
    'Unknown (NodeLost)',
    'silent',
    /^$/,
  ],
  [
    'is in an unknown phase',
    { phase: 'Unknown' },
    'running',
    'Unknown (NodeLost)',
    'the node of the pod does not answer',
    /^$/,
  ],
];

describe('a pod that', () => {
  it.each(table)('%s is told as that, with one hint', (_, status, kind, word, reason, hint) => {
    const told = verdict(status);
    expect(told.state.kind === 'ended' ? told.state.outcome : told.state.kind).toBe(kind);
    expect(told.platformState).toBe(word);
    expect(told.reason).toBe(reason);
    expect(told.hint ?? '').toMatch(hint);
    expect(
      (told.hint ?? '').split(/[.!?](?:\s|$)/).filter((part) => part !== '').length,
    ).toBeLessThan(2);
  });

  it.each([
    ['InvalidImageName', 0],
    ['ErrImagePull', 30_000],
    ['ImagePullBackOff', 30_000],
    ['CreateContainerConfigError', 10_000],
    ['ContainerCreating', undefined],
  ])('waits with %s may do so for %s ms', (reason, afterMs) => {
    const { doomed } = verdict(driverWaits(reason));
    expect(doomed).toEqual(afterMs === undefined ? undefined : { afterMs, outcome: 'failed' });
  });

  it('has a driver that ended beside a container that runs is over at once', () => {
    const sidecar = { name: 'hms', state: { running: {} } };
    const status = { phase: 'Running', ...driverIs({ terminated: { exitCode: 0 } }, [sidecar]) };
    expect(verdict(status)).toMatchObject({
      state: { kind: 'ended', outcome: 'succeeded' },
      doomed: { afterMs: 0 },
    });
  });

  it('has a driver that ended alone waits for the word of its node', () => {
    const status = { phase: 'Running', ...driverIs({ terminated: { exitCode: 1 } }) };
    expect(verdict(status)).toMatchObject({
      state: { kind: 'running' },
      doomed: { afterMs: 5000, outcome: 'failed' },
    });
  });

  it('is deleted was killed where its driver did not want to end', () => {
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(verdict(driverEnded(143, 'Error'), deleted).state).toEqual({
      ...{ kind: 'ended', outcome: 'killed' },
    });
    const running = { phase: 'Running', ...driverIs({ running: {} }) };
    expect(verdict(running, deleted)).toMatchObject({
      state: { kind: 'running' },
      platformState: 'Terminating',
    });
  });
});

describe('a SparkApplication', () => {
  const told = (state: string, errorMessage?: string, pod?: JobVerdict): JobVerdict =>
    applicationVerdict(
      applicationSchema.parse({
        metadata: { name: 'a' },
        ...(state === '' ? {} : { status: { applicationState: { state, errorMessage } } }),
      }),
      pod,
    );
  const kindOf = ({ state }: JobVerdict): string =>
    state.kind === 'ended' ? state.outcome : state.kind;

  it.each([
    ['', 'pending', 'NEW'],
    ['SUBMITTED', 'pending', 'SUBMITTED'],
    ['RUNNING', 'running', 'RUNNING'],
    ['SUCCEEDING', 'running', 'SUCCEEDING'],
    ['FAILING', 'running', 'FAILING'],
    ['UNKNOWN', 'running', 'UNKNOWN'],
    ['COMPLETED', 'succeeded', 'COMPLETED'],
    ['FAILED', 'failed', 'FAILED'],
    ['SUBMISSION_FAILED', 'failed', 'SUBMISSION_FAILED'],
  ])('in state %j is %s', (state, kind, word) => {
    const view = told(state);
    expect([kindOf(view), view.platformState]).toEqual([kind, word]);
  });

  it('says why a submission failed', () => {
    expect(told('SUBMISSION_FAILED', 'no such class')).toMatchObject({
      reason: 'no such class',
      hint: expect.stringContaining("operator's log") as string,
    });
  });

  it('has the reason of its driver’s pod', () => {
    const killed = verdict(driverEnded(137, 'OOMKilled'));
    expect(told('FAILED', 'driver container failed', killed)).toMatchObject({
      platformState: 'FAILED',
      reason: killed.reason,
      hint: killed.hint,
    });
    const stuck = verdict(driverWaits('ImagePullBackOff', 'Back-off'));
    expect(told('SUBMITTED', undefined, stuck)).toMatchObject({
      state: { kind: 'pending' },
      platformState: 'SUBMITTED, driver Pending (ImagePullBackOff)',
      reason: 'Back-off',
      doomed: { afterMs: 30_000 },
    });
    const up = verdict({ phase: 'Running', ...driverIs({ running: {} }) });
    expect(kindOf(told('SUBMITTED', undefined, up))).toBe('running');
  });
});
