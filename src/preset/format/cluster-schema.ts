import { z } from 'zod';
import {
  absolutePath,
  awsRegion,
  duration,
  environment,
  name,
  names,
  positiveInt,
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
};

const localCluster = strictObject({ kind: z.literal('local'), ...everyCluster });

const yarnCluster = strictObject({
  kind: z.literal('yarn'),
  ...everyCluster,
  resourceManagers: z
    .array(z.url({ protocol: /^https?$/, error: 'must be an address such as http://rm1:8088' }))
    .min(1),
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

/** What the kinds of EMR have in common. */
const emrCluster = {
  ...everyCluster,
  region: awsRegion,
  endpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  /** Of engines of users in no role, where the cluster has no roles. */
  executionRole: roleArn.optional(),
  /** Roles that a session may ask for itself. */
  allowedExecutionRoles: z.array(roleArn).optional(),
  logs: strictObject({
    s3: s3Folder.optional(),
    cloudWatch: strictObject({ group: text.optional(), streamPrefix: text.optional() }).optional(),
    kmsKey: text.optional(),
  }).optional(),
  tags: settings.optional(),
};

const emrServerlessCluster = strictObject({
  kind: z.literal('emr-serverless'),
  ...emrCluster,
  applications: z
    .array(
      z
        .string()
        .regex(/^[0-9a-z]{1,64}$/, 'must be the id of an application, e.g. 00f1abcdexample'),
    )
    .min(1),
  engineJar: text,
  managedLogs: z.boolean().default(true),
  secretsKmsKey: text,
});

const awsId = z.string().regex(/^[0-9a-z]{1,64}$/, 'must be an id as EMR gives it');
const s3File = z.string().regex(/^s3:\/\/[^/]+\/.+$/, 'must be like s3://bucket/file.yaml');

const emrEksCluster = strictObject({
  kind: z.literal('emr-eks'),
  ...emrCluster,
  virtualCluster: awsId,
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
  [localCluster, yarnCluster, kubernetesCluster, emrServerlessCluster, emrEksCluster],
  { error: 'kind has to be one of local, yarn, kubernetes, emr-serverless, emr-eks' },
);

export type ClusterEntry = z.infer<typeof clusterSchema>;
