/** What a release of EMR has on its images. */
export interface EmrRelease {
  readonly spark: string;
  /** Undefined where no engine can run anyway. */
  readonly iceberg: string | undefined;
  readonly delta: string | undefined;
  /** The Java that Spark runs with unless told otherwise, by the release or by an image such as `emr-7.8.0-java11-latest`. */
  readonly java: 8 | 11 | 17;
  /** Who reads `s3://`: EMR's own file system, or since 7.10 Hadoop's S3A. */
  readonly s3: 'emrfs' | 's3a';
}

/** The parts of a label: `emr-7.8.0`, `emr-7.8.0-java11-latest`, `emr-spark-8.0.0`. */
export interface ReleaseLabel {
  /** One of Spark alone. */
  readonly isOfSparkAlone: boolean;
  readonly major: number;
  readonly minor: number;
  readonly java: EmrRelease['java'];
}

/** Spark, Iceberg and Delta. */
type Versions = readonly [spark: string, iceberg?: string, delta?: string];

/**
 * Versions by release, without what Amazon puts behind them: "Application versions in Amazon EMR 7.x releases" and "6.x
 * releases" of the EMR Release Guide. The releases for EC2, EKS and Serverless do not differ in these.
 */
const versionsByRelease: Readonly<Record<string, Versions>> = {
  '6.9': ['3.3.0'],
  '6.10': ['3.3.1'],
  '6.11': ['3.3.2'],
  '6.12': ['3.4.0'],
  '6.13': ['3.4.1'],
  '6.14': ['3.4.1'],
  '6.15': ['3.4.1'],
  '7.0': ['3.5.0', '1.4.2', '3.0.0'],
  '7.1': ['3.5.0', '1.4.3', '3.0.0'],
  '7.2': ['3.5.1', '1.5.0', '3.1.0'],
  '7.3': ['3.5.1', '1.5.2', '3.2.0'],
  '7.4': ['3.5.2', '1.6.1', '3.2.0'],
  '7.5': ['3.5.2', '1.6.1', '3.2.1'],
  '7.6': ['3.5.3', '1.6.1', '3.2.1'],
  '7.7': ['3.5.3', '1.7.1', '3.2.1'],
  '7.8': ['3.5.4', '1.7.1', '3.3.0'],
  '7.9': ['3.5.5', '1.7.1', '3.3.0'],
  '7.10': ['3.5.5', '1.8.1', '3.3.0'],
  '7.11': ['3.5.6', '1.9.1', '3.3.2'],
  '7.12': ['3.5.6', '1.10.0', '3.3.2'],
  '7.13': ['3.5.6', '1.10.0', '3.3.2'],
};

/** Releases of Spark alone ("AWS runtime for Apache Spark" in the same guide): their labels begin with `emr-spark-`. */
const versionsByOwnRelease: Readonly<Record<string, Versions>> = {
  '8.0': ['4.0.2', '1.10.1', '4.0.0'],
  '8.1': ['4.1.1', '1.11.0', '4.2.0'],
};

/** All releases of the table, by the labels of their first images. */
export const knownReleases: readonly string[] = [
  ...Object.keys(versionsByRelease).map((version) => `emr-${version}.0`),
  ...Object.keys(versionsByOwnRelease).map((version) => `emr-spark-${version}.0`),
];

/** The lines of Spark for which there is an engine. */
export type EngineLine = '3.5' | '4.0' | '4.1';
const engineLines: readonly EngineLine[] = ['3.5', '4.0', '4.1'];

/** The line of a release's Spark; undefined for a release that is not known, and for a Spark without an engine. */
export function engineLineOf(label: string): EngineLine | undefined {
  const release = emrReleaseOf(label);
  return engineLines.find((line) => release?.spark.startsWith(`${line}.`));
}

/** Undefined for what is no label of EMR. */
export function parseRelease(label: string): ReleaseLabel | undefined {
  const [, own, major, minor, , image] =
    /^emr-(spark-)?(\d+)\.(\d+)\.\d+(-(?:spark-rapids-)?(java\d+)?[a-z0-9-]*)?$/.exec(label) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return {
    isOfSparkAlone: own !== undefined,
    major: Number(major),
    minor: Number(minor),
    java: javaByImage[image ?? ''] ?? (Number(major) >= 7 ? 17 : 8),
  };
}

/** Who reads `s3://` on a release, also on a later one than those of the table. */
export function readerOfS3({ major, minor }: ReleaseLabel): EmrRelease['s3'] {
  return isSince({ major, minor }, 7, 10) ? 's3a' : 'emrfs';
}

export function isSince(
  { major, minor }: Pick<ReleaseLabel, 'major' | 'minor'>,
  sinceMajor: number,
  sinceMinor: number,
): boolean {
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/** Undefined for a release that the table does not have. */
export function emrReleaseOf(label: string): EmrRelease | undefined {
  const parsed = parseRelease(label);
  if (parsed === undefined) return undefined;
  const versions = parsed.isOfSparkAlone ? versionsByOwnRelease : versionsByRelease;
  const found = versions[`${parsed.major}.${parsed.minor}`];
  if (found === undefined) return undefined;
  const [spark, iceberg, delta] = found;
  return { spark, iceberg, delta, java: parsed.java, s3: readerOfS3(parsed) };
}

/** EMR on EKS has images of a release with other Javas. */
const javaByImage: Readonly<Record<string, EmrRelease['java']>> = {
  java8: 8,
  java11: 11,
  java17: 17,
};

/** The oldest Java of Spark 4; the engine itself takes Java 8. */
export const oldestJavaOfSpark4 = 17;

/** Why no engine can run on the release; undefined where one can, and where nobody knows. */
export function releaseProblem(label: string): string | undefined {
  const release = emrReleaseOf(label);
  if (release === undefined) return undefined;
  if (engineLineOf(label) === undefined) {
    return `${label} has Spark ${release.spark}, and the engine needs Spark 3.5 or later`;
  }
  if (!release.spark.startsWith('3.') && release.java < oldestJavaOfSpark4) {
    return `${label} has Java ${release.java}, and Spark ${release.spark} needs Java ${oldestJavaOfSpark4} or later`;
  }
  return undefined;
}

/**
 * What to tell of a release whose settings were made for `expected`: that the table does not have it yet, and that nobody had
 * said it where it matters.
 */
export function releaseNotes(label: string, expected: string | undefined): readonly string[] {
  const release = emrReleaseOf(label);
  if (release === undefined) {
    return [
      `the release ${label} is not among those that are known here: its Spark has to be 3.5 or later`,
    ];
  }
  return expected === undefined && !release.spark.startsWith('3.')
    ? [`catalogs are set up for Spark 3.5 unless the clusters' file says \`release: ${label}\``]
    : [];
}

/** Whether two labels name one release, whatever images of it they name. */
export function isSameRelease(one: string, other: string): boolean {
  const [a, b] = [parseRelease(one), parseRelease(other)];
  if (a === undefined || b === undefined) return one === other;
  return a.isOfSparkAlone === b.isOfSparkAlone && a.major === b.major && a.minor === b.minor;
}

/**
 * Why settings that were made for the release `expected` must not go to one that says of itself that it is `actual`;
 * undefined where they may, or where one of them is not known. `place` says whose the release is.
 */
export function releaseMismatch(
  expected: string | undefined,
  actual: string,
  place: string,
): string | undefined {
  if (expected === undefined || actual === '' || isSameRelease(expected, actual)) return undefined;
  return `${place} is of release ${actual}, and the clusters' file says ${expected}`;
}

export const mismatchHint =
  "Correct release of the cluster or of the preset in the clusters' file.";
