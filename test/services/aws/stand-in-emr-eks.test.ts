import {
  CancelJobRunCommand,
  DescribeJobRunCommand,
  DescribeJobTemplateCommand,
  DescribeVirtualClusterCommand,
  EMRContainersClient,
  ListJobRunsCommand,
  ListVirtualClustersCommand,
  StartJobRunCommand,
  type StartJobRunCommandInput,
} from '@aws-sdk/client-emr-containers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AwsStandIn } from '../../support/aws/aws.ts';
import type { VirtualCluster } from '../../support/aws/emr-containers.ts';

let aws: AwsStandIn;
let emr: EMRContainersClient;
let cluster: VirtualCluster;

beforeEach(async () => {
  aws = await AwsStandIn.start();
  emr = new EMRContainersClient({ ...aws.clientOptions(), maxAttempts: 1 });
  cluster = aws.containers.addVirtualCluster({ name: 'analytics-v', namespace: 'emr' });
});
afterEach(async () => {
  emr.destroy();
  await aws.stop();
});

type Changes = {
  readonly [key in keyof StartJobRunCommandInput]?: StartJobRunCommandInput[key] | undefined;
};

const submit = (more: Changes = {}) =>
  emr.send(
    new StartJobRunCommand({
      ...{ virtualClusterId: cluster.id, clientToken: 'tag-1', name: 'tag-1' },
      ...{ executionRoleArn: aws.role, releaseLabel: 'emr-7.10.0-latest', tags: { user: 'ann' } },
      jobDriver: { sparkSubmitJobDriver: { entryPoint: 's3://jars/engine.jar' } },
      ...more,
    } as StartJobRunCommandInput), // some tests leave out what the client's types want
  );
const describeRun = async (id: string | undefined) => {
  const { jobRun } = await emr.send(
    new DescribeJobRunCommand({ virtualClusterId: cluster.id, id }),
  );
  return jobRun;
};
const comesTo = (id: string | undefined, state: string) =>
  vi.waitFor(async () => {
    const found = await describeRun(id);
    expect(found?.state).toBe(state);
    return found;
  });

test('a run goes through its states and a failure says why', async () => {
  aws.plans.add(() => true, { times: { PENDING: Infinity } }, 1);
  const { id = '', arn } = await submit();
  await expect(comesTo(id, 'PENDING')).resolves.toMatchObject({
    ...{ arn, name: 'tag-1', clientToken: 'tag-1', tags: { user: 'ann' } },
    createdAt: expect.any(Date),
  });
  aws.job(id).life.moveOn();
  await comesTo(id, 'RUNNING');
  aws.job(id).life.fail('the driver ran out of memory', 'USER_ERROR');
  await expect(comesTo(id, 'FAILED')).resolves.toMatchObject({
    ...{ failureReason: 'USER_ERROR', stateDetails: 'the driver ran out of memory' },
    finishedAt: expect.any(Date),
  });
});

test('a token that comes again gives the same run, and other content is refused', async () => {
  const first = await submit();
  aws.job(first.id ?? '').life.succeed();
  await expect(submit()).resolves.toMatchObject({ id: first.id });
  await expect(submit({ name: 'other' })).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a cancelled run is cancelled, once', async () => {
  const { id } = await submit();
  await comesTo(id, 'RUNNING');
  const cancel = () => emr.send(new CancelJobRunCommand({ virtualClusterId: cluster.id, id }));
  await cancel();
  await comesTo(id, 'CANCELLED');
  await expect(cancel()).rejects.toThrow(/not in a cancellable state/);
});

test.each<[string, () => Changes, RegExp]>([
  ['a name with a blank', () => ({ name: 'a b' }), /name.*pattern/],
  ['a name too long', () => ({ name: 'n'.repeat(65) }), /less than or equal to 64/],
  ['no role', () => ({ executionRoleArn: undefined }), /executionRoleArn must be provided/],
  ['no such release', () => ({ releaseLabel: 'emr-seven' }), /Release emr-seven doesn't exist/],
  ['no such cluster', () => ({ virtualClusterId: 'nothere' }), /nothere doesn't exist/],
  [
    'a long property',
    () => ({
      configurationOverrides: {
        applicationConfiguration: [
          { classification: 'spark-defaults', properties: { 'spark.x': 'v'.repeat(1025) } },
        ],
      },
    }),
    /less than or equal to 1024/,
  ],
])('%s is refused', async (_what, more, message) => {
  await expect(submit(more())).rejects.toThrow(message);
  expect(aws.containers.runs.size).toBe(0);
});

test('no run is taken by a virtual cluster that is going', async () => {
  cluster.state = 'TERMINATING';
  await expect(submit()).rejects.toThrow(/state TERMINATING/);
});

test('a virtual cluster at its limit lets runs wait', async () => {
  cluster = aws.containers.addVirtualCluster({ maxConcurrentRuns: 1 });
  const [one, two] = [await submit(), await submit({ clientToken: 'tag-2' })];
  await comesTo(one.id, 'RUNNING');
  await vi.waitFor(async () =>
    expect(await describeRun(two.id)).toMatchObject({
      ...{ state: 'PENDING', stateDetails: expect.stringContaining('maximum concurrent') },
    }),
  );
  aws.job(one.id ?? '').life.succeed();
  await comesTo(two.id, 'RUNNING');
});

test('a template gives what the request leaves out, with its parameters filled in', async () => {
  const jobTemplateId = aws.containers.addJobTemplate('engine', {
    ...{ executionRoleArn: aws.role, releaseLabel: 'emr-${release}-latest' },
    jobDriver: { sparkSubmitJobDriver: { entryPoint: 's3://jars/engine.jar' } },
  });
  const { jobTemplate } = await emr.send(new DescribeJobTemplateCommand({ id: jobTemplateId }));
  expect(jobTemplate?.jobTemplateData?.releaseLabel).toBe('emr-${release}-latest');
  const { id } = await emr.send(
    new StartJobRunCommand({
      ...{ virtualClusterId: cluster.id, clientToken: 'tag-1', jobTemplateId },
      jobTemplateParameters: { release: '7.9.0' },
    }),
  );
  await expect(describeRun(id)).resolves.toMatchObject({ releaseLabel: 'emr-7.9.0-latest' });
});

test('lists: runs by name and state, virtual clusters by state', async () => {
  await submit();
  const two = await submit({ clientToken: 'tag-2', name: 'tag-2' });
  await comesTo(two.id, 'RUNNING');
  const list = (more: object) =>
    emr.send(new ListJobRunsCommand({ virtualClusterId: cluster.id, ...more }));
  const named = await list({ name: 'tag-2' });
  expect(named.jobRuns?.map(({ id }) => id)).toEqual([two.id]);
  await expect(list({ states: ['FAILED'] })).resolves.toMatchObject({ jobRuns: [] });
  aws.containers.addVirtualCluster({ state: 'TERMINATED' });
  const { virtualClusters } = await emr.send(
    new ListVirtualClustersCommand({ states: ['RUNNING'] }),
  );
  expect(virtualClusters?.map(({ id }) => id)).toEqual([cluster.id]);
  const { virtualCluster } = await emr.send(new DescribeVirtualClusterCommand({ id: cluster.id }));
  expect(virtualCluster?.containerProvider?.info).toEqual({ eksInfo: { namespace: 'emr' } });
});
