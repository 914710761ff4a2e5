import { expect, it } from 'vitest';
import { endStepName, purposeOf } from '../../../../src/launch/emr-ec2/step-names.ts';
import {
  endedWithCluster,
  factsOf,
  hasFailed,
  isActive,
  viewOf,
  type Followed,
  type StepFacts,
} from '../../../../src/launch/emr-ec2/step-view.ts';
import { fleet, tag } from './ec2-job.ts';

const step: StepFacts = {
  ...{ stepId: 's-1', state: 'PENDING', reason: '', message: '', logFile: undefined },
  createdMs: 1000,
};
const known = { owner: { user: 'alice' }, link: 's3://logs/j-1/steps/s-1/' };
const viewed = (changes: Partial<StepFacts>, followed: Followed = 'awaited') =>
  viewOf(tag, { ...step, ...changes }, followed, known);

it.each([
  ['PENDING', 'pending', undefined, /waits for its turn/, undefined],
  ['RUNNING', 'pending', undefined, /spark-submit runs/, undefined],
  ['CANCEL_PENDING', 'pending', undefined, /told to end/, undefined],
  ['COMPLETED', 'pending', undefined, /spark-submit is done/, undefined],
  ['CANCELLED', 'ended', 'killed', undefined, /has cancelled the step/],
  ['FAILED', 'ended', 'failed', /does not say why/, /stderr/],
  ['INTERRUPTED', 'ended', 'failed', /the cluster ended, or an earlier step failed/, /Try again/],
  ['A_NEW_STATE', 'pending', undefined, undefined, undefined],
])('%s is %s %s', (state, kind, outcome, reason, hint) => {
  const view = viewed({ state });
  expect(view.state).toEqual(outcome === undefined ? { kind } : { kind, outcome });
  expect(view).toMatchObject({ platformState: state, ref: 's-1', owner: { user: 'alice' } });
  if (reason === undefined) expect(view.reason).toBeUndefined();
  else expect(view.reason).toMatch(reason);
  if (hint === undefined) expect(view.hint).toBeUndefined();
  else expect(view.hint).toMatch(hint);
  expect(isActive(state)).toBe(/PENDING|RUNNING/.test(state));
  expect(hasFailed(state)).toBe(kind === 'ended');
});

it.each([
  ['awaited', 'pending', /looked for in YARN/],
  ['overdue', 'pending', /still lists no application/],
  ['never-came', 'ended', /YARN knows no application/],
  ['not-followed', 'running', /can't be reached/],
  ['ended-by-step', 'ended', /a later step has ended/],
] as const)('COMPLETED with an application that is %s is %s', (followed, kind, reason) => {
  const view = viewed({ state: 'COMPLETED' }, followed);
  expect(view.state.kind).toBe(kind);
  expect(view.reason).toMatch(reason);
});

it.each([
  ['Unknown Error.', "Command exiting with ret '1'", /stderr tells why/],
  [
    'Application failed.',
    'Exception in thread "main" org.apache.hadoop.yarn.exceptions.YarnException: Failed to submit application_1_0001 to YARN : Application application_1_0001 submitted by user hadoop to unknown queue: nope',
    /leaf queue/,
  ],
  [
    'Unknown Error.',
    'java.lang.IllegalArgumentException: Required executor memory (64 GB), offHeap memory (0) MB is above the max threshold (12288 MB) of this cluster!',
    /Ask for less/,
  ],
  ['Main Class not found.', 'Error: Failed to load class io.torii.engine.EngineMain', /engineJar/],
  [
    'Unknown Error.',
    'com.amazonaws.s3 AccessDenied: Access Denied (Status Code: 403)',
    /rights of/,
  ],
  ['Unknown Error.', 'Could not assume runtime role arn:aws:iam::1:role/x', /sts:TagSession/],
  ['Unknown Error.', 'java.io.FileNotFoundException: s3://jars/x.jar', /engineJar/],
  ['Unknown Error.', 'java.lang.UnsupportedClassVersionError: io/torii', /Java 17/],
  [
    'Unknown Error.',
    'Cannot run program "spark-submit" (in directory "."): error=2, No such file or directory',
    /Spark has to be among its applications/,
  ],
  [
    'Unknown Error.',
    'java.net.ConnectException: Call From ip-10-0-0-1 to ip-10-0-0-1:8032 failed on connection exception',
    /YARN or HDFS does not answer/,
  ],
  ['Unknown Error.', 'No space left on device', /disk/],
  ['Unknown Error.', 'OpenJDK: Cannot allocate memory (errno=12)', /short of memory/],
  ['', 'Shut down as step failed', /The cluster was ended/],
  ['', 'Internal error', /try again/],
])('a step that FAILED with %s %s says so and what to do', (reason, message, hint) => {
  const logFile = 's3://logs/j-1/steps/s-1/stderr.gz';
  const view = viewed({ state: 'FAILED', reason, message, logFile });
  expect(view.reason).toBe(`${reason} ${message}`.trim());
  expect(view.hint).toMatch(hint);
  expect(view.link).toBe(logFile);
});

it('a job of a cluster that has ended is ended with it, and one that had ended stays as it was', () => {
  const why = 'cluster j-1 is TERMINATED: User request';
  const view = endedWithCluster(viewed({ state: 'RUNNING' }), why);
  expect(view).toMatchObject({ state: { kind: 'ended', outcome: 'killed' }, reason: why });
  const failed = viewed({ state: 'FAILED', message: 'no' });
  expect(endedWithCluster(failed, why)).toBe(failed);
});

it('reads what a list tells, whatever it leaves out', () => {
  const created = new Date(5000);
  const facts = factsOf({
    Id: 's-1',
    Status: {
      State: 'FAILED',
      FailureDetails: { Reason: 'Unknown Error.', Message: ' no ', LogFile: 's3://x' },
      Timeline: { CreationDateTime: created },
    },
  });
  expect(facts).toEqual({
    ...{ stepId: 's-1', state: 'FAILED', reason: 'Unknown Error.', message: 'no' },
    ...{ logFile: 's3://x', createdMs: 5000 },
  });
  expect(factsOf({})).toMatchObject({ stepId: '', state: '', createdMs: 0 });
});

it('tells by the name of a step what it is for, and leaves those of other fleets alone', () => {
  expect(purposeOf(`torii-${fleet}-${tag}`, fleet)).toEqual({ tag, isEnd: false });
  expect(purposeOf(endStepName(fleet, tag), fleet)).toEqual({ tag, isEnd: true });
  expect(purposeOf(`torii-ffffffffffff-${tag}`, fleet)).toBeUndefined();
  expect(purposeOf('nightly report', fleet)).toBeUndefined();
  expect(purposeOf(undefined, fleet)).toBeUndefined();
});
