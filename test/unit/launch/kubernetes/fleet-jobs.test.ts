import { describe, expect, it } from 'vitest';
import { type Pod, podSchema } from '../../../../src/launch/kubernetes/cluster-objects.ts';
import { FleetJobs } from '../../../../src/launch/kubernetes/fleet-jobs.ts';
import { manualClock, type ManualClock } from '../../../support/manual-clock.ts';
import { name, tag } from './engine-job.ts';

const startMs = 1_700_000_000_000;

function jobsAt(clock: ManualClock): FleetJobs {
  return new FleetJobs({
    ...{ anchor: 'pod', namespace: 'engines' },
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
  });
}

function pod(role: 'driver' | 'executor', status: object, more: { uid?: string } = {}): Pod {
  return podSchema.parse({
    metadata: {
      ...{ name, uid: more.uid ?? role },
      creationTimestamp: new Date(startMs),
      labels: { 'torii.io/tag': tag, 'spark-role': role },
      annotations: { 'torii.io/user': 'alice' },
    },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu: '500m', memory: '1Gi' } } }] },
    status: { startTime: new Date(startMs).toISOString(), ...status },
  });
}
const driverStatus = (phase: string, state: object): object => ({
  phase,
  containerStatuses: [{ name: 'spark-kubernetes-driver', state }],
});
const backOff = driverStatus('Pending', { waiting: { reason: 'ImagePullBackOff', message: 'm' } });
const runs = driverStatus('Running', { running: {} });

describe('a job', () => {
  it('is what its driver’s pod is, for whom its annotations say', () => {
    const jobs = jobsAt(manualClock());
    jobs.putPod(pod('driver', runs));
    expect(jobs.views()).toEqual([
      {
        tag,
        ref: `engines/${name}`,
        state: { kind: 'running' },
        platformState: 'Running',
        reason: undefined,
        hint: undefined,
        link: undefined,
        createdMs: startMs,
        owner: { user: 'alice' },
        usage: { vcpuSeconds: 0, memoryMibSeconds: 0 },
      },
    ]);
  });

  it('is given up when its image has been missing for too long, for good', () => {
    const clock = manualClock();
    const jobs = jobsAt(clock);
    jobs.putPod(pod('driver', backOff));
    expect(jobs.view(tag)?.state).toEqual({ kind: 'pending' });
    clock.advance(29_999);
    expect(jobs.view(tag)?.state).toEqual({ kind: 'pending' });
    expect(jobs.doomed()).toEqual([]);
    clock.advance(1);
    expect(jobs.view(tag)).toMatchObject({
      state: { kind: 'ended', outcome: 'failed' },
      platformState: 'Pending (ImagePullBackOff)',
      reason: 'm',
    });
    expect(jobs.doomed()).toEqual([tag]);
    jobs.putPod(pod('driver', runs));
    expect(jobs.view(tag)?.state.kind).toBe('ended');
  });

  it('is given its time anew once it gets on', () => {
    const clock = manualClock();
    const jobs = jobsAt(clock);
    for (const status of [backOff, runs, backOff]) {
      jobs.putPod(pod('driver', status));
      expect(jobs.view(tag)?.state.kind).not.toBe('ended');
      clock.advance(20_000);
    }
    expect(jobs.view(tag)?.state.kind).toBe('pending');
  });

  it('has been given what driver and executors ask for, as long as each lived', () => {
    const clock = manualClock();
    const jobs = jobsAt(clock);
    jobs.putPod(pod('driver', runs));
    const executor = pod('executor', { phase: 'Running' });
    jobs.putPod(executor);
    clock.advance(10_000);
    jobs.dropPod(executor);
    clock.advance(10_000);
    expect(jobs.view(tag)?.usage).toEqual({ vcpuSeconds: 15, memoryMibSeconds: 30 * 1024 });
    const finishedAt = new Date(startMs + 18_000).toISOString();
    jobs.putPod(
      pod('driver', driverStatus('Succeeded', { terminated: { exitCode: 0, finishedAt } })),
    );
    clock.advance(60_000);
    expect(jobs.view(tag)?.usage).toEqual({ vcpuSeconds: 14, memoryMibSeconds: 28 * 1024 });
    expect(jobs.endedFor(60_000)).toEqual([]);
  });

  it('has gone with its driver’s pod, though executors are left', () => {
    const jobs = jobsAt(manualClock());
    const driver = pod('driver', runs);
    jobs.putPod(driver);
    jobs.putPod(pod('executor', { phase: 'Running' }));
    jobs.dropPod(pod('driver', runs, { uid: 'an older one' }));
    expect(jobs.forgetIfGone(tag)).toBe(false);
    jobs.dropPod(driver);
    expect(jobs.forgetIfGone(tag)).toBe(true);
    expect(jobs.views()).toEqual([]);
  });

  it('that is missing in a list has gone', () => {
    const jobs = jobsAt(manualClock());
    jobs.putPod(pod('driver', runs));
    jobs.replacePods([]);
    expect(jobs.views()).toEqual([]);
    expect(jobs.forgetIfGone(tag)).toBe(true);
  });

  it('has the last warning as its reason while it waits', () => {
    const jobs = jobsAt(manualClock());
    jobs.putPod(
      pod('driver', driverStatus('Pending', { waiting: { reason: 'ContainerCreating' } })),
    );
    jobs.warn(tag, { reason: 'FailedMount: no claim', hint: 'Check the volumes.' });
    expect(jobs.view(tag)).toMatchObject({
      reason: 'FailedMount: no claim',
      hint: 'Check the volumes.',
    });
    jobs.putPod(pod('driver', runs));
    expect(jobs.view(tag)).toMatchObject({ reason: undefined, hint: undefined });
  });
});
