/** What a release of EMR has on its images. */
export interface EmrRelease {
  readonly spark: string;
  /** The Java that Spark runs with unless told otherwise, by the release or by an image such as `emr-7.8.0-java11-latest`. */
  readonly java: 8 | 11 | 17;
  /** Who reads `s3://`: EMR's own file system, or since 7.10 Hadoop's S3A. */
  readonly s3: 'emrfs' | 's3a';
}

/**
 * Versions of Spark by release, without what Amazon puts behind them: "Application versions in Amazon EMR 7.x releases" and
 * "6.x releases" of the EMR Release Guide. The releases for EC2, EKS and Serverless do not differ in these.
 */
const sparkByRelease: Readonly<Record<string, string>> = {
  '6.9': '3.3.0',
  '6.10': '3.3.1',
  '6.11': '3.3.2',
  '6.12': '3.4.0',
  '6.13': '3.4.1',
  '6.14': '3.4.1',
  '6.15': '3.4.1',
  '7.0': '3.5.0',
  '7.1': '3.5.0',
  '7.2': '3.5.1',
  '7.3': '3.5.1',
  '7.4': '3.5.2',
  '7.5': '3.5.2',
  '7.6': '3.5.3',
  '7.7': '3.5.3',
  '7.8': '3.5.4',
  '7.9': '3.5.5',
  '7.10': '3.5.5',
  '7.11': '3.5.6',
  '7.12': '3.5.6',
  '7.13': '3.5.6',
};

/** Releases of Spark alone ("AWS runtime for Apache Spark" in the same guide): their labels begin with `emr-spark-`. */
const sparkByOwnRelease: Readonly<Record<string, string>> = {
  '8.0': '4.0.2',
  '8.1': '4.1.1',
};

/** The lines of Spark for which there is an engine. */
export type EngineLine = '3.5' | '4.0' | '4.1';
const engineLines: readonly EngineLine[] = ['3.5', '4.0', '4.1'];

/** The line of a release's Spark; undefined for a release that is not known, and for a Spark without an engine. */
export function engineLineOf(label: string): EngineLine | undefined {
  const release = emrReleaseOf(label);
  return engineLines.find((line) => release?.spark.startsWith(`${line}.`));
}

/** Undefined for a release that the table does not have. Labels are `emr-7.8.0`, `emr-7.8.0-latest` or `emr-spark-8.0.0`. */
export function emrReleaseOf(label: string): EmrRelease | undefined {
  const [, own, major, minor, , image] =
    /^emr-(spark-)?(\d+)\.(\d+)\.\d+(-(?:spark-rapids-)?(java\d+)?[a-z0-9-]*)?$/.exec(label) ?? [];
  const spark = (own === undefined ? sparkByRelease : sparkByOwnRelease)[`${major}.${minor}`];
  if (spark === undefined) return undefined;
  const isSeven = Number(major) >= 7;
  const hasS3a = Number(major) > 7 || (isSeven && Number(minor) >= 10);
  return {
    spark,
    java: javaByImage[image ?? ''] ?? (isSeven ? 17 : 8),
    s3: hasS3a ? 's3a' : 'emrfs',
  };
}

/** EMR on EKS has images of a release with other Javas. */
const javaByImage: Readonly<Record<string, EmrRelease['java']>> = {
  java8: 8,
  java11: 11,
  java17: 17,
};

/** Why no engine can run on the release; undefined where one can, and where nobody knows. */
export function releaseProblem(label: string): string | undefined {
  const release = emrReleaseOf(label);
  if (release === undefined || engineLineOf(label) !== undefined) return undefined;
  return `${label} has Spark ${release.spark}, and the engine needs Spark 3.5 or later`;
}

/** What to tell of a release that the table does not have yet. */
export function releaseNote(label: string): string | undefined {
  return emrReleaseOf(label) === undefined
    ? `the release ${label} is not among those that are known here: its Spark has to be 3.5 or later`
    : undefined;
}
