interface Row {
  readonly words: RegExp;
  readonly hint: string;
  /** The application has no room: the next engine goes to another one. */
  readonly isFull?: true;
}

/** What EMR Serverless says of failed job runs. The first row that fits counts. */
const rows: readonly Row[] = [
  {
    words: /exceeded maximumCapacity|ApplicationMaxCapacityExceeded|maximum capacity/i,
    hint: "The application's maximumCapacity is used up: wait, end other engines, ask for less, or have it raised.",
    isFull: true,
  },
  {
    words:
      /(?:account|service).*(?:quota|limit)|max(?:imum)? concurrent vCPUs|ServiceQuotaExceeded/i,
    hint: "The account's quota of vCPUs for EMR Serverless is used up: wait, end other engines, or have it raised in Service Quotas.",
    isFull: true,
  },
  {
    words: /insufficient.*(?:IP|address)|no (?:free|available) (?:IP )?address|subnet/i,
    hint: "The application's subnets have no free addresses or no way to what the job needs: add subnets, or check their routes and security groups.",
    isFull: true,
  },
  {
    words: /(?:capacity|workers?).*(?:unavailable|not available|could not be allocated)/i,
    hint: 'EMR has no workers of that size in this zone now: try again, ask for less, or give the application subnets in other zones.',
    isFull: true,
  },
  {
    words: /queue.*time.?out|timed out .*queue/i,
    hint: "The job waited longer than the application's queueTimeoutMinutes: have maxConcurrentRuns raised, or end other engines.",
    isFull: true,
  },
  {
    words: /secret/i,
    hint: "EMR could not read the engine's secrets: the key in secretsKmsKey has to let emr-serverless.amazonaws.com decrypt.",
  },
  {
    words: /not authorized|AccessDenied|access denied|assume.*role|trust/i,
    hint: 'The execution role may not do this: check its trust in emr-serverless.amazonaws.com and its rights (S3 for the jar and the logs, Glue, KMS).',
  },
  {
    words:
      /NoSuchKey|NoSuchBucket|FileNotFound|does not exist|could not find.*(?:jar|file)|cannot load main class/i,
    hint: 'The jar of the engine or another file of the launch is not there: check engineJar of the cluster and spark.jars.',
  },
  {
    words:
      /worker.*(?:configuration|size)|invalid.*(?:cpu|memory|cores)|not (?:a )?supported.*(?:memory|cpu|vcpu)/i,
    hint: 'EMR Serverless has workers of 1, 2, 4, 8 and 16 vCPUs with fitting memory: change spark.driver.cores and memory or those of the executors.',
  },
  {
    words: /OutOfMemory|exit ?code:? ?(?:137|52)\b/i,
    hint: 'The driver ran out of memory: raise spark.driver.memory.',
  },
  {
    words: /ClassNotFound|NoClassDefFound|UnsupportedClassVersion/i,
    hint: "A class is missing or of another version: the application's release has to have Spark 3.5 or later and Java 17.",
  },
  {
    words: /application.*(?:stopp|terminat)/i,
    hint: 'Somebody has stopped the application: a new session starts it again.',
  },
  {
    words: /timed out|time.?out|executionTimeout/i,
    hint: 'The job ran into a time limit of EMR.',
  },
  {
    words: /internal (?:service )?error|internal failure/i,
    hint: 'EMR itself has failed: try again.',
  },
];

/** What its reader can do about a failure, as one sentence, where that is known. */
export function hintFor(told: string): string | undefined {
  return rows.find(({ words }) => words.test(told))?.hint;
}

/** Whether the application had no room for the job. */
export function tellsOfNoRoom(told: string): boolean {
  return rows.find(({ words }) => words.test(told))?.isFull === true;
}
