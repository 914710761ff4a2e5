import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMRServerlessClient, ListApplicationsCommand } from '@aws-sdk/client-emr-serverless';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AwsStandIn } from '../../support/aws/aws.ts';

let aws: AwsStandIn;
const clients: { destroy: () => void }[] = [];

beforeEach(async () => {
  aws = await AwsStandIn.start();
  for (const name of ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
  vi.stubEnv('AWS_REGION', aws.region);
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'])
    vi.stubEnv(name, join(aws.dir, 'none'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const client of clients.splice(0)) client.destroy();
  await aws.stop();
});

/** A client that finds its credentials and its endpoint by itself. */
const byDefault = () => {
  const client = new EMRServerlessClient({ region: aws.region, maxAttempts: 1 });
  clients.push(client);
  return client;
};

test('a web identity becomes a session of its role, which is renewed when it ends', async () => {
  const tokenFile = join(aws.dir, 'token');
  writeFileSync(tokenFile, 'a token of the cluster', { mode: 0o600 });
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile);
  vi.stubEnv('AWS_ROLE_ARN', aws.role);
  vi.stubEnv('AWS_ROLE_SESSION_NAME', 'gateway');
  // The client renews what ends within five minutes.
  aws.credentials.sessionMs = 60_000;
  const client = byDefault();
  await client.send(new ListApplicationsCommand({}));
  await client.send(new ListApplicationsCommand({}));
  expect(aws.faults.count('sts:AssumeRoleWithWebIdentity')).toBeGreaterThanOrEqual(2);
  const callers = aws.faults.calls
    .filter(({ operation }) => operation === 'ListApplications')
    .map(({ caller }) => caller);
  expect(callers[0]).toMatch(/^ASIA/);
});

test('a role that does not trust the caller is not assumed', async () => {
  const role = 'arn:aws:iam::123456789012:role/closed';
  aws.roles.add(role, ['emr-serverless.amazonaws.com']);
  const { accessKeyId, secretAccessKey } = aws.keys;
  const config = (arn: string) =>
    [
      ...['[profile base]', `aws_access_key_id=${accessKeyId}`],
      ...[`aws_secret_access_key=${secretAccessKey}`, '[profile gateway]'],
      ...['source_profile=base', `role_arn=${arn}`, ''],
    ].join('\n');
  const send = async (name: string, arn: string) => {
    const file = join(aws.dir, name);
    writeFileSync(file, config(arn), { mode: 0o600 });
    vi.stubEnv('AWS_CONFIG_FILE', file);
    vi.stubEnv('AWS_PROFILE', 'gateway');
    return byDefault().send(new ListApplicationsCommand({}));
  };
  await expect(send('closed', role)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('not authorized to perform: sts:AssumeRole'),
  });
  await expect(send('open', aws.role)).resolves.toHaveProperty('applications');
});

test('a caller is told who it is', async () => {
  const arn = 'arn:aws:sts::123456789012:assumed-role/gateway/one';
  const sts = new STSClient({
    ...{ region: aws.region, endpoint: aws.endpoint },
    credentials: aws.credentials.issue(arn, 60_000),
  });
  clients.push(sts);
  await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
    ...{ Account: '123456789012', Arn: arn },
  });
});

test('objects are put, read in whole and in part, and listed in pages', async () => {
  const s3 = new S3Client(aws.clientOptions());
  clients.push(s3);
  aws.s3.createBucket('logs');
  for (const name of ['a/1', 'a/2', 'b/1 ü']) {
    const put = { Bucket: 'logs', Key: name, Body: `text of ${name}` };
    await s3.send(new PutObjectCommand(put));
  }
  const place = { Bucket: 'logs', Key: 'b/1 ü' };
  const read = async (more = {}) => {
    const { Body } = await s3.send(new GetObjectCommand({ ...place, ...more }));
    return Body?.transformToString();
  };
  await expect(read()).resolves.toBe('text of b/1 ü');
  await expect(read({ Range: 'bytes=5-6' })).resolves.toBe('of');
  await expect(s3.send(new HeadObjectCommand(place))).resolves.toMatchObject({ ContentLength: 14 });
  await expect(read({ Key: 'none' })).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(read({ Bucket: 'none' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
  await expect(read({ Range: 'bytes=99-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  const list = (more = {}) =>
    s3.send(new ListObjectsV2Command({ Bucket: 'logs', MaxKeys: 2, ...more }));
  const first = await list();
  expect(first.Contents?.map(({ Key }) => Key)).toEqual(['a/1', 'a/2']);
  const rest = await list({ ContinuationToken: first.NextContinuationToken });
  expect(rest).toMatchObject({ IsTruncated: false, Contents: [{ Key: 'b/1 ü' }] });
  const folders = await list({ Delimiter: '/' });
  expect(folders.CommonPrefixes).toEqual([{ Prefix: 'a/' }, { Prefix: 'b/' }]);
});
