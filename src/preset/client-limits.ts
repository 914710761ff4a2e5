import { GatewayError } from '../core/errors.ts';
import type { ClusterSpec } from './cluster-spec.ts';
import { effectiveName } from './effective-name.ts';

/** A setting that an operator may make on a cluster and a client may not. */
interface Limit {
  /** Finds the setting's name. */
  readonly name: RegExp;
  /** Which of its values are refused; all unless given. */
  readonly refuses?: (value: string) => boolean;
  /** What a client would get by it. */
  readonly why: string;
}

const identity: Limit = {
  name: /^spark\.(?:kerberos|yarn)\.(?:keytab|principal)$/,
  why: 'it says as whom the engine runs',
};

const sharedFiles = /^(?:hdfs|viewfs|local):/i;
/** What a node of EMR reads with the rights that the engine has as well. */
const storedFiles = /^(?:s3[an]?|hdfs|viewfs|local):/i;
/** What spark-submit reads where it runs, and hands over to the engine. */
const handedOver =
  /^(?:spark\.(?:jars|files|archives|submit\.pyFiles|yarn\.(?:jars|archive|dist\..+))|kyuubi\.session\.engine\.spark\.main\.resource)$/;

/** What a client would get by settings of a spark-submit that runs elsewhere than its engine. */
interface SubmitWhys {
  readonly fetched: string;
  readonly putDown: string;
  readonly services: string;
}

function submitLimits({ fetched, putDown, services }: SubmitWhys): readonly Limit[] {
  return [
    {
      name: /^spark\.(?:jars\.(?:packages|repositories|ivy|ivySettings)|yarn\.dist\.forceDownloadSchemes)$/,
      why: fetched,
    },
    { name: /^spark\.(?:yarn\.stagingDir|local\.dir)$/, why: putDown },
    {
      name: /^spark\.hadoop\.(?:yarn\.|hadoop\.|ipc\.|fs\.(?:defaultFS$|default\.name$|AbstractFileSystem\.|.+\.impl$))/,
      why: services,
    },
  ];
}

/** spark-submit runs on the gateway's host, as the gateway and with its rights. */
const onYarn: readonly Limit[] = [
  identity,
  {
    name: handedOver,
    refuses: (value) => someOf(value, (uri) => !sharedFiles.test(uri)),
    why: "the gateway's host would read it with the gateway's rights: name files of HDFS (hdfs:) or of the nodes (local:)",
  },
  ...submitLimits({
    fetched: "what it fetches is loaded on the gateway's host",
    putDown: 'it says where the secrets of a launch are put down',
    services: 'it says which services the gateway itself talks to, and how',
  }),
];

const onKubernetes: readonly Limit[] = [
  identity,
  {
    name: /^spark\.kubernetes\.(?:authenticate\.|kerberos\.|namespace$|context$|driver\.master$|(?:driver|executor)\.annotation\.iam\.amazonaws\.com\/)/,
    why: 'it says as whom and where the engine runs',
  },
  {
    name: /^spark\.kubernetes\.(?:(?:driver|executor)\.(?:secrets|secretKeyRef)\.|container\.image\.pullSecrets$|hadoop\.configMapName$)/,
    why: 'it opens secrets and configuration of others in the namespace',
  },
  {
    name: /^spark\.kubernetes\.(?:driver|executor)\.(?:label|annotation)\.torii\.io\//,
    why: 'it marks for whom an engine runs',
  },
  {
    name: /^spark\.kubernetes\.(?:driver|executor)\.podTemplateFile$/,
    why: 'a pod template can ask for anything',
  },
  {
    name: /^spark\.kubernetes\.(?:driver|executor)\.volumes\.(?!emptyDir\.|persistentVolumeClaim\.)/,
    why: 'it opens disks of the nodes and of the network',
  },
  {
    name: /^spark\.kubernetes\.(?:driver|executor)\.volumes\.persistentVolumeClaim\..+\.options\.claimName$/,
    refuses: (value) => value.trim() !== 'OnDemand',
    why: 'it opens volumes of others in the namespace: OnDemand makes new ones',
  },
];

/** spark-submit runs on the cluster's primary node, as EMR's own user there. */
const onEmrEc2: readonly Limit[] = [
  identity,
  {
    name: handedOver,
    refuses: (value) => someOf(value, (uri) => !storedFiles.test(uri)),
    why: "the cluster's primary node would read it with its own rights: name files of S3 (s3:), of HDFS (hdfs:) or of the nodes (local:)",
  },
  ...submitLimits({
    fetched: "what it fetches is loaded on the cluster's primary node",
    putDown: 'it says where the files of a launch are put down',
    services: "it says which services the cluster's primary node talks to, and how",
  }),
];

/** What it reads, it reads as the engine's execution role; secrets are another matter. */
const onServerless: readonly Limit[] = [
  identity,
  {
    name: /./,
    refuses: (value) => value.includes('EMR.secret@'),
    why: "it names a secret that the engine's role may read: name it in a preset",
  },
];

/** spark-submit runs in a pod that is not the engine's. */
const onOperator: readonly Limit[] = [
  ...onKubernetes,
  {
    name: handedOver,
    refuses: (value) =>
      someOf(value, (uri) => !/^[a-z][\w+.-]*:/i.test(uri) || /^file:/i.test(uri)),
    why: 'the pod that submits would read it: name files of an object store or of the image (local:)',
  },
];

/** spark-submit runs in a pod of EMR's, and puts EMR's own parts into the engine's pods. */
const onEks: readonly Limit[] = [
  ...onOperator,
  {
    name: /^spark\.kubernetes\.(?:(?:driver|executor)\.)?container\.image$/,
    why: "it says whose code runs in the name of the engine's role",
  },
  {
    name: /^spark\.kubernetes\.(?:driver|executor)\.(?:internalPodTemplate|podTemplate|(?:pod|container)\.allowlistFile$)/,
    why: 'it decides what EMR puts into the pods',
  },
  {
    name: /^spark\.kubernetes\.(?:driver|executor)\.(?:label|annotation)\.(?:emr-containers|eks-subscription)\.amazonaws\.com\//,
    why: 'by it EMR knows its pods and counts them',
  },
];

/**
 * Throws CONFIG_RESTRICTED, naming the setting, for what a client may not say where its engine runs on a cluster: it would borrow
 * the rights of the gateway or of others. `asked`: what the client says in the clusters' place, under any spelling.
 */
export function refuseBorrowedRights(
  cluster: ClusterSpec,
  asked: Iterable<readonly [string, string]>,
): void {
  const limits = limitsOf(cluster);
  for (const [key, value] of asked) {
    const name = effectiveName(key);
    const limit = limits.find((one) => one.name.test(name) && one.refuses?.(value) !== false);
    if (limit === undefined) continue;
    throw new GatewayError(
      'CONFIG_RESTRICTED',
      `${key} can't be set by clients on cluster ${cluster.name}: ${limit.why}`,
      { hint: 'Open the session without it, or ask the administrator for a preset that has it.' },
    );
  }
}

function limitsOf(cluster: ClusterSpec): readonly Limit[] {
  switch (cluster.kind) {
    case 'local': // its engines are processes of the gateway's host already
      return [];
    case 'yarn':
      return onYarn;
    case 'kubernetes':
      return cluster.launcher === 'spark-operator' ? onOperator : onKubernetes;
    case 'emr-serverless':
      return onServerless;
    case 'emr-ec2':
      return onEmrEc2;
    case 'emr-eks':
      return onEks;
  }
}

function someOf(list: string, test: (uri: string) => boolean): boolean {
  return list
    .split(',')
    .map((part) => part.trim())
    .some((part) => part !== '' && test(part));
}
