import { expect, it } from 'vitest';
import { tellsOfNoRoom } from '../../../../src/launch/emr-serverless/failure-hints.ts';
import {
  aliveStates,
  readRef,
  stateOf,
  viewOf,
} from '../../../../src/launch/emr-serverless/run-view.ts';
import { tag } from './serverless-job.ts';

const run = {
  applicationId: '00fa',
  jobRunId: '00fj',
  state: 'RUNNING',
  stateDetails: 'Job run is running',
  createdMs: 1000,
};

it.each([
  ['SUBMITTED', 'pending', undefined, 'EMR has taken the job and will schedule it'],
  ['QUEUED', 'pending', undefined, /waits for its turn/],
  ['PENDING', 'pending', undefined, /scheduler/],
  ['SCHEDULED', 'pending', undefined, 'EMR gets workers for the job'],
  ['RUNNING', 'running', undefined, undefined],
  ['CANCELLING', 'running', undefined, /told to end/],
  ['SUCCESS', 'ended', 'succeeded', undefined],
  ['FAILED', 'ended', 'failed', 'Job run is running'],
  ['CANCELLED', 'ended', 'killed', 'Job run is running'],
  ['A_NEW_STATE', 'running', undefined, undefined],
])('%s is %s %s', (state, kind, outcome, reason) => {
  const view = viewOf(tag, { ...run, state }, undefined, undefined);
  expect(view.state).toEqual(outcome === undefined ? { kind } : { kind, outcome });
  expect(view.platformState).toBe(state);
  if (reason instanceof RegExp) expect(view.reason).toMatch(reason);
  else expect(view.reason).toBe(reason);
});

it('lists every state that is alive', () => {
  expect(aliveStates.every((state) => stateOf(state).kind !== 'ended')).toBe(true);
  expect(stateOf('SUCCESS').kind).toBe('ended');
});

it.each([
  [
    'Worker could not be allocated as the application has exceeded maximumCapacity settings: [cpu: 16 vCPU]',
    /maximumCapacity is used up/,
    true,
  ],
  [
    'The account has reached the service quota for Max concurrent vCPUs per account',
    /Service Quotas/,
    true,
  ],
  ['Insufficient free IP addresses in subnet subnet-1', /no free addresses/, true],
  ['Job run timed out in the queue after 360 minutes: queue timeout', /queueTimeoutMinutes/, true],
  ['Unable to retrieve secret torii/x', /secretsKmsKey/, false],
  ['Access denied when assuming role arn:aws:iam::1:role/x', /trust in emr-serverless/, false],
  ['JobRun failed. Main file s3://jars/x.jar does not exist', /engineJar/, false],
  ['Unsupported worker configuration: 3 vCPU', /workers of 1, 2, 4, 8 and 16/, false],
  ['Spark driver exited with exit code: 137', /spark\.driver\.memory/, false],
  ['java.lang.ClassNotFoundException: io.torii.engine.EngineMain', /Spark 3\.5/, false],
  ['Application 00fa was stopped', /stopped the application/, false],
  ['Internal service error', /try again/, false],
])('says what to do about: %s', (stateDetails, hint, isFull) => {
  const view = viewOf(tag, { ...run, state: 'FAILED', stateDetails }, undefined, undefined);
  expect(view.reason).toBe(stateDetails);
  expect(view.hint).toMatch(hint);
  expect(tellsOfNoRoom(stateDetails)).toBe(isFull);
});

it('reads its own references and no others', () => {
  const { ref } = viewOf(tag, run, undefined, undefined);
  expect(readRef(ref)).toEqual({ applicationId: '00fa', jobRunId: '00fj' });
  expect(readRef('namespace/POD')).toBeUndefined();
  expect(readRef(undefined)).toBeUndefined();
});
