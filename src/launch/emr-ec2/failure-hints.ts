interface Row {
  readonly words: RegExp;
  readonly hint: string;
}

/** What EMR and spark-submit say of failed steps. The first row that fits counts. */
const rows: readonly Row[] = [
  {
    words: /to unknown queue|is not a leaf queue|queue .* (?:does not|doesn't) exist/i,
    hint: 'Set spark.yarn.queue to a leaf queue of this cluster.',
  },
  {
    words:
      /is STOPPED|is DRAINING|cannot submit applications? to queue|maximum (?:system|queue) applications? limit/i,
    hint: 'The queue takes no applications now: wait, or set spark.yarn.queue to another one.',
  },
  {
    words:
      /is above the max threshold|Invalid resource request|greater than (?:the )?maximum allowed allocation|Required executor memory/i,
    hint: 'Ask for less: spark.driver.memory, spark.executor.memory, their memoryOverhead or cores are more than one container of this cluster may have.',
  },
  {
    words: /assume.*role|role.*(?:trust|assum)|sts:(?:AssumeRole|TagSession)/i,
    hint: "The execution role can't be taken on: its trust has to name the cluster's instance profile (sts:AssumeRole, sts:TagSession).",
  },
  {
    words: /AccessDenied|Access Denied|not authorized|Forbidden|Status Code: 403/i,
    hint: "The step may not do this: check the rights of the execution role, or of the cluster's instance profile (S3 for the jar and the logs, Glue, KMS).",
  },
  {
    words:
      /Main Class not found|NoSuchKey|NoSuchBucket|FileNotFound|does not exist|cannot load main class|failed to load class/i,
    hint: 'The jar of the engine or another file of the launch is not there: check engineJar of the cluster and spark.jars.',
  },
  {
    words: /ClassNotFound|NoClassDefFound|UnsupportedClassVersion/i,
    hint: "A class is missing or of another version: the cluster's release has to have Spark 3.5 or later and Java 17.",
  },
  {
    words: /Cannot run program|command not found|No such file or directory/i,
    hint: 'The cluster has no spark-submit: Spark has to be among its applications.',
  },
  {
    words:
      /Connection refused|ConnectException|failed on connection exception|NoRouteToHost|SafeModeException/i,
    hint: "The cluster's YARN or HDFS does not answer: look at its primary node, or try again.",
  },
  {
    words: /No space left|disk.*full/i,
    hint: "The disk of the cluster's primary node is full: tell the cluster's operator.",
  },
  {
    words: /OutOfMemory|Cannot allocate memory|exit(?:ing with)? (?:code|ret) '?137/i,
    hint: "The cluster's primary node is short of memory: too many steps run at once there.",
  },
  {
    words: /shut ?down|terminat/i,
    hint: 'The cluster was ended: name another one, or try again when it is up.',
  },
  {
    words: /internal (?:service )?error|internal failure/i,
    hint: 'EMR itself has failed: try again.',
  },
  {
    words: /exiting with ret|unknown error/i,
    hint: "spark-submit has failed: the step's stderr tells why.",
  },
];

/** What its reader can do about a failed step, as one sentence, where that is known. */
export function hintFor(told: string): string | undefined {
  return rows.find(({ words }) => words.test(told))?.hint;
}
