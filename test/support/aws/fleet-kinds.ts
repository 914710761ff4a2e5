import type { AwsStandIn } from './aws.ts';
import type { Step } from './emr-step.ts';
import type { SeenCall } from './faults.ts';
import type { JobLife } from './job-life.ts';
import { PretendedYarn } from './pretended-yarn.ts';
import { isRecord } from './shape-check.ts';

/** A kind of cluster in EMR, in what tests of gateways have to know of it. */
export interface FleetKind {
  /** As it stands in a gateway's file. */
  readonly kind: string;
  /** The call that starts an engine. */
  readonly starts: string;
  /** The call that tells of all of them. */
  readonly lists: string;
  /** A state in which a job gets ready, before the one in which it runs. */
  readonly before: string;
  /** Makes the place where the engines run. */
  readonly make: (aws: AwsStandIn) => FleetPlace | Promise<FleetPlace>;
  /** For whom such a call, or the job that it makes, starts an engine; empty where it starts none. */
  readonly userOf: (input: SeenCall['input']) => string;
}

/** Where the engines of a kind run. */
export interface FleetPlace {
  /** The cluster's own fields in a gateway's file. */
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly jobs: () => readonly FleetJob[];
  readonly stop?: () => Promise<void>;
}

/** What becomes, or was to become, an engine. */
interface FleetJob {
  readonly id: string;
  /** Of its launch. */
  readonly tag: string;
  readonly user: string;
  readonly life: Pick<JobLife, 'hasEnded' | 'isCancelling'> & {
    readonly fail: (why: string) => void;
  };
}

const userTag = (tags: unknown) => (isRecord(tags) ? String(tags['torii:user']) : '');

export const serverlessFleet: FleetKind = {
  kind: 'emr-serverless',
  starts: 'emr-serverless:StartJobRun',
  lists: 'emr-serverless:ListJobRuns',
  before: 'SCHEDULED',
  make: (aws) => ({
    cluster: {
      applications: [aws.serverless.addApplication().id],
      secretsKmsKey: 'alias/torii',
      logs: { cloudWatch: {} },
    },
    jobs: () =>
      [...aws.serverless.runs.values()].map(({ id, input, tags, life }) => ({
        ...{ id, tag: String(input['clientToken']), user: userTag(tags), life },
      })),
  }),
  userOf: ({ tags }) => userTag(tags),
};

const eksFleet: FleetKind = {
  kind: 'emr-eks',
  starts: 'emr-containers:StartJobRun',
  lists: 'emr-containers:ListJobRuns',
  before: 'SUBMITTED',
  make: (aws) => ({
    cluster: {
      virtualCluster: aws.containers.addVirtualCluster().id,
      releaseLabel: 'emr-7.10.0-latest',
      logs: { cloudWatch: { group: '/torii/engines' } },
    },
    jobs: () =>
      [...aws.containers.runs.values()].map(({ id, input, life }) => ({
        ...{ id, tag: String(input['clientToken']), user: userTag(input['tags']), life },
      })),
  }),
  userOf: ({ tags }) => userTag(tags),
};

/** A step hands its engine over to YARN: from then on that knows whether it lives. */
const ec2Fleet: FleetKind = {
  kind: 'emr-ec2',
  starts: 'emr:AddJobFlowSteps',
  lists: 'emr:ListSteps',
  before: 'PENDING',
  make: async (aws) => {
    const cluster = aws.ec2.addCluster({ hasRuntimeRoles: true, stepConcurrency: 256 });
    const steps = () => [...aws.ec2.runs.values()];
    const yarn = await PretendedYarn.start(() => steps().flatMap(submission));
    return {
      cluster: { cluster: cluster.id, resourceManagers: [yarn.address] },
      jobs: () => steps().flatMap((step) => ec2Job(step, yarn)),
      stop: () => yarn.stop(),
    };
  },
  userOf: (input) => yarnTag(yarnTagsOf(stepsOf(input)[0] ?? input), 'torii-user-'),
};

export const fleetKinds = [serverlessFleet, eksFleet, ec2Fleet];

function ec2Job({ id, input, life }: Step, yarn: PretendedYarn): readonly FleetJob[] {
  const tags = yarnTagsOf(input);
  const tag = yarnTag(tags, 'torii-launch-');
  if (tag === '') return []; // it starts none
  const application = life.runningAtMs === undefined ? undefined : yarn.application(id);
  return [
    {
      ...{ id, tag, user: yarnTag(tags, 'torii-user-') },
      life: {
        hasEnded: application?.hasEnded ?? life.hasEnded,
        isCancelling: life.isCancelling,
        fail: (why) => yarn.application(id)?.fail(why),
      },
    },
  ];
}

/** What YARN gets of a step whose spark-submit runs. */
function submission({ id, input, life }: Step) {
  const tags = yarnTagsOf(input);
  return life.runningAtMs === undefined || tags.length === 0
    ? []
    : [{ stepId: id, tags, startedMs: life.runningAtMs }];
}

function stepsOf({ Steps: steps }: SeenCall['input']): readonly SeenCall['input'][] {
  return Array.isArray(steps) ? steps.filter(isRecord) : [];
}

function yarnTagsOf({ HadoopJarStep: jar }: SeenCall['input']): readonly string[] {
  const args = isRecord(jar) && Array.isArray(jar['Args']) ? jar['Args'].map(String) : [];
  const setting = 'spark.yarn.tags=';
  const found = args.find((arg) => arg.startsWith(setting));
  return found === undefined ? [] : found.slice(setting.length).toLowerCase().split(',');
}

function yarnTag(tags: readonly string[], prefix: string): string {
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length) ?? '';
}
