import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CancelJobRunCommand,
  EMRServerlessClient,
  GetJobRunCommand,
  StartJobRunCommand,
} from '@aws-sdk/client-emr-serverless';
import { AddJobFlowStepsCommand, EMRClient } from '@aws-sdk/client-emr';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwsStandIn } from '../../support/aws/aws.ts';
import type { Application } from '../../support/aws/emr-serverless-application.ts';
import { buildSparkJob } from '../../support/kubernetes/spark-job.ts';
import { processesNaming } from '../../support/processes.ts';

const limitMs = 120_000;
let aws: AwsStandIn;
let emr: EMRServerlessClient;
let s3: S3Client;
let logs: CloudWatchLogsClient;
let application: Application;

beforeAll(async () => {
  aws = await AwsStandIn.start({ runs: true });
  [emr, s3, logs] = [
    new EMRServerlessClient(aws.clientOptions()),
    new S3Client(aws.clientOptions()),
    new CloudWatchLogsClient(aws.clientOptions()),
  ];
  application = aws.serverless.addApplication({
    runtimeConfiguration: [
      {
        classification: 'spark-defaults',
        properties: {
          'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
          'spark.ui.enabled': 'false',
        },
      },
    ],
  });
  aws.s3.put('s3://jars/job.jar', readFileSync(await buildSparkJob(aws.dir)));
  aws.s3.createBucket('logs');
});
afterAll(async () => {
  for (const client of [emr, s3, logs]) client.destroy();
  await aws.stop();
  if (processesNaming(aws.dir).length > 0) throw new Error('a job left processes behind');
});

const submit = async (clientToken: string, parameters: string, args: string[] = []) => {
  const { jobRunId = '' } = await emr.send(
    new StartJobRunCommand({
      ...{ applicationId: application.id, clientToken, executionRoleArn: aws.role },
      jobDriver: {
        sparkSubmit: {
          ...{ entryPoint: 's3://jars/job.jar', entryPointArguments: args },
          sparkSubmitParameters: parameters,
        },
      },
      configurationOverrides: {
        applicationConfiguration: [
          { classification: 'spark-defaults', properties: { 'spark.driver.memory': '512m' } },
        ],
        monitoringConfiguration: {
          s3MonitoringConfiguration: { logUri: 's3://logs/engines/' },
          cloudWatchLoggingConfiguration: { enabled: true, logStreamNamePrefix: clientToken },
        },
      },
    }),
  );
  return jobRunId;
};
const run = async (jobRunId: string) => {
  const { jobRun } = await emr.send(
    new GetJobRunCommand({ applicationId: application.id, jobRunId }),
  );
  return jobRun;
};
const endsAs = (id: string, state: string) =>
  expect.poll(async () => (await run(id))?.state, { timeout: limitMs, interval: 200 }).toBe(state);

test('a submitted job really runs, and its log is in S3 and CloudWatch', async () => {
  const id = await submit('tag-1', `--class SumRows --conf "spark.app.name=it's \\"one\\""`);
  await endsAs(id, 'SUCCESS');
  const Key = `engines/applications/${application.id}/jobs/${id}/SPARK_DRIVER/stdout.gz`;
  const stored = await s3.send(new GetObjectCommand({ Bucket: 'logs', Key }));
  const packed = (await stored.Body?.transformToByteArray()) ?? new Uint8Array();
  expect(gunzipSync(packed).toString('utf8')).toContain('sum 499500');
  const { events } = await logs.send(
    new FilterLogEventsCommand({
      ...{ logGroupName: '/aws/emr-serverless', logStreamNamePrefix: 'tag-1/' },
      filterPattern: '"sum 499500"',
    }),
  );
  expect(events).toHaveLength(1);
  expect(events?.[0]?.logStreamName).toMatch(/SPARK_DRIVER\/stdout$/);
});

test('a job that fails says so with its last exceptions', async () => {
  const id = await submit('tag-2', '--class SumRows', ['fail']);
  await endsAs(id, 'FAILED');
  const { stateDetails } = (await run(id)) ?? {};
  expect(stateDetails).toContain('ExitCode: 1');
  expect(stateDetails).toContain('it was told to fail');
});

test('parameters that spark-submit would refuse fail the run', async () => {
  await endsAs(await submit('tag-3', '--class "SumRows'), 'FAILED');
});

test('a cancelled job leaves no process', async () => {
  const id = await submit('tag-4', '--class SumRows');
  await endsAs(id, 'RUNNING');
  await emr.send(new CancelJobRunCommand({ applicationId: application.id, jobRunId: id }));
  await endsAs(id, 'CANCELLED');
  expect(processesNaming(id)).toEqual([]);
});

test('a step of a cluster really runs', async () => {
  const cluster = aws.ec2.addCluster();
  const ec2 = new EMRClient(aws.clientOptions());
  const Args = ['spark-submit', '--master', 'yarn', '--deploy-mode', 'cluster'];
  Args.push('--class', 'SumRows', '--conf', 'spark.ui.enabled=false', 's3://jars/job.jar');
  const HadoopJarStep = { Jar: 'command-runner.jar', Args };
  const { StepIds = [] } = await ec2.send(
    new AddJobFlowStepsCommand({
      ...{ JobFlowId: cluster.id },
      Steps: [{ Name: 'sum', ActionOnFailure: 'CONTINUE', HadoopJarStep }],
    }),
  );
  ec2.destroy();
  const { life, process } = aws.job(StepIds[0] ?? '');
  await expect.poll(() => life.state, { timeout: limitMs }).toBe('COMPLETED');
  expect(process.log.text('stdout')).toContain('sum 499500');
});
