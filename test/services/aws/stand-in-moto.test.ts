import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  DescribeStepCommand,
  EMRClient,
  ListStepsCommand,
  RunJobFlowCommand,
} from '@aws-sdk/client-emr';
import {
  CancelJobRunCommand as CancelEksRunCommand,
  CreateVirtualClusterCommand,
  DescribeJobRunCommand,
  DescribeVirtualClusterCommand,
  EMRContainersClient,
  ListJobRunsCommand as ListEksRunsCommand,
  StartJobRunCommand as StartEksRunCommand,
} from '@aws-sdk/client-emr-containers';
import {
  CancelJobRunCommand,
  CreateApplicationCommand,
  EMRServerlessClient,
  GetApplicationCommand,
  GetJobRunCommand,
  ListJobRunsCommand,
  StartJobRunCommand,
} from '@aws-sdk/client-emr-serverless';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stepPlan } from '../../../src/launch/emr-ec2/step-request.ts';
import { enginePlan as eksPlan } from '../../../src/launch/emr-eks/job-request.ts';
import { enginePlan } from '../../../src/launch/emr-serverless/job-request.ts';
import type { EngineJob } from '../../../src/launch/job-platform.ts';
import { awsStandIn } from '../../../scripts/test-clients.mjs';
import { AwsStandIn } from '../../support/aws/aws.ts';
import { freePort } from '../../support/free-port.ts';
import { job as ec2Job, spec as ec2Spec } from '../../unit/launch/emr-ec2/ec2-job.ts';
import { job as eksJob, specOf as eksSpecOf } from '../../unit/launch/emr-eks/eks-job.ts';
import { job, spec as serverlessSpec } from '../../unit/launch/emr-serverless/serverless-job.ts';

/** Both answer the same requests; what moto's replies have in them, ours have, too. */
interface Side {
  readonly serverless: EMRServerlessClient;
  readonly eks: EMRContainersClient;
  readonly ec2: EMRClient;
  readonly applicationId: string;
  readonly virtualClusterId: string;
  readonly clusterId: string;
}

let aws: AwsStandIn;
let moto: ChildProcess;
let sides: { readonly ours: Side; readonly motos: Side };

beforeAll(async () => {
  aws = await AwsStandIn.start();
  const [packages, port] = [await awsStandIn(), await freePort()];
  const endpoint = `http://127.0.0.1:${port}`;
  moto = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, PYTHONPATH: packages },
    stdio: 'ignore',
  });
  await vi.waitFor(() => fetch(`${endpoint}/moto-api/`), { timeout: 60_000, interval: 200 });
  const clients = (options: ReturnType<AwsStandIn['clientOptions']>) => ({
    serverless: new EMRServerlessClient(options),
    eks: new EMRContainersClient(options),
    ec2: new EMRClient(options),
  });
  const ours = clients(aws.clientOptions());
  const motos = clients({ ...aws.clientOptions(), endpoint });
  sides = {
    ours: {
      ...ours,
      applicationId: aws.serverless.addApplication({ name: 'engines' }).id,
      virtualClusterId: aws.containers.addVirtualCluster({ name: 'v' }).id,
      clusterId: aws.ec2.addCluster({ hasRuntimeRoles: true }).id,
    },
    motos: { ...motos, ...(await motosPlaces(motos)) },
  };
});
afterAll(async () => {
  for (const { serverless, eks, ec2 } of Object.values(sides))
    for (const client of [serverless, eks, ec2]) client.destroy();
  const ended = once(moto, 'exit');
  moto.kill();
  await ended;
  await aws.stop();
});

async function motosPlaces({ serverless, eks, ec2 }: Pick<Side, 'serverless' | 'eks' | 'ec2'>) {
  const { applicationId = '' } = await serverless.send(
    new CreateApplicationCommand({ name: 'engines', releaseLabel: 'emr-6.6.0', type: 'SPARK' }),
  );
  const info = { eksInfo: { namespace: 'emr' } };
  const containerProvider = { type: 'EKS', id: 'eks', info } as const;
  const { id: virtualClusterId = '' } = await eks.send(
    new CreateVirtualClusterCommand({ name: 'v', containerProvider }),
  );
  const { JobFlowId: clusterId = '' } = await ec2.send(
    new RunJobFlowCommand({
      ...{ Name: 'c', ReleaseLabel: 'emr-6.6.0', JobFlowRole: 'j', ServiceRole: 's' },
      Instances: { MasterInstanceType: 'm5.xlarge', InstanceCount: 1 },
    }),
  );
  return { applicationId, virtualClusterId, clusterId };
}

/** The names of all fields that have a value. */
const fieldsOf = (value: object | undefined) =>
  Object.entries(value ?? {})
    .filter(([, each]) => each !== undefined && each !== null)
    .map(([key]) => key)
    .toSorted();

async function comparing(
  call: (side: Side) => Promise<Readonly<Record<string, object | undefined>>>,
) {
  const [ours, motos] = [await call(sides.ours), await call(sides.motos)];
  for (const [name, value] of Object.entries(motos))
    expect({ [name]: fieldsOf(ours[name]) }).toEqual({
      [name]: expect.arrayContaining(fieldsOf(value)),
    });
}

const monitoringConfiguration = { s3MonitoringConfiguration: { logUri: 's3://logs/' } };
const entryPoint = 's3://jars/engine.jar';
const common = { clientToken: 'tag-1', name: 'tag-1', tags: { user: 'ann' } };

test('EMR Serverless answers as moto does', async () => {
  await comparing(async ({ serverless, applicationId }) => {
    const started = await serverless.send(
      new StartJobRunCommand({
        ...{ ...common, applicationId, executionRoleArn: aws.role },
        jobDriver: { sparkSubmit: { entryPoint, sparkSubmitParameters: '--class Engine' } },
        configurationOverrides: { monitoringConfiguration },
      }),
    );
    const { jobRunId } = started;
    const { application } = await serverless.send(new GetApplicationCommand({ applicationId }));
    const jobRun = await vi.waitFor(async () => {
      const found = await serverless.send(new GetJobRunCommand({ applicationId, jobRunId }));
      expect(found.jobRun?.state).toMatch(/RUNNING|SUCCESS/); // moto's has ended at once
      return found.jobRun;
    });
    const { jobRuns } = await serverless.send(new ListJobRunsCommand({ applicationId }));
    const cancelled = await serverless.send(new CancelJobRunCommand({ applicationId, jobRunId }));
    return { started, application, jobRun, listed: jobRuns?.[0], cancelled };
  });
});

test('EMR on EKS answers as moto does', async () => {
  await comparing(async ({ eks, virtualClusterId }) => {
    const started = await eks.send(
      new StartEksRunCommand({
        ...{ ...common, virtualClusterId, executionRoleArn: aws.role },
        ...{ releaseLabel: 'emr-6.3.0-latest' },
        jobDriver: { sparkSubmitJobDriver: { entryPoint } },
        configurationOverrides: { monitoringConfiguration },
      }),
    );
    const { id } = started;
    const { virtualCluster } = await eks.send(
      new DescribeVirtualClusterCommand({ id: virtualClusterId }),
    );
    const { jobRun } = await eks.send(new DescribeJobRunCommand({ virtualClusterId, id }));
    const { jobRuns } = await eks.send(new ListEksRunsCommand({ virtualClusterId }));
    const cancelled = await eks.send(new CancelEksRunCommand({ virtualClusterId, id }));
    return { started, virtualCluster, jobRun, listed: jobRuns?.[0], cancelled };
  });
});

test('EMR on EC2 answers as moto does', async () => {
  await comparing(async ({ ec2, clusterId: ClusterId }) => {
    const HadoopJarStep = { Jar: 'command-runner.jar', Args: ['spark-submit', entryPoint] };
    const added = await ec2.send(
      new AddJobFlowStepsCommand({
        JobFlowId: ClusterId,
        Steps: [{ Name: 'tag-1', ActionOnFailure: 'CONTINUE', HadoopJarStep }],
      }),
    );
    const [StepId = ''] = added.StepIds ?? [];
    const { Step } = await ec2.send(new DescribeStepCommand({ ClusterId, StepId }));
    const { Steps } = await ec2.send(new ListStepsCommand({ ClusterId }));
    return { added, Step, config: Step?.Config, listed: Steps?.[0] };
  });
  const { ec2, clusterId: ClusterId } = sides.ours; // moto has no CancelSteps
  const { Steps } = await ec2.send(new ListStepsCommand({ ClusterId }));
  const { CancelStepsInfoList } = await ec2.send(
    new CancelStepsCommand({ ClusterId, StepIds: [Steps?.[0]?.Id ?? ''] }),
  );
  expect(CancelStepsInfoList).toMatchObject([{ Status: 'SUBMITTED' }]);
});

/** What the gateway itself sends to start an engine, and what the service tells of it. */
interface OwnStart {
  readonly kind: string;
  readonly send: (side: Side) => Promise<{
    /** The request's fields, as a description of the job names them. */
    readonly sent: Readonly<Record<string, unknown>>;
    readonly told: object | undefined;
  }>;
}

const inOurRole = (job: EngineJob): EngineJob => {
  const role = ['spark.emr.execution.role', aws.role] as const;
  return { ...job, conf: new Map([...job.conf, role]) };
};

const ownStarts: readonly OwnStart[] = [
  {
    kind: 'emr-serverless',
    send: async ({ serverless, applicationId }) => {
      const { request } = enginePlan(inOurRole(job), serverlessSpec, applicationId);
      const { jobRunId } = await serverless.send(new StartJobRunCommand(request));
      const { jobRun } = await serverless.send(new GetJobRunCommand({ applicationId, jobRunId }));
      const { clientToken: _, executionRoleArn: executionRole, ...rest } = request;
      const { executionTimeoutMinutes: limit, ...sent } = rest;
      expect(limit).toBe(0); // which moto takes for one that was not given
      return { sent: { ...sent, executionRole }, told: jobRun };
    },
  },
  {
    kind: 'emr-eks',
    send: async ({ eks, virtualClusterId }) => {
      const logs = {
        ...{ s3: 's3://logs/engines', kmsKey: undefined },
        cloudWatch: { group: '/torii/engines', streamPrefix: 'engines' },
      };
      const spec = eksSpecOf({ virtualCluster: virtualClusterId, logs });
      const { request } = eksPlan(inOurRole(eksJob), spec);
      const { id } = await eks.send(new StartEksRunCommand(request));
      const { jobRun } = await eks.send(new DescribeJobRunCommand({ virtualClusterId, id }));
      return { sent: { ...request }, told: jobRun };
    },
  },
  {
    kind: 'emr-ec2',
    send: async ({ ec2, clusterId }) => {
      const { request } = stepPlan(inOurRole(ec2Job), { ...ec2Spec, cluster: clusterId });
      const { StepIds } = await ec2.send(new AddJobFlowStepsCommand(request));
      const [StepId = ''] = StepIds ?? [];
      const { Step } = await ec2.send(new DescribeStepCommand({ ClusterId: clusterId, StepId }));
      const { HadoopJarStep, ...rest } = request.Steps?.[0] ?? {};
      return { sent: { ...rest, Config: HadoopJarStep }, told: Step };
    },
  },
];

test.each(ownStarts)('what starts an engine of $kind arrives whole', async ({ send }) => {
  for (const [name, side] of Object.entries(sides)) {
    const { sent, told } = await send(side);
    expect({ [name]: told }).toMatchObject({ [name]: sent });
  }
});
