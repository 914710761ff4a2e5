import { readFileSync } from 'node:fs';
import { AddJobFlowStepsCommand, EMRClient } from '@aws-sdk/client-emr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwsStandIn } from '../../support/aws/aws.ts';
import type { Cluster } from '../../support/aws/emr-cluster.ts';
import { buildSparkJob } from '../../support/kubernetes/spark-job.ts';
import { startYarnCluster, type YarnCluster } from '../../support/yarn-cluster.ts';

const limitMs = 150_000;
let yarn: YarnCluster;
let aws: AwsStandIn;
let emr: EMRClient;
let cluster: Cluster;

beforeAll(async () => {
  yarn = await startYarnCluster(); // first: its ports are only thought free
  aws = await AwsStandIn.start({ runs: true });
  emr = new EMRClient(aws.clientOptions());
  cluster = aws.ec2.addCluster({
    hadoopConfDir: yarn.confDir,
    resourceManager: yarn.address,
  });
  aws.s3.put('s3://jars/job.jar', readFileSync(await buildSparkJob(aws.dir)));
});
afterAll(async () => {
  emr.destroy();
  await aws.stop();
  await yarn.stop();
});

const runStep = async (Name: string, Args: string[]) => {
  const HadoopJarStep = { Jar: 'command-runner.jar', Args };
  const { StepIds = [] } = await emr.send(
    new AddJobFlowStepsCommand({
      JobFlowId: cluster.id,
      Steps: [{ Name, ActionOnFailure: 'CONTINUE', HadoopJarStep }],
    }),
  );
  const { life, process } = aws.job(StepIds[0] ?? '');
  await expect.poll(() => life.hasEnded, { timeout: limitMs, interval: 200 }).toBe(true);
  return { state: life.state, log: process.log.text('stderr') };
};

test('a step submits to a real YARN and is done before its application, which a kill step ends', async () => {
  const settings = {
    'spark.yarn.submit.waitAppCompletion': 'false',
    'spark.yarn.tags': 'tag-1',
    'spark.yarn.stagingDir': `file://${yarn.dir}`,
    'spark.driver.memory': '512m',
    'spark.executor.memory': '512m',
    'spark.ui.enabled': 'false',
  };
  const conf = Object.entries(settings).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
  const submit = ['spark-submit', '--master', 'yarn', '--deploy-mode', 'cluster', ...conf];
  const submitted = await runStep('tag-1', [...submit, '--class', 'SumRows', 's3://jars/job.jar']);
  expect(submitted.state).toBe('COMPLETED');
  const [id = ''] = /application_\d+_\d+/.exec(submitted.log) ?? [];
  const application = async () => {
    const reply = await fetch(`${yarn.address}/ws/v1/cluster/apps/${id}`);
    return ((await reply.json()) as { app: { applicationTags: string; state: string } }).app; // YARN's documented form
  };
  expect((await application()).applicationTags).toBe('tag-1');
  await expect(runStep('kill', ['yarn', 'application', '-kill', id])).resolves.toMatchObject({
    state: 'COMPLETED',
  });
  await expect.poll(async () => (await application()).state, { timeout: limitMs }).toBe('KILLED');
});
