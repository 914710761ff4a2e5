import {
  CancelJobRunCommand,
  EMRServerlessClient,
  GetApplicationCommand,
  GetDashboardForJobRunCommand,
  GetJobRunCommand,
  ListApplicationsCommand,
  ListJobRunsCommand,
  ListTagsForResourceCommand,
  StartApplicationCommand,
  StartJobRunCommand,
  type StartJobRunCommandInput,
  TagResourceCommand,
} from '@aws-sdk/client-emr-serverless';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AwsOptions, AwsStandIn } from '../../support/aws/aws.ts';
import type { Application } from '../../support/aws/emr-serverless-application.ts';
import { publishedRates } from '../../support/aws/rate-limits.ts';

let aws: AwsStandIn;
let emr: EMRServerlessClient;
let application: Application;

const start = async (options: AwsOptions = {}) => {
  aws = await AwsStandIn.start(options);
  emr = new EMRServerlessClient({ ...aws.clientOptions(), maxAttempts: 1 });
  application = aws.serverless.addApplication({ name: 'engines' });
};
beforeEach(() => start());
afterEach(async () => {
  emr.destroy();
  await aws.stop();
});

const request = (more: Partial<StartJobRunCommandInput> = {}): StartJobRunCommandInput => ({
  ...{ applicationId: application.id, clientToken: 'tag-1', executionRoleArn: aws.role },
  ...{ name: 'tag-1', executionTimeoutMinutes: 0, tags: { user: 'ann' } },
  jobDriver: { sparkSubmit: { entryPoint: 's3://jars/engine.jar' } },
  ...more,
});
const submit = (more?: Partial<StartJobRunCommandInput>) =>
  emr.send(new StartJobRunCommand(request(more)));
const get = async (jobRunId: string | undefined) => {
  const { jobRun } = await emr.send(
    new GetJobRunCommand({ applicationId: application.id, jobRunId }),
  );
  if (jobRun === undefined) throw new Error('no job run came back');
  return jobRun;
};
const comesTo = (jobRunId: string | undefined, state: string) =>
  vi.waitFor(async () => {
    const found = await get(jobRunId);
    expect(found.state).toBe(state);
    return found;
  });

test('a run goes through its states, shows what it uses, and succeeds', async () => {
  aws.plans.add(() => true, { times: { SCHEDULED: Infinity }, details: { SCHEDULED: 'waiting' } });
  const { jobRunId = '', arn } = await submit();
  await expect(comesTo(jobRunId, 'SCHEDULED')).resolves.toMatchObject({
    ...{ stateDetails: 'waiting', arn, name: 'tag-1', tags: { user: 'ann' } },
    ...{ executionTimeoutMinutes: 0, releaseLabel: 'emr-7.10.0', executionRole: aws.role },
    createdBy: 'arn:aws:iam::123456789012:user/operator',
  });
  aws.job(jobRunId).life.moveOn();
  const running = await comesTo(jobRunId, 'RUNNING');
  expect(running.billedResourceUtilization?.vCPUHour).toBeCloseTo(16 / 60, 5);
  expect(running.startedAt).toBeInstanceOf(Date);
  aws.job(jobRunId).life.succeed();
  await comesTo(jobRunId, 'SUCCESS');
});

test('a token that comes again gives the same run, also an ended one, and other content is a conflict', async () => {
  const first = await submit();
  aws.job(first.jobRunId ?? '').life.fail('out of memory');
  await expect(submit()).resolves.toMatchObject({ jobRunId: first.jobRunId });
  await expect(submit({ name: 'other' })).rejects.toMatchObject({
    name: 'ConflictException',
    $metadata: { httpStatusCode: 409 },
  });
  expect(aws.serverless.runs.size).toBe(1);
});

test('a cancelled run is cancelled, and an ended one cannot be', async () => {
  const { jobRunId } = await submit();
  const cancel = () =>
    emr.send(new CancelJobRunCommand({ applicationId: application.id, jobRunId }));
  await comesTo(jobRunId, 'RUNNING');
  await cancel();
  await comesTo(jobRunId, 'CANCELLED');
  aws.plans.add(() => true, { times: { CANCELLING: 600_000 } }, 1);
  const slow = await submit({ clientToken: 'tag-3' });
  await comesTo(slow.jobRunId, 'RUNNING');
  const cancelSlow = () =>
    emr.send(new CancelJobRunCommand({ applicationId: application.id, jobRunId: slow.jobRunId }));
  await cancelSlow();
  await expect(cancelSlow()).rejects.toMatchObject({ name: 'ConflictException' });
  const other = await submit({ clientToken: 'tag-2' });
  aws.job(other.jobRunId ?? '').life.fail('ended by itself');
  await expect(
    emr.send(new CancelJobRunCommand({ applicationId: application.id, jobRunId: other.jobRunId })),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test.each<[string, () => Partial<StartJobRunCommandInput>, string, RegExp]>([
  [
    'a long token',
    () => ({ clientToken: 'x'.repeat(65) }),
    'ValidationException',
    /clientToken.*less than or equal to 64/,
  ],
  ['a token with a blank', () => ({ clientToken: 'a b' }), 'ValidationException', /pattern/],
  [
    'a role that is none',
    () => ({ executionRoleArn: 'engine-role-of-mine' }),
    'ValidationException',
    /executionRoleArn.*pattern/,
  ],
  [
    'no role',
    () => ({ executionRoleArn: undefined }),
    'ValidationException',
    /executionRoleArn.*not be null/,
  ],
  [
    'a role of others',
    () => ({ executionRoleArn: 'arn:aws:iam::999999999999:role/x' }),
    'AccessDeniedException',
    /Cross-account/,
  ],
  ['no driver', () => ({ jobDriver: undefined }), 'ValidationException', /jobDriver/],
  [
    'a short time limit',
    () => ({ executionTimeoutMinutes: 3 }),
    'ValidationException',
    /5 minutes/,
  ],
  [
    'a name too long',
    () => ({ name: 'n'.repeat(257) }),
    'ValidationException',
    /less than or equal to 256/,
  ],
  [
    'no such application',
    () => ({ applicationId: '00nothere' }),
    'ResourceNotFoundException',
    /00nothere/,
  ],
  [
    'too many properties',
    () => ({
      configurationOverrides: {
        applicationConfiguration: [
          {
            classification: 'spark-defaults',
            properties: Object.fromEntries(
              Array.from({ length: 101 }, (_, at) => [`spark.k${at}`, 'v']),
            ),
          },
        ],
      },
    }),
    'ValidationException',
    /properties.*less than or equal to 100/,
  ],
])('%s is refused', async (_what, more, name, message) => {
  await expect(submit(more())).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message),
  });
  expect(aws.serverless.runs.size).toBe(0);
});

test('a role that the service may not assume lets the run fail', async () => {
  const { jobRunId } = await submit({ executionRoleArn: 'arn:aws:iam::123456789012:role/unknown' });
  const { stateDetails } = await comesTo(jobRunId, 'FAILED');
  expect(stateDetails).toContain('Could not assume runtime role');
});

test('lists come in pages of 50, without tags, newest first, and by state', async () => {
  aws.plans.add(() => true, { times: { SUBMITTED: Infinity } });
  for (let at = 0; at < 55; at += 1) await submit({ clientToken: `t-${at}`, name: `t-${at}` });
  const list = (more = {}) =>
    emr.send(new ListJobRunsCommand({ applicationId: application.id, ...more }));
  const first = await list();
  expect(first.jobRuns?.map(({ name }) => name)).toEqual(
    Array.from({ length: 50 }, (_, at) => `t-${54 - at}`),
  );
  expect(first.jobRuns?.[0]).not.toHaveProperty('tags');
  const second = await list({ nextToken: first.nextToken });
  expect(second.jobRuns?.map(({ name }) => name)).toEqual(['t-4', 't-3', 't-2', 't-1', 't-0']);
  expect(second.nextToken).toBeUndefined();
  await expect(list({ states: ['RUNNING'] })).resolves.toMatchObject({ jobRuns: [] });
  await expect(list({ maxResults: 51 })).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a stopped application is started by a job, or by a call where it does not start itself', async () => {
  application = aws.serverless.addApplication({ state: 'STOPPED', startMs: 20 });
  const { jobRunId } = await submit();
  await comesTo(jobRunId, 'RUNNING');
  application = aws.serverless.addApplication({ state: 'STOPPED', startsItself: false });
  const applicationId = application.id;
  await expect(submit()).rejects.toMatchObject({ name: 'ValidationException' });
  await emr.send(new StartApplicationCommand({ applicationId }));
  await vi.waitFor(async () => {
    const found = await emr.send(new GetApplicationCommand({ applicationId }));
    expect(found.application?.state).toBe('STARTED');
  });
  const { applications } = await emr.send(new ListApplicationsCommand({ states: ['STARTED'] }));
  expect(applications).toHaveLength(3);
});

test('a full application queues, and a full account keeps runs scheduled with the reason', async () => {
  await aws.stop();
  await start({ serverless: { vCpuQuota: 40 } });
  application = aws.serverless.addApplication({ maxConcurrentRuns: 1 });
  const [one, two] = [await submit(), await submit({ clientToken: 'tag-2' })];
  await comesTo(two.jobRunId, 'QUEUED');
  aws.job(one.jobRunId ?? '').life.succeed();
  await comesTo(two.jobRunId, 'RUNNING');
  application = aws.serverless.addApplication();
  await comesTo((await submit({ clientToken: 'tag-3' })).jobRunId, 'RUNNING');
  const { jobRunId } = await submit({ clientToken: 'tag-4' });
  await vi.waitFor(async () =>
    expect(await get(jobRunId)).toMatchObject({
      state: 'SCHEDULED',
      stateDetails: expect.stringContaining('concurrent vCPUs'),
    }),
  );
});

test('calls beyond the published rates are throttled', async () => {
  await aws.stop();
  await start({ rates: publishedRates });
  const all = await Promise.allSettled(
    Array.from({ length: 30 }, (_, at) => submit({ clientToken: `t-${at}` })),
  );
  const refused = all.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThanOrEqual(1);
  expect(refused[0]).toMatchObject({ reason: { name: 'ThrottlingException' } });
  expect(aws.serverless.runs.size + refused.length).toBe(30);
  expect(aws.faults.count('emr-serverless:StartJobRun', 'ThrottlingException')).toBe(
    refused.length,
  );
});

test('unknown, false and expired credentials are refused', async () => {
  const session = aws.credentials.issue(
    'arn:aws:sts::123456789012:assumed-role/gateway/one',
    60_000,
  );
  const as = async (keys: typeof session) => {
    const client = new EMRServerlessClient({ ...aws.clientOptions(keys), maxAttempts: 1 });
    try {
      return await client.send(new ListApplicationsCommand({}));
    } finally {
      client.destroy();
    }
  };
  await expect(as(session)).resolves.toHaveProperty('applications');
  await expect(as({ ...session, secretAccessKey: 'wrong' })).rejects.toMatchObject({
    name: 'InvalidSignatureException',
  });
  await expect(as({ ...session, accessKeyId: 'AKIAUNKNOWN' })).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  });
  aws.credentials.expire();
  await expect(as(session)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
});

test('faults: a lost reply leaves the run, a cut does not, and a throttle storm ends', async () => {
  aws.faults.add('emr-serverless:StartJobRun', { kind: 'cut' }, 1);
  await expect(submit()).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(aws.serverless.runs.size).toBe(0);
  aws.faults.add('emr-serverless:StartJobRun', { kind: 'lost-reply' }, 1);
  await expect(submit()).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(aws.serverless.runs.size).toBe(1);
  aws.faults.add('emr-serverless:*', { kind: 'throttle' }, 2);
  await expect(submit()).rejects.toMatchObject({ name: 'ThrottlingException' });
  await expect(submit()).rejects.toMatchObject({ name: 'ThrottlingException' });
  await expect(submit()).resolves.toHaveProperty('jobRunId');
  expect(aws.serverless.runs.size).toBe(1);
  expect(aws.faults.count('emr-serverless:StartJobRun')).toBe(5);
});

test('tags and the dashboard of a run', async () => {
  const { jobRunId, arn } = await submit();
  await emr.send(new TagResourceCommand({ resourceArn: arn, tags: { preset: 'bi' } }));
  await expect(
    emr.send(new ListTagsForResourceCommand({ resourceArn: arn })),
  ).resolves.toMatchObject({ tags: { user: 'ann', preset: 'bi' } });
  await comesTo(jobRunId, 'RUNNING');
  const { url } = await emr.send(
    new GetDashboardForJobRunCommand({ applicationId: application.id, jobRunId }),
  );
  expect(url).toMatch(/^https:\/\//);
});
