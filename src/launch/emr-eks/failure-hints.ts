interface Row {
  readonly words: RegExp;
  readonly hint: string;
}

/** What EMR on EKS says of failed job runs. The first row that fits counts. */
const rows: readonly Row[] = [
  {
    words: /assume|web ?identity|trust|oidc/i,
    hint: "The execution role has to trust the service accounts that EMR makes in the namespace: run 'aws emr-containers update-role-trust-policy' for it.",
  },
  {
    words: /ImagePullBackOff|ErrImagePull|InvalidImageName|pull(?:ing)? (?:the )?image|manifest/i,
    hint: 'The image can not be had: check image of the cluster or preset, and that the nodes may read its registry.',
  },
  {
    words: /exceeded quota|resource ?quota|failed quota/i,
    hint: "The namespace's quota is used up: wait, end other engines, ask for less, or have it raised.",
  },
  {
    words: /Unschedulable|FailedScheduling|Insufficient (?:cpu|memory)|nodes are available/i,
    hint: 'No node has room: ask for less memory or cores, or check node selectors, tolerations and the autoscaler.',
  },
  {
    words: /pod ?template/i,
    hint: 'EMR does not take the pod template: check podTemplates of the cluster, and that the execution role may read them.',
  },
  {
    words: /template/i,
    hint: 'Check jobTemplate of the cluster and its parameters.',
  },
  {
    words: /OutOfMemory|OOMKilled|exit ?code:? ?(?:137|52)\b/i,
    hint: 'The driver ran out of memory: raise spark.driver.memory or spark.driver.memoryOverhead.',
  },
  {
    words: /AccessDenied|access denied|not authorized|forbidden|\b403\b/i,
    hint: 'The execution role or its service account may not do this: check its rights (S3 for the jar and the logs, Glue, KMS, Secrets Manager) and the roles in the namespace.',
  },
  {
    words: /NoSuchKey|NoSuchBucket|FileNotFound|does not exist|cannot load main class/i,
    hint: 'The jar of the engine or another file of the launch is not there: check engineJar of the cluster and spark.jars.',
  },
  {
    words: /ClassNotFound|NoClassDefFound|UnsupportedClassVersion/i,
    hint: 'A class is missing or of another version: the release has to have Spark 3.5 or later and Java 17.',
  },
  {
    words: /timed? ?out|timeout/i,
    hint: 'EMR waited in vain for the pods to start: look at the events in the namespace, and at its free nodes.',
  },
];

/** By EMR's own word, where its details tell nothing that is known. */
const byReason: Readonly<Record<string, string>> = {
  USER_ERROR: "The driver's last log lines tell more.",
  VALIDATION_ERROR:
    'EMR does not take the job as it is: check role, release, templates and settings that the message names.',
  CLUSTER_UNAVAILABLE:
    'EMR can not reach the EKS cluster: check that it runs, and that EMR still has access to the namespace.',
  INTERNAL_ERROR: 'EMR itself has failed: try again.',
};

/** For whoever names a virtual cluster that there is not. */
export const goneHint =
  'Name a virtual cluster that is there in virtualCluster of the cluster, and check its region.';

export interface Advice {
  /** What its reader can do, as one sentence, where that is known. */
  readonly hint: string | undefined;
  /** Whether EMR has named the cause itself. */
  readonly isCertain: boolean;
}

export function adviceOn(failureReason: string, details: string): Advice {
  const row = rows.find(({ words }) => words.test(details));
  if (row !== undefined) return { hint: row.hint, isCertain: true };
  return { hint: byReason[failureReason], isCertain: false };
}
