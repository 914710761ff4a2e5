import { describe, expect, it } from 'vitest';
import {
  aliveStates,
  type PodFacts,
  readRef,
  stateOf,
  viewOf,
} from '../../../../src/launch/emr-eks/run-view.ts';
import { tag } from './eks-job.ts';

const base = { id: '00run', failureReason: '', stateDetails: '', createdMs: 1000, owner: {} };

function seen(run: Partial<typeof base> & { state: string }, driver?: PodFacts['driver']) {
  return viewOf({
    tag,
    virtualCluster: 'vc1',
    run: { ...base, ...run },
    link: undefined,
    pods: { driver, usage: undefined },
  });
}

it.each([
  ['PENDING', 'pending', undefined, /brings it to the virtual cluster/],
  ['SUBMITTED', 'pending', undefined, /makes the pods/],
  ['RUNNING', 'running', undefined, undefined],
  ['CANCEL_PENDING', 'running', undefined, /told to end/],
  ['COMPLETED', 'ended', 'succeeded', undefined],
  ['CANCELLED', 'ended', 'killed', undefined],
  ['A_NEW_STATE', 'running', undefined, undefined],
])('%s is %s %s', (state, kind, outcome, reason) => {
  const view = seen({ state });
  expect(view.state).toEqual(outcome === undefined ? { kind } : { kind, outcome });
  expect([view.platformState, view.ref]).toEqual([state, 'vc1/00run']);
  if (reason === undefined) expect(view.reason).toBeUndefined();
  else expect(view.reason).toMatch(reason);
});

it('lists every state that is alive', () => {
  expect(aliveStates.every((state) => stateOf(state).kind !== 'ended')).toBe(true);
  expect(['COMPLETED', 'FAILED', 'CANCELLED'].map((state) => stateOf(state).kind)).toEqual(
    Array.from({ length: 3 }, () => 'ended'),
  );
});

it('tells why a run waits in the queue of its virtual cluster', () => {
  const stateDetails = 'The virtual cluster is at its maximum concurrent job runs';
  expect(seen({ state: 'PENDING', stateDetails }).reason).toContain(stateDetails);
});

it('reads its own references alone', () => {
  expect(readRef('vc1/00run')).toBe('00run');
  expect([readRef('00run'), readRef('application_1_2'), readRef(undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

describe('a failed run says what to do', () => {
  it.each([
    ['VALIDATION_ERROR', 'The role x cannot be assumed: its trust policy', /update-role-trust/],
    ['USER_ERROR', 'JobRun failed. ImagePullBackOff: x/y:1', /image of the cluster or preset/],
    ['USER_ERROR', 'exceeded quota: compute, requested: cpu=4', /quota is used up/],
    ['USER_ERROR', '0/3 nodes are available: 3 Insufficient cpu', /No node has room/],
    ['VALIDATION_ERROR', 'The pod template s3://t/d.yaml is invalid', /podTemplates/],
    ['VALIDATION_ERROR', 'Job template parameter Size is missing', /jobTemplate/],
    ['USER_ERROR', 'driver terminated: ExitCode 137', /spark\.driver\.memory/],
    ['USER_ERROR', 'software.amazon S3Exception: Access Denied', /check its rights/],
    ['USER_ERROR', 'FileNotFoundException: s3://jars/x.jar', /engineJar/],
    ['USER_ERROR', 'ClassNotFoundException: org.apache.spark.X', /Spark 3\.5 or later/],
    ['USER_ERROR', 'Job start timed out', /free nodes/],
    ['USER_ERROR', 'something went wrong', /last log lines/],
    ['VALIDATION_ERROR', 'no', /does not take the job as it is/],
    ['CLUSTER_UNAVAILABLE', '', /can not reach the EKS cluster/],
    ['INTERNAL_ERROR', '', /try again/],
  ])('%s %s', (failureReason, stateDetails, hint) => {
    const view = seen({ state: 'FAILED', failureReason, stateDetails });
    expect(view.state).toEqual({ kind: 'ended', outcome: 'failed' });
    expect(view.reason).toBe(
      stateDetails === '' ? failureReason : `${failureReason}: ${stateDetails}`,
    );
    expect(view.hint).toMatch(hint);
  });
});

describe('what the driver pod says', () => {
  const ended = (platformState: string) => ({
    state: { kind: 'ended', outcome: 'failed' } as const,
    platformState,
    reason: 'the driver ended with exit code 137 (OOMKilled)',
    hint: 'Give the driver more memory.',
  });

  it('explains a failure that EMR has no words for', () => {
    const run = { state: 'FAILED', failureReason: 'USER_ERROR', stateDetails: 'it failed' };
    expect(seen(run, ended('Failed (OOMKilled)'))).toMatchObject({
      reason: 'USER_ERROR: it failed; the driver ended with exit code 137 (OOMKilled)',
      hint: 'Give the driver more memory.',
    });
    expect(seen({ ...run, stateDetails: 'Access Denied' }, ended('Failed (Error)')).hint).toMatch(
      /execution role/,
    );
  });

  it('is told while the run waits, and a log that there is already', () => {
    const pending = {
      state: { kind: 'pending' } as const,
      platformState: 'Pending (Unschedulable)',
      reason: '0/1 nodes are available',
      hint: 'No node has room.',
    };
    expect(seen({ state: 'SUBMITTED' }, pending)).toMatchObject({
      state: { kind: 'pending' },
      hasLog: false,
      reason:
        'the cluster makes the pods of the job; driver pod Pending (Unschedulable): 0/1 nodes are available',
      hint: 'No node has room.',
    });
    const running = { ...pending, state: { kind: 'running' } as const, platformState: 'Running' };
    expect(seen({ state: 'SUBMITTED' }, running).hasLog).toBe(true);
  });

  it('ends a run whose pod can never start, and no other', () => {
    const stuck = { ...ended('Pending (ErrImagePull)'), reason: 'no such image' };
    expect(seen({ state: 'SUBMITTED' }, stuck)).toMatchObject({
      state: { kind: 'ended', outcome: 'failed' },
      platformState: 'Pending (ErrImagePull)',
      reason: "the driver's pod does not start: no such image",
    });
    expect(seen({ state: 'RUNNING' }, ended('Failed (Error)')).state.kind).toBe('running');
  });
});
