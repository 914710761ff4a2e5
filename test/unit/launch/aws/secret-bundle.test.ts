import { expect, it } from 'vitest';
import { planSecretBundle, readerPolicy } from '../../../../src/launch/aws/secret-bundle.ts';
import { SubmitError, type EngineJob } from '../../../../src/launch/job-platform.ts';
import { secretSettings } from '../../../../src/launch/setting-places.ts';
import { fleet, job as serverlessJob, tag } from '../emr-serverless/serverless-job.ts';

const job: EngineJob = { ...serverlessJob, environment: new Map([['SPARK_USER_NAME', 'alice']]) };
const place = { region: 'eu-central-1', endpoint: undefined };
const manager = 'spark.torii.engine.secrets.manager';

const withConf = (...conf: [string, string][]): EngineJob => ({
  ...job,
  conf: new Map(conf),
  isSecret: secretSettings(/$^/),
});

function refusalOf(plan: () => unknown): SubmitError {
  try {
    plan();
  } catch (thrown) {
    if (thrown instanceof SubmitError) return thrown;
    throw thrown;
  }
  throw new Error('it was planned');
}

it('puts the key and all secret settings into one secret, and points the engine to it', () => {
  const { secret, settings } = planSecretBundle(job, place);
  expect(secret).toEqual({
    name: `torii/${fleet}/${tag}`,
    value:
      'spark.hadoop.javax.jdo.option.ConnectionPassword=hunter2-of-the-metastore\n' +
      'spark.torii.engine.key=the-engines-own-key\n',
  });
  const plain = [...job.conf].filter(([key]) => !key.endsWith('Password'));
  expect(new Map(settings)).toEqual(
    new Map([...plain, [manager, `torii/${fleet}/${tag}`], [`${manager}.region`, 'eu-central-1']]),
  );
});

it('names the endpoint where the cluster has one of its own', () => {
  const endpoint = 'https://vpce-1.example.test';
  const { settings } = planSecretBundle(job, { ...place, endpoint });
  expect(settings.get(`${manager}.endpoint`)).toBe(endpoint);
});

it('lets no setting of the session lead the engine to another secret or give it another key', () => {
  const { secret, settings } = planSecretBundle(
    withConf(
      [manager, 'somebody-elses'],
      [`${manager}.endpoint`, 'https://evil.example.test'],
      ['spark.torii.engine.secrets.file', '/etc/passwd'],
      ['spark.torii.engine.key', 'a-key-that-is-known'],
    ),
    place,
  );
  expect(secret.value).toBe('spark.torii.engine.key=the-engines-own-key\n');
  expect([...settings.keys()]).toEqual([manager, `${manager}.region`]);
});

it('keeps what Spark needs before the engine runs among the plain settings', () => {
  const { secret, settings } = planSecretBundle(
    withConf(
      ['spark.security.credentials.hive.enabled', 'false'],
      ['spark.hadoop.fs.s3a.aws.credentials.provider', 'com.example.Provider'],
      ['spark.hadoop.fs.s3a.secret.key', 'w=orld: ü'],
    ),
    place,
  );
  expect(secret.value).toBe(
    'spark.hadoop.fs.s3a.secret.key=w=orld: \\u00fc\nspark.torii.engine.key=the-engines-own-key\n',
  );
  expect(settings.get('spark.security.credentials.hive.enabled')).toBe('false');
  expect(settings.get('spark.hadoop.fs.s3a.aws.credentials.provider')).toBe('com.example.Provider');
});

it('refuses more secrets than Secrets Manager takes, and names the longest setting, never its value', () => {
  const longest = 'spark.sql.catalog.lake.password';
  const refusal = refusalOf(() =>
    planSecretBundle(
      withConf(['spark.a.password', 'x'.repeat(1000)], [longest, 'y'.repeat(65_000)]),
      place,
    ),
  );
  expect(refusal).toMatchObject({ trouble: 'refused', hint: `Shorten ${longest}.` });
  expect(refusal.message).toContain('65536 bytes');
  expect(refusal.message).not.toContain('yyyy');
});

it('takes secrets of exactly as many bytes as Secrets Manager does', () => {
  const rest = planSecretBundle(withConf(['spark.a.password', '']), place).secret.value.length;
  const { secret } = planSecretBundle(
    withConf(['spark.a.password', 'x'.repeat(65_536 - rest)]),
    place,
  );
  expect(secret.value).toHaveLength(65_536);
  expect(() =>
    planSecretBundle(withConf(['spark.a.password', 'x'.repeat(65_537 - rest)]), place),
  ).toThrow('spark.a.password');
});

it('refuses a secret variable of the environment, which the cluster would show', () => {
  const refusal = refusalOf(() => planSecretBundle(serverlessJob, place));
  expect(refusal).toMatchObject({ trouble: 'refused' });
  expect(refusal.message).toContain('API_TOKEN');
  expect(refusal.message).not.toContain('token-of-the-environment');
});

it("lets the engine's own role alone read the secret", () => {
  const roleArn = 'arn:aws:iam::111122223333:role/engines';
  expect(JSON.parse(readerPolicy(roleArn))).toMatchObject({
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: roleArn },
        Action: 'secretsmanager:GetSecretValue',
      },
    ],
  });
});
