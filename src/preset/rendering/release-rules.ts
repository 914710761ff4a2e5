import { GatewayError } from '../../core/errors.ts';
import type { Settings } from '../../config/entry.ts';
import {
  isSince,
  oldestJavaOfSpark4,
  parseRelease,
  readerOfS3,
  type ReleaseLabel,
} from '../emr-releases.ts';
import type { JoinedSetting } from '../setting-source.ts';

/** What a setting does, or fails to do, on some releases of EMR. */
interface ReleaseRule {
  /** Finds the setting's name. */
  readonly name: RegExp;
  /** No engine could do its work: files that say so are refused. Else the launch log has it. */
  readonly isFatal: boolean;
  /** Undefined where the setting is right. */
  readonly why: (value: string, release: ReleaseLabel) => string | undefined;
}

const s3aFileSystem = 'org.apache.hadoop.fs.s3a.S3AFileSystem';
const providers = /^spark\.hadoop\.fs\.s3a\.(?:bucket\.[^.]+\.)?aws\.credentials\.provider$/;

const rules: readonly ReleaseRule[] = [
  {
    name: /^spark\.hadoop\.fs\.s3n?\.impl$/,
    isFatal: true,
    why: (value, release) =>
      value === s3aFileSystem && readerOfS3(release) === 'emrfs'
        ? 'EMRFS reads s3:// there, and S3A is not set up for it: leave it out, or take emr-7.10.0 or later'
        : undefined,
  },
  {
    name: /^spark\.hadoop\.fs\.s3a\./,
    isFatal: false,
    why: (_, release) =>
      readerOfS3(release) === 'emrfs'
        ? 'it counts for s3a:// alone there: EMRFS reads s3://, by settings that begin with spark.hadoop.fs.s3.'
        : undefined,
  },
  {
    name: /^spark\.hadoop\.fs\.s3\.(?!impl$)/,
    isFatal: false,
    why: (_, release) =>
      readerOfS3(release) === 's3a'
        ? 'it is a setting of EMRFS, and S3A reads s3:// there: EMR translates those that it knows, and spark.hadoop.fs.s3a. has all'
        : undefined,
  },
  {
    name: providers,
    isFatal: true,
    why: (value, { isOfSparkAlone }) => {
      if (!isOfSparkAlone) return undefined;
      const old = ofOldSdk(value);
      return old === undefined
        ? undefined
        : `${old} is of AWS's SDK 1, which is not there: leave it out, or name a class of software.amazon.awssdk`;
    },
  },
  {
    name: providers,
    isFatal: false,
    why: (value, release) => {
      if (release.isOfSparkAlone || readerOfS3(release) === 'emrfs') return undefined;
      const old = ofOldSdk(value);
      return old === undefined
        ? undefined
        : `${old} is of AWS's SDK 1, which S3A takes only as long as images have both: EMR sets up a provider by itself`;
    },
  },
  {
    name: /^(?:spark\.(?:executorEnv|emr-serverless\.driverEnv|yarn\.appMasterEnv|kubernetes\.driverEnv)|kyuubi\.engineEnv)\.JAVA_HOME$/,
    isFatal: true,
    why: (value, { isOfSparkAlone }) => {
      const java = javaOf(value);
      return isOfSparkAlone && java !== undefined && java < oldestJavaOfSpark4
        ? `Spark 4 needs Java ${oldestJavaOfSpark4} or later, and this is Java ${java}`
        : undefined;
    },
  },
  {
    name: /^spark\.sql\.iceberg\.data-prefetch\.enabled$/,
    isFatal: false,
    why: (value, release) =>
      value !== 'true' || release.isOfSparkAlone || isSince(release, 7, 12)
        ? undefined
        : 'it is there from emr-7.12.0 on, and without effect before',
  },
];

/** Throws CONFIG_INVALID, naming setting and source, for what keeps engines of the release from their work. */
export function refuseForRelease(
  label: string | undefined,
  settings: ReadonlyMap<string, JoinedSetting>,
): void {
  for (const [key, { value, sources }] of settings) {
    const why = reasonOf(label, key, value, true);
    if (why === undefined) continue;
    throw new GatewayError(
      'CONFIG_INVALID',
      `${key} of ${sources.join(' and ')} does not go with ${label}: ${why}`,
    );
  }
}

/** What is to be told of a launch's settings, whoever says them, as sentences: of values they show classes alone. */
export function releaseNotes(label: string | undefined, settings: Settings): readonly string[] {
  return [...settings].flatMap(([key, value]) => {
    const why = reasonOf(label, key, value, false) ?? reasonOf(label, key, value, true);
    return why === undefined ? [] : [`${key} on ${label}: ${why}`];
  });
}

function reasonOf(
  label: string | undefined,
  key: string,
  value: string,
  isFatal: boolean,
): string | undefined {
  const release = label === undefined ? undefined : parseRelease(label);
  if (release === undefined) return undefined;
  for (const rule of rules) {
    if (rule.isFatal !== isFatal || !rule.name.test(key)) continue;
    const why = rule.why(value, release);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Hadoop puts its own or the new SDK's in the place of these. */
const translated: ReadonlySet<string> = new Set([
  'com.amazonaws.auth.AnonymousAWSCredentials',
  'com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper',
  'com.amazonaws.auth.InstanceProfileCredentialsProvider',
  'com.amazonaws.auth.EnvironmentVariableCredentialsProvider',
  'com.amazonaws.auth.profile.ProfileCredentialsProvider',
]);

/** The first of the classes that only the old SDK has. */
function ofOldSdk(classes: string): string | undefined {
  return classes
    .split(',')
    .map((one) => one.trim())
    .find((one) => one.startsWith('com.amazonaws.auth.') && !translated.has(one));
}

/** By the names under which Amazon's images have their Javas. */
function javaOf(home: string): number | undefined {
  const [, version] = /\/(?:java|jre|jdk)-(?:1\.)?(\d+)\b/.exec(home) ?? [];
  return version === undefined ? undefined : Number(version);
}
