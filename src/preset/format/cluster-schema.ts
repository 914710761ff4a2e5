import { z } from 'zod';
import { parseRelease } from '../emr-releases.ts';
import {
  absolutePath,
  awsRegion,
  currency,
  duration,
  environment,
  name,
  names,
  positiveInt,
  price,
  roleArn,
  s3Folder,
  settings,
  text,
  zookeeperAddresses,
} from './scalar-schemas.ts';
import { strictObject } from './strict-object.ts';

const role = strictObject({
  users: names.optional(),
  groups: names.optional(),
  /** Service account of the driver and its executors, on Kubernetes. */
  serviceAccount: text.optional(),
  /** Presets with which the role is had; none named: with all. */
  presets: z.array(name).optional(),
  /** IAM role under which the engine runs, on EMR. */
  executionRole: roleArn.optional(),
  fixedConf: settings.optional(),
});

const prices = {
  currency,
  perVcpuHour: price,
  perMemoryGbHour: price,
  perEngine: price.optional(),
};

const everyCluster = {
  zookeeper: zookeeperAddresses.optional(),
  environment: environment.optional(),
  secrets: settings.optional(),
  defaultConf: settings.optional(),
  fixedConf: settings.optional(),
  limits: strictObject({
    maxEngines: positiveInt.optional(),
    maxEnginesPerUser: positiveInt.optional(),
    maxLaunches: positiveInt.optional(),
  }).optional(),
  superusers: names.optional(),
  /** In order: the first that has the user holds. Where there are any, nobody else may use the cluster. */
  roles: z.record(name, role).optional(),
  /** Preset of sessions that come here without one. */
  defaultPreset: name.optional(),
  /** Queues that engines may run in; none named: any. */
  queues: z.array(text).optional(),
  /** `enforced`: on, with no executors kept while idle; `default`: the same where nobody says otherwise; `unmanaged`: not our business. */
  dynamicAllocation: z.enum(['enforced', 'default', 'unmanaged']).optional(),
  /** Of what engines use; none: only the use is told. */
  prices: strictObject(prices).optional(),
};

const localCluster = strictObject({ kind: z.literal('local'), ...everyCluster });

const managerAddress = z.url({
  protocol: /^https?$/,
  error: 'must be an address such as http://rm1:8088',
});

const yarnCluster = strictObject({
  kind: z.literal('yarn'),
  ...everyCluster,
  resourceManagers: z.array(managerAddress).min(1),
  hadoopConfDir: absolutePath,
  sparkHome: absolutePath.optional(),
  apiUser: text.optional(),
  principal: text.optional(),
  keytab: absolutePath.optional(),
  proxyUserMaxLife: duration.optional(),
  /** The node managers run Spark's external shuffle service. */
  shuffleService: z.boolean().optional(),
});

const kubernetesCluster = strictObject({
  kind: z.literal('kubernetes'),
  ...everyCluster,
  launcher: z.enum(['pod', 'spark-operator']).default('pod'),
  kubeconfig: absolutePath.optional(),
  context: text.optional(),
  namespace: text,
  serviceAccount: text.optional(),
  image: text.optional(),
  imagePullSecrets: z.array(text).optional(),
  engineJar: text,
  sparkHome: absolutePath.default('/opt/spark'),
  podTemplate: absolutePath.optional(),
  driverService: z.boolean().default(false),
});

const awsEndpoint = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

const executionRoles = {
  /** Of engines of users in no role, where the cluster has no roles. */
  executionRole: roleArn.optional(),
  /** Roles that a session may ask for itself. */
  allowedExecutionRoles: z.array(roleArn).optional(),
};

/** What the kinds of EMR have in common. */
const emrCluster = {
  ...everyCluster,
  region: awsRegion,
  endpoint: awsEndpoint.optional(),
  ...executionRoles,
  logs: strictObject({
    s3: s3Folder.optional(),
    cloudWatch: strictObject({ group: text.optional(), streamPrefix: text.optional() }).optional(),
    kmsKey: text.optional(),
  }).optional(),
  tags: settings.optional(),
};

/** Calls a second that AWS grants the account and region, where that is not what it grants everybody. */
const callRates = <const Call extends string>(calls: readonly [Call, ...Call[]]) =>
  z.partialRecord(z.enum(calls), z.number().positive().max(1_000)).optional();

/** Of the images, which settings depend on; the launch compares it with what EMR says. */
const emrRelease = z
  .string()
  .refine(
    (label) => parseRelease(label) !== undefined,
    'must be a release of EMR, e.g. emr-7.10.0 or emr-spark-8.0.0',
  );

const serverlessCalls = [
  'StartJobRun',
  'ListJobRuns',
  'GetJobRun',
  'CancelJobRun',
  'GetApplication',
  'GetDashboardForJobRun',
  'StartApplication',
] as const;

const emrServerlessCluster = strictObject({
  kind: z.literal('emr-serverless'),
  ...emrCluster,
  rates: callRates(serverlessCalls),
  applications: z
    .array(
      z
        .string()
        .regex(/^[0-9a-z]{1,64}$/, 'must be the id of an application, e.g. 00f1abcdexample'),
    )
    .min(1),
  engineJar: text,
  release: emrRelease.optional(),
  managedLogs: z.boolean().default(true),
  secretsKmsKey: text,
  /** Here disks are billed, too. */
  prices: strictObject({ ...prices, perStorageGbHour: price.optional() }).optional(),
});

const ec2Calls = ['AddJobFlowSteps', 'ListSteps', 'CancelSteps', 'DescribeCluster'] as const;

const emrEc2Cluster = strictObject({
  kind: z.literal('emr-ec2'),
  ...everyCluster,
  region: awsRegion,
  endpoint: awsEndpoint.optional(),
  cluster: z
    .string()
    .regex(/^j-[0-9A-Z]{1,60}$/, 'must be the id of a cluster, e.g. j-1ABCDEFGHIJKL'),
  engineJar: text,
  rates: callRates(ec2Calls),
  release: emrRelease.optional(),
  /** An empty list: none can be reached. */
  resourceManagers: z.array(managerAddress).optional(),
  apiUser: text.default('hadoop'),
  ...executionRoles,
  /** Engines without an execution role have the rights of the cluster's instances. */
  instanceProfile: z.boolean().default(false),
  logs: strictObject({ s3: s3Folder.optional() }).optional(),
  secretsKmsKey: text.optional(),
  /** The node managers run Spark's external shuffle service. */
  shuffleService: z.boolean().optional(),
});

const awsId = z.string().regex(/^[0-9a-z]{1,64}$/, 'must be an id as EMR gives it');
const s3File = z.string().regex(/^s3:\/\/[^/]+\/.+$/, 'must be like s3://bucket/file.yaml');

const eksCalls = [
  'StartJobRun',
  'ListJobRuns',
  'DescribeJobRun',
  'CancelJobRun',
  'DescribeVirtualCluster',
] as const;

const emrEksCluster = strictObject({
  kind: z.literal('emr-eks'),
  ...emrCluster,
  virtualCluster: awsId,
  rates: callRates(eksCalls),
  releaseLabel: z
    .string()
    .regex(/^[.\-_/A-Za-z0-9]{1,64}$/, 'must be like emr-7.10.0-latest')
    .optional(),
  engineJar: text,
  jobTemplate: strictObject({ id: awsId, parameters: settings.optional() }).optional(),
  podTemplates: strictObject({ driver: s3File.optional(), executor: s3File.optional() }).optional(),
  image: text.optional(),
  logs: strictObject({
    s3: s3Folder.optional(),
    // EMR has no group of its own here.
    cloudWatch: strictObject({ group: text, streamPrefix: text.optional() }).optional(),
  }).optional(),
  persistentAppUi: z.boolean().default(true),
  secretsKmsKey: text.optional(),
  kubernetes: strictObject({
    kubeconfig: absolutePath.optional(),
    context: text.optional(),
    namespace: text.optional(),
  }).optional(),
}).refine(
  ({ releaseLabel, jobTemplate }) => releaseLabel !== undefined || jobTemplate !== undefined,
  {
    path: ['releaseLabel'],
    error: 'is needed where there is no jobTemplate',
  },
);

/** A cluster as its file describes it. A new kind is one more member. */
export const clusterSchema = z.discriminatedUnion(
  'kind',
  [
    localCluster,
    yarnCluster,
    kubernetesCluster,
    emrServerlessCluster,
    emrEksCluster,
    emrEc2Cluster,
  ],
  { error: 'kind has to be one of local, yarn, kubernetes, emr-serverless, emr-eks, emr-ec2' },
);

export type ClusterEntry = z.infer<typeof clusterSchema>;
