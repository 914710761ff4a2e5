/** What is known of a failure before anybody is told of it. */
export interface FailureFacts {
  /** YARN's own words, or those of the process that submits. */
  readonly words: string;
  /** Of the driver's container. */
  readonly exitCode: number | undefined;
}

interface Row {
  readonly code?: number;
  readonly words?: RegExp;
  readonly hint: string;
}

/** Read from the top: the first row of which a part fits counts. */
const rows: readonly Row[] = [
  {
    words:
      /to unknown queue|is not a leaf queue|queue .* (?:does not|doesn't) exist|non-leaf queue/i,
    hint: 'Set spark.yarn.queue to a leaf queue of this cluster.',
  },
  {
    words:
      /already has \d+ applications|maximum (?:system|queue) applications? limit|exceed.*max.*apps/i,
    hint: 'The queue is full: wait until applications in it end, take another one, or have its maximum-applications raised.',
  },
  {
    words: /is STOPPED|is DRAINING|not accepting (?:new )?applications/i,
    hint: 'The queue is closed: take another one with spark.yarn.queue, or have it opened.',
  },
  {
    words:
      /(?:does not have|cannot|can't|no) (?:permission|access).*(?:submit|queue)|cannot submit applications? to queue/i,
    hint: "Ask for the queue's right to submit applications, or set spark.yarn.queue to a queue that you may use.",
  },
  {
    words:
      /is above the max threshold|Invalid resource request|greater than (?:the )?maximum allowed allocation/i,
    hint: 'Ask for less: spark.driver.memory, spark.executor.memory, their memoryOverhead or cores are more than one container of this cluster may have.',
  },
  {
    words: /not allowed to impersonate/i,
    hint: "Allow the gateway's user to act for others in the cluster's core-site.xml (hadoop.proxyuser.<gateway user>.hosts and .groups).",
  },
  {
    words:
      /GSS initiate failed|No valid credentials|LoginException|Login failure|Client cannot authenticate|KrbException/i,
    hint: "The cluster wants Kerberos: check the cluster's principal and keytab and the gateway's krb5.conf.",
  },
  {
    words: /user \S+ not found|No such user|can't find user|initialization failed.*user/i,
    hint: 'The user has to exist on every node of the cluster.',
  },
  {
    words: /Tag .* is too long|Too many applicationTags|only have ASCII/i,
    hint: 'Shorten spark.yarn.tags: YARN takes few tags, each of up to 100 characters.',
  },
  {
    code: -104,
    words: /beyond (?:the )?'?physical'? memory/i,
    hint: 'The driver took more memory than its container has: raise spark.driver.memoryOverhead or spark.driver.memory.',
  },
  {
    code: -103,
    words: /beyond (?:the )?'?virtual'? memory/i,
    hint: 'The driver took more virtual memory than its container has: raise spark.driver.memoryOverhead, or have yarn.nodemanager.vmem-check-enabled switched off.',
  },
  {
    code: -102,
    words: /preempted/i,
    hint: 'The scheduler took the container back for another queue: try again, or use a queue with guaranteed capacity.',
  },
  {
    code: -101,
    words: /local-dirs? .* (?:bad|full)|disks? (?:have )?failed/i,
    hint: "A node's disks are full or broken: try again, and tell the cluster's operator.",
  },
  {
    code: -100,
    words: /lost node|released by application|Container released on/i,
    hint: 'The node was lost: try again.',
  },
  {
    code: -1000,
    words: /FileNotFoundException|File does not exist|File file:.* does not exist/i,
    hint: 'A node could not fetch the files of the launch: check that spark.yarn.stagingDir and all of spark.jars are readable from every node.',
  },
  {
    words: /exceed.*lifetime|lifetime period/i,
    hint: "The queue limits an application's life: use a queue with a longer one.",
  },
  {
    words: /ApplicationMaster for attempt .* timed out|ApplicationMaster .* expired/i,
    hint: 'The driver stopped answering the resource manager: look for long garbage collections or an overloaded node in its log.',
  },
  {
    words: /killed by (?:user|admin)|killed by external|Application killed/i,
    hint: 'Somebody, or a rule of the cluster, ended it: the page of the application names whom.',
  },
  {
    code: 137,
    hint: 'The driver was killed at once (SIGKILL), mostly by a node short of memory: raise spark.driver.memoryOverhead, or try again.',
  },
  {
    code: 143,
    hint: 'The driver was told to end (SIGTERM) by its node: see what the node manager says of memory limits, preemption or a restart.',
  },
  {
    code: 52,
    words: /OutOfMemoryError/,
    hint: 'The driver ran out of heap: raise spark.driver.memory.',
  },
  {
    words: /ClassNotFoundException|NoClassDefFoundError|UnsupportedClassVersionError/,
    hint: "A class is missing or of another version: the cluster's Spark and Java (spark.yarn.jars, JAVA_HOME) have to fit the engine's jar and spark.jars.",
  },
  {
    words: /ConnectionLossException|zookeeper.*(?:refused|timed out)|UnknownHostException/i,
    hint: "The driver can't reach what it needs: the cluster's nodes must reach the gateway's ZooKeeper by the address in the cluster's settings.",
  },
  {
    code: 10,
    hint: "The application master failed by an exception: the driver's log tells it.",
  },
  {
    code: 13,
    hint: "The driver ended before its SparkContext was up: the driver's log tells why.",
  },
  {
    code: 15,
    hint: "The engine failed by an exception: the driver's log tells it.",
  },
];

/** What its reader can do about a failure, as one sentence, where that is known. */
export function hintFor({ words, exitCode }: FailureFacts): string | undefined {
  const told = rows.find((row) => row.words?.test(words) === true);
  return (told ?? rows.find(({ code }) => code !== undefined && code === exitCode))?.hint;
}
