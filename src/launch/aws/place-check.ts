import { type Finding, failed, ok, unknown } from '../../core/finding.ts';
import type { EmrLogs } from '../../preset/cluster-spec.ts';
import type { AwsQuestions } from './aws-questions.ts';
import { missingOr } from './untold.ts';

/** Whether the engine's jar is where the cluster says. */
export async function jarFinding(
  engineJar: string,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<Finding> {
  const check = 'engine jar';
  if (engineJar.startsWith('local:')) {
    return unknown(check, `${engineJar} is on the image, into which nobody can look from here`);
  }
  if (!/^s3[an]?:\/\/[^/]+\/.+/.test(engineJar)) {
    return failed(
      check,
      `${engineJar} is no place that EMR reads`,
      'Name an object of S3 (s3://bucket/key) or a file of the image (local:///path).',
    );
  }
  try {
    const { bytes } = await ask.object(engineJar, signal);
    if (bytes === 0) return failed(check, `${engineJar} is empty`, 'Upload the jar again.');
    return ok(check, `${engineJar} is there${bytes === undefined ? '' : `, ${bytes} bytes`}`);
  } catch (thrown) {
    return missingOr(check, thrown, `s3:GetObject on ${engineJar}`, {
      seen: `${engineJar} is not there`,
      hint: 'Upload torii-spark-engine.jar, or correct `engineJar` of the cluster.',
    });
  }
}

/** Whether the places of the drivers' logs are there. `ownGroup`: where EMR writes when no group is named. */
export async function logFindings(
  { s3, cloudWatch }: EmrLogs,
  ownGroup: string | undefined,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  if (s3 !== undefined) findings.push(await bucketFinding(s3, ask, signal));
  if (cloudWatch !== undefined) {
    findings.push(await groupFinding(cloudWatch.group ?? ownGroup, ask, signal));
  }
  if (findings.length > 0) return findings;
  return [
    {
      check: 'logs',
      verdict: 'warning',
      seen: "the cluster names no place for the drivers' logs, so that nobody is told why an engine does not come up",
      hint: 'Set `logs.cloudWatch` (read as it is written) or `logs.s3` of the cluster.',
    },
  ];
}

async function bucketFinding(
  uri: string,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `logs in ${uri}`;
  const [, bucket = ''] = /^s3:\/\/([^/]+)/.exec(uri) ?? [];
  try {
    await ask.bucket(bucket, signal);
    return ok(check, `the bucket ${bucket} is there`);
  } catch (thrown) {
    return missingOr(check, thrown, `s3:ListBucket on ${bucket}`, {
      seen: `there is no bucket ${bucket}`,
      hint: 'Make it, or correct `logs.s3` of the cluster.',
    });
  }
}

async function groupFinding(
  group: string | undefined,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `logs in ${group ?? 'CloudWatch'}`;
  if (group === undefined) {
    return failed(check, 'the cluster names no log group', 'Set `logs.cloudWatch.group`.');
  }
  try {
    if (await ask.logGroup(group, signal)) return ok(check, 'the log group is there');
    return {
      check,
      verdict: 'warning',
      seen: 'there is no such log group yet',
      hint: 'Make it, or let the execution roles make it (logs:CreateLogGroup).',
    };
  } catch (thrown) {
    return missingOr(check, thrown, 'logs:DescribeLogGroups', {
      seen: 'there is no such log group',
      hint: 'Make it, or correct `logs.cloudWatch.group` of the cluster.',
    });
  }
}

/** What the key's name alone tells: no call of the services in use describes keys. */
export function keyFinding(key: string, reader: string): Finding {
  const check = `key ${key}`;
  if (/(?:^|:)alias\/aws\//.test(key)) {
    return failed(
      check,
      "it is AWS's own, and EMR reads no secret that such a key encrypts",
      'Make a key whose policy lets EMR decrypt through Secrets Manager, and name it in `secretsKmsKey`.',
    );
  }
  if (
    !/^(?:arn:[\w-]+:kms:[\w-]+:\d{12}:)?(?:alias\/[\w/-]+|key\/[\w-]+|[\da-f-]{36}|mrk-[\da-f]{32})$/.test(
      key,
    )
  ) {
    return failed(check, 'it names no key', 'Give the ARN of a key, its id, or `alias/<name>`.');
  }
  return unknown(
    check,
    `whether it is there and its policy lets ${reader} decrypt is not told by the services that the gateway calls`,
    `Look at its policy: kms:Decrypt for ${reader}, and kms:GenerateDataKey and Decrypt for the gateway.`,
  );
}
