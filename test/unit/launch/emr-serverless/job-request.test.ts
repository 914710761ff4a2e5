import { describe, expect, it } from 'vitest';
import { enginePlan } from '../../../../src/launch/emr-serverless/job-request.ts';
import { launchOf, ownerOf } from '../../../../src/launch/aws/job-tags.ts';
import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import { messageFrom } from '../../../support/clusters-text.ts';
import { fleet, job, roleArn, spec, tag } from './serverless-job.ts';

const withConf = (...more: [string, string][]): EngineJob => ({
  ...job,
  conf: new Map([...job.conf, ...more]),
});

it('makes one job run of an engine, with the names of its secrets in the place of their values', () => {
  const { request, secrets } = enginePlan(job, spec, '00fapplication1');
  expect(request).toEqual({
    applicationId: '00fapplication1',
    clientToken: tag,
    name: `torii-${fleet}-${tag}`,
    executionRoleArn: roleArn,
    executionTimeoutMinutes: 0,
    jobDriver: {
      sparkSubmit: {
        entryPoint: 's3://jars/torii-spark-engine.jar',
        sparkSubmitParameters: '--class io.torii.engine.EngineMain',
      },
    },
    configurationOverrides: {
      applicationConfiguration: [
        {
          classification: 'spark-defaults',
          properties: {
            'spark.hadoop.javax.jdo.option.ConnectionPassword': `EMR.secret@torii/${fleet}/${tag}/0`,
            'spark.emr-serverless.driverEnv.API_TOKEN': `EMR.secret@torii/${fleet}/${tag}/1`,
            'spark.torii.engine.key': `EMR.secret@torii/${fleet}/${tag}/2`,
            'spark.driver.extraJavaOptions': '-Da=b -Dc=d',
            'spark.driver.memory': '4g',
            'spark.app.name': 'kyuubi_USER_alice',
            'spark.emr-serverless.driverEnv.SPARK_USER_NAME': 'alice',
          },
        },
      ],
      monitoringConfiguration: {
        s3MonitoringConfiguration: { logUri: 's3://logs/engines/' },
        managedPersistenceMonitoringConfiguration: { enabled: true },
      },
    },
    tags: {
      team: 'data',
      'torii:fleet': fleet,
      'torii:launch': tag,
      'torii:user': 'alice',
      'torii:group': 'analysts',
      'torii:session': 's-1',
      'torii:preset': 'bi',
    },
  });
  expect([...secrets.values()].map(({ value }) => value)).toEqual([
    'hunter2-of-the-metastore',
    'token-of-the-environment',
    'the-engines-own-key',
  ]);
  const sent = JSON.stringify(request);
  for (const { value } of secrets.values()) expect(sent).not.toContain(value);
});

it('finds launch and owner again in name and tags', () => {
  const { request } = enginePlan(job, spec, '00fapplication1');
  expect(launchOf(request.name, fleet)).toBe(tag);
  expect(launchOf(request.name, 'ba9876543210')).toBeUndefined();
  expect(launchOf('nightly-etl', fleet)).toBeUndefined();
  expect(ownerOf(request.tags)).toEqual(job.owner);
});

it('writes logs where the cluster says, encrypted', () => {
  const kmsKey = 'arn:aws:kms:eu-central-1:111122223333:key/1';
  const logs = { s3: undefined, cloudWatch: { group: '/torii', streamPrefix: 'gw' }, kmsKey };
  const { request } = enginePlan(job, { ...spec, logs, managedLogs: false }, '00fapplication1');
  expect(request.configurationOverrides?.monitoringConfiguration).toEqual({
    managedPersistenceMonitoringConfiguration: { enabled: false },
    cloudWatchLoggingConfiguration: {
      enabled: true,
      logGroupName: '/torii',
      logStreamNamePrefix: 'gw',
      encryptionKeyArn: kmsKey,
    },
  });
});

it('keeps values that need quotes and secrets among the properties, however many settings there are', () => {
  const many = Array.from({ length: 150 }, (_, at): [string, string] => [`spark.x${at}`, 'v']);
  const { request } = enginePlan(withConf(...many), spec, '00fapplication1');
  const [defaults] = request.configurationOverrides?.applicationConfiguration ?? [];
  const { sparkSubmit } = request.jobDriver ?? {};
  expect(Object.keys(defaults?.properties ?? {})).toHaveLength(100);
  expect(defaults?.properties?.['spark.driver.extraJavaOptions']).toBe('-Da=b -Dc=d');
  expect(defaults?.properties?.['spark.torii.engine.key']).toMatch(/^EMR\.secret@/);
  expect(sparkSubmit?.sparkSubmitParameters).toMatch(/ --conf spark\.x149=v/);
  expect(sparkSubmit?.sparkSubmitParameters).not.toMatch(/['"\\]/);
});

describe('is refused before the call', () => {
  const refusals: readonly [string, () => unknown, RegExp][] = [
    [
      'without a role',
      () => enginePlan(withConf(['spark.emr.execution.role', '']), spec, 'a1'),
      /^alice has no execution role on this cluster$/,
    ],
    [
      'with what is no role',
      () => enginePlan(withConf(['spark.emr.execution.role', 'admin']), spec, 'a1'),
      /^the execution role admin is not the ARN of a role$/,
    ],
    [
      'with more settings than EMR takes',
      () => enginePlan(withConf(['spark.x', 'x'.repeat(102_400)]), spec, 'a1'),
      /sparkSubmitParameters\) has \d+ characters, and EMR Serverless takes 102400$/,
    ],
    [
      'with a secret that Secrets Manager does not take',
      () => enginePlan(withConf(['spark.password', 'x'.repeat(65_537)]), spec, 'a1'),
      /^spark\.password has more than 65536 bytes/,
    ],
    [
      "with a session's own name of a secret",
      () => enginePlan(withConf(['spark.x', 'EMR.secret@other']), spec, 'a1'),
      /^spark\.x must not contain EMR\.secret@$/,
    ],
    [
      'with a jar whose name is too long',
      () => enginePlan({ ...job, main: { ...job.main, resource: 'x'.repeat(4097) } }, spec, 'a1'),
      /^the engine jar has 4097 characters, and EMR Serverless takes 4096$/,
    ],
    [
      'with a sidecar',
      () => enginePlan({ ...job, sidecars: [{ name: 'metastore' } as never] }, spec, 'a1'), // its name is all that is looked at
      /wants the container metastore beside the driver/,
    ],
  ];
  it.each(refusals)('%s', (_case, run, message) => {
    expect(messageFrom(run)).toMatch(message);
  });
});
