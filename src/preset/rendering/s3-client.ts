import { isEmrKind } from '../emr-kind.ts';
import { type EmrRelease, parseRelease, readerOfS3 } from '../emr-releases.ts';
import type { Preset } from '../format/preset-schema.ts';

type S3 = NonNullable<Preset['s3']>;

/**
 * How engines read and write S3, in the words of whoever does it there: EMRFS before emr-7.10.0, S3A since and everywhere else.
 * Where nobody says the release, in both: each leaves the other's alone.
 */
export function s3Settings(
  s3: S3,
  clusterKind: string,
  release: string | undefined,
): Map<string, string> {
  return new Map(
    readersOf(clusterKind, release).flatMap((reader) =>
      reader === 'emrfs' ? emrfsSettings(s3) : s3aSettings(s3),
    ),
  );
}

/** Iceberg's own client of S3 takes neither's settings: `catalog` are the settings of one that may have it. */
export function icebergS3Settings(
  { kmsKey }: S3,
  catalog: ReadonlyMap<string, string>,
): Map<string, string> {
  const settings = new Map<string, string>();
  if (kmsKey === undefined) return settings;
  for (const [key, value] of catalog) {
    if (!key.endsWith('.io-impl') || value !== 'org.apache.iceberg.aws.s3.S3FileIO') continue;
    const prefix = key.slice(0, -'.io-impl'.length);
    settings.set(`${prefix}.s3.sse.type`, 'kms');
    settings.set(`${prefix}.s3.sse.key`, kmsKey);
  }
  return settings;
}

function readersOf(clusterKind: string, release: string | undefined): EmrRelease['s3'][] {
  const parsed = release === undefined ? undefined : parseRelease(release);
  if (parsed !== undefined) return [readerOfS3(parsed)];
  return isEmrKind(clusterKind) && release === undefined ? ['emrfs', 's3a'] : ['s3a'];
}

function emrfsSettings({ kmsKey, requesterPays }: S3): [string, string][] {
  const settings: [string, string][] = [];
  if (kmsKey !== undefined) {
    settings.push(['spark.hadoop.fs.s3.enableServerSideEncryption', 'true']);
    settings.push(['spark.hadoop.fs.s3.serverSideEncryption.kms.keyId', kmsKey]);
  }
  if (requesterPays !== undefined) {
    settings.push(['spark.hadoop.fs.s3.useRequesterPaysHeader', String(requesterPays)]);
  }
  return settings;
}

function s3aSettings({ kmsKey, requesterPays }: S3): [string, string][] {
  const settings: [string, string][] = [];
  if (kmsKey !== undefined) {
    settings.push(['spark.hadoop.fs.s3a.encryption.algorithm', 'SSE-KMS']);
    settings.push(['spark.hadoop.fs.s3a.encryption.key', kmsKey]);
  }
  if (requesterPays !== undefined) {
    settings.push(['spark.hadoop.fs.s3a.requester.pays.enabled', String(requesterPays)]);
  }
  return settings;
}
