import {
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  DescribeClusterCommand,
  DescribeStepCommand,
  EMRClient,
  ListClustersCommand,
  ListStepsCommand,
  type StepConfig,
} from '@aws-sdk/client-emr';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AwsStandIn } from '../../support/aws/aws.ts';
import type { Cluster } from '../../support/aws/emr-cluster.ts';

let aws: AwsStandIn;
let emr: EMRClient;
let cluster: Cluster;

beforeEach(async () => {
  aws = await AwsStandIn.start();
  emr = new EMRClient({ ...aws.clientOptions(), maxAttempts: 1 });
  cluster = aws.ec2.addCluster({ logUri: 's3://logs/emr/', stepConcurrency: 2 });
});
afterEach(async () => {
  emr.destroy();
  await aws.stop();
});

const step = (Name: string, more: Partial<StepConfig> = {}): StepConfig => ({
  ...{ Name, ActionOnFailure: 'CONTINUE' },
  HadoopJarStep: {
    Jar: 'command-runner.jar',
    Args: ['spark-submit', '--deploy-mode', 'cluster', 's3://jars/engine.jar'],
  },
  ...more,
});
const add = async (...Steps: StepConfig[]) => {
  const { StepIds = [] } = await emr.send(
    new AddJobFlowStepsCommand({ JobFlowId: cluster.id, Steps }),
  );
  return StepIds;
};
const describeStep = async (StepId: string | undefined) => {
  const { Step } = await emr.send(new DescribeStepCommand({ ClusterId: cluster.id, StepId }));
  return Step;
};
const comesTo = (id: string | undefined, state: string) =>
  vi.waitFor(async () => {
    const found = await describeStep(id);
    expect(found?.Status?.State).toBe(state);
    return found;
  });

test('steps run as many at once as the cluster allows, and a failure says why', async () => {
  const [one = '', two, three] = await add(step('a'), step('b'), step('c'));
  await comesTo(one, 'RUNNING');
  await comesTo(two, 'RUNNING');
  await comesTo(three, 'PENDING');
  aws.job(one).life.fail('the engine ended', 'Application failed.');
  await expect(comesTo(one, 'FAILED')).resolves.toMatchObject({
    Status: {
      FailureDetails: {
        ...{ Reason: 'Application failed.', Message: 'the engine ended' },
        LogFile: `s3://logs/emr/${cluster.id}/steps/${one}/stderr.gz`,
      },
      Timeline: { CreationDateTime: expect.any(Date), EndDateTime: expect.any(Date) },
    },
  });
  await comesTo(three, 'RUNNING');
});

test('a step that does not wait for its application is soon complete', async () => {
  const Args = ['spark-submit', '--conf', 'spark.yarn.submit.waitAppCompletion=false', 'x.jar'];
  const [id] = await add(step('a', { HadoopJarStep: { Jar: 'command-runner.jar', Args } }));
  await comesTo(id, 'COMPLETED');
});

test('a cancel ends what waits and what runs, and fails for what has ended', async () => {
  const [one = '', two = ''] = await add(step('a'), step('b'));
  await comesTo(one, 'RUNNING');
  aws.job(two).life.succeed();
  const { CancelStepsInfoList } = await emr.send(
    new CancelStepsCommand({ ClusterId: cluster.id, StepIds: [one, two] }),
  );
  expect(CancelStepsInfoList?.map(({ Status }) => Status)).toEqual(['SUBMITTED', 'FAILED']);
  await comesTo(one, 'CANCELLED');
});

test('a cluster has at most 256 steps that have not ended', async () => {
  aws.plans.add(() => true, { times: { PENDING: Infinity } });
  await add(...Array.from({ length: 255 }, (_, at) => step(`s-${at}`)));
  const [last = ''] = await add(step('last'));
  await expect(add(step('more'))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('Maximum number of active steps'),
  });
  aws.job(last).life.succeed();
  await expect(add(step('more'))).resolves.toHaveLength(1);
});

test('lists come newest first in pages of 50, by state and id', async () => {
  aws.plans.add(() => true, { times: { PENDING: Infinity } });
  const ids = await add(...Array.from({ length: 52 }, (_, at) => step(`s-${at}`)));
  const list = (more = {}) => emr.send(new ListStepsCommand({ ClusterId: cluster.id, ...more }));
  const first = await list();
  expect(first.Steps).toHaveLength(50);
  expect(first.Steps?.[0]?.Name).toBe('s-51');
  const rest = await list({ Marker: first.Marker });
  expect(rest.Steps?.map(({ Name }) => Name)).toEqual(['s-1', 's-0']);
  await expect(list({ StepStates: ['RUNNING'] })).resolves.toMatchObject({ Steps: [] });
  const few = await list({ StepIds: ids.slice(0, 2) });
  expect(few.Steps).toHaveLength(2);
  await expect(list({ StepIds: ids.slice(0, 11) })).rejects.toThrow(/must not exceed 10/);
});

test('what has no cluster, or one that has ended, is refused', async () => {
  const ClusterId = 'j-NOTHERE';
  await expect(emr.send(new DescribeClusterCommand({ ClusterId }))).rejects.toMatchObject({
    ...{ name: 'InvalidRequestException', message: "Cluster id 'j-NOTHERE' is not valid." },
  });
  await expect(describeStep('s-NOTHERE')).rejects.toThrow(/not valid/);
  cluster.state = 'TERMINATED';
  await expect(add(step('a'))).rejects.toThrow(/may not be modified/);
  const { Clusters } = await emr.send(new ListClustersCommand({ ClusterStates: ['TERMINATED'] }));
  expect(Clusters?.map(({ Id }) => Id)).toEqual([cluster.id]);
});

test('a failed step can take its cluster with it', async () => {
  const [one = '', , three] = await add(
    ...['a', 'b', 'c'].map((name) => step(name, { ActionOnFailure: 'TERMINATE_CLUSTER' })),
  );
  await comesTo(one, 'RUNNING');
  aws.job(one).life.fail('gone');
  await comesTo(three, 'CANCELLED');
  const { Cluster: found } = await emr.send(new DescribeClusterCommand({ ClusterId: cluster.id }));
  expect(found?.Status).toMatchObject({
    ...{ State: 'TERMINATED_WITH_ERRORS', StateChangeReason: { Code: 'STEP_FAILURE' } },
  });
});
