/** What a release of EMR has on its images. */
export interface EmrRelease {
  readonly spark: string;
  /** The Java that Spark runs with unless told otherwise. */
  readonly java: 8 | 17;
  /** Who reads `s3://`: EMR's own file system, or since 7.10 Hadoop's S3A. */
  readonly s3: 'emrfs' | 's3a';
  readonly jars: {
    readonly iceberg: string;
    readonly delta: readonly string[];
  };
}

/** Versions of Spark by release, as the release guide lists them. */
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
};

/** The lines of Spark for which there is an engine. */
const engineLines = /^(?:3\.5|4\.[01])\./;

/** Undefined for a release that the table does not have. Labels are written `emr-7.8.0` or `emr-7.8.0-latest`. */
export function emrReleaseOf(label: string): EmrRelease | undefined {
  const [, major, minor] = /^emr-(\d+)\.(\d+)\.\d+(?:-[a-z0-9-]+)?$/.exec(label) ?? [];
  const spark = sparkByRelease[`${major}.${minor}`];
  if (spark === undefined) return undefined;
  const isSeven = Number(major) >= 7;
  const delta = '/usr/share/aws/delta/lib';
  return {
    spark,
    java: isSeven ? 17 : 8,
    s3: isSeven && Number(minor) >= 10 ? 's3a' : 'emrfs',
    jars: {
      iceberg: '/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar',
      delta: [
        `${delta}/${isSeven ? 'delta-spark' : 'delta-core'}.jar`,
        `${delta}/delta-storage.jar`,
      ],
    },
  };
}

/** Why no engine can run on the release; undefined where one can, and where nobody knows. */
export function releaseProblem(label: string): string | undefined {
  const release = emrReleaseOf(label);
  if (release === undefined || engineLines.test(release.spark)) return undefined;
  return `${label} has Spark ${release.spark}, and the engine needs Spark 3.5 or later`;
}

/** What to tell of a release that the table does not have yet. */
export function releaseNote(label: string): string | undefined {
  return emrReleaseOf(label) === undefined
    ? `the release ${label} is not among those that are known here: its Spark has to be 3.5 or later`
    : undefined;
}
