import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AwsStandIn } from '../../support/aws/aws.ts';
import { runBeeline } from '../../support/client-programs.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import types from '#thrift/types';
import { connectHs2, Hs2Operation } from '../../support/hs2-client.ts';
import { newSecret } from '../../support/secrets.ts';
import { stopAllProcesses } from '../../support/processes.ts';

let aws: AwsStandIn;
let gateway: RunningGateway;

beforeAll(async () => {
  aws = await AwsStandIn.start({ runs: true });
  const application = aws.serverless.addApplication({ state: 'STOPPED', startMs: 100 });
  const jar = process.env['TORII_ENGINE_JAR'] ?? '';
  aws.s3.put('s3://jars/torii-spark-engine.jar', readFileSync(jar));
  writeFileSync(join(aws.dir, 'clusters.yaml'), clustersOf(application.id));
  gateway = await newGateway();
}, 120_000);

function newGateway(conf: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  return startGateway({
    conf: {
      'torii.clusters.path': join(aws.dir, 'clusters.yaml'),
      'kyuubi.session.engine.idle.timeout': 'PT5S',
      'kyuubi.session.engine.check.interval': 'PT0.5S',
      ...conf,
    },
    env: {
      AWS_ACCESS_KEY_ID: aws.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey,
    },
  });
}

afterAll(async () => {
  await gateway?.stop();
  await aws?.stop();
  await stopAllProcesses();
});

function clustersOf(application: string): string {
  return `
clusters:
  serverless:
    kind: emr-serverless
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    applications: [${application}]
    engineJar: s3://jars/torii-spark-engine.jar
    secretsKmsKey: alias/torii
    logs: { cloudWatch: {} }
    dynamicAllocation: unmanaged
    roles:
      analyst: { users: [alice], executionRole: '${aws.role}' }
    fixedConf:
      spark.driver.memory: 640m
      spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1 -Dtorii.test='two words'
      spark.ui.enabled: "false"
presets:
  bi:
    cluster: serverless
    shareLevel: CONNECTION
  older:
    cluster: serverless
    shareLevel: CONNECTION
    release: emr-7.9.0
`;
}

describe('a gateway with EMR Serverless', () => {
  it('gives beeline rows of an engine that runs as a job run, with its secrets and its tags', async () => {
    const run = await runBeeline([
      ...['-u', `jdbc:hive2://127.0.0.1:${gateway.port}/default?torii.session.preset=bi`],
      ...['-n', 'alice', '--outputformat=csv2'],
      ...['-e', 'select count(*) as n, sum(id) as s from range(0, 1000, 1, 8)'],
      ...['-e', 'set spark.driver.extraJavaOptions'],
      ...['-e', 'set spark.torii.engine.key'],
    ]);
    expect(run.stdout).toContain('n,s\n1000,499500\n');
    expect(run.stdout).toContain("-Dtorii.test='two words'");
    const [job] = aws.serverless.runs.values();
    expect(job?.tags).toMatchObject({ 'torii:user': 'alice', 'torii:preset': 'bi' });
    expect(job?.input['executionTimeoutMinutes']).toBe(0);
    expect(JSON.stringify(job?.input)).toContain('"spark.torii.engine.key":"EMR.secret@torii/');
    await vi.waitFor(() => expect(aws.secrets.secrets.size).toBe(0), 10_000);
    // Its session has ended, and so does the engine by itself.
    await vi.waitFor(() => expect(job?.life.state).toBe('SUCCESS'), 30_000);
  }, 120_000);

  it('tells in the launch log what EMR says, and then what the driver says', async () => {
    const client = await connectHs2({ port: gateway.port, user: 'alice', password: newSecret() });
    const configuration = {
      'torii.session.preset': 'bi',
      // Else it may be up before its log has been looked at.
      'kyuubi.engine.initialize.sql':
        "select id from range(1) where java_method('java.lang.Thread', 'sleep', 4000L) is null",
    };
    const session = await client.openSession({ configuration });
    const said = (part: string) =>
      Buffer.from(
        session.configuration[`kyuubi.session.engine.launch.handle.${part}`] ?? '',
        'base64',
      );
    const launch = new Hs2Operation(client, {
      operationId: { guid: said('guid'), secret: said('secret') },
      operationType: types.TOperationType.UNKNOWN,
      hasResultSet: false,
    } as never); // the generated types want all of a handle's fields
    await launch.finish();
    const lines = (await launch.fetchLog()).join('\n');
    await session.close();
    client.end();
    expect(lines).toMatch(/\[emr-serverless serverless\] \w+\/\w+ is SUBMITTED/);
    expect(lines).toMatch(/\[emr-serverless serverless\] RUNNING/);
    expect(lines).toMatch(/INFO .*Engine is ready|INFO SparkContext/);
  }, 120_000);

  it('leaves no engine of a connection running when it is killed', async () => {
    const victim = await newGateway({
      'kyuubi.ha.addresses': String(gateway.ready['zookeeper']),
      'torii.engine.security.secret.file': join(gateway.dir, 'work', 'master.secret'),
    });
    const client = await connectHs2({ port: victim.port, user: 'alice', password: newSecret() });
    const session = await client.openSession({ configuration: { 'torii.session.preset': 'bi' } });
    expect((await session.run('select 1 as one')).rows).toEqual([[1]]);
    const alive = () => [...aws.serverless.runs.values()].filter(({ life }) => !life.hasEnded);
    const [job, ...others] = alive();
    expect(others).toEqual([]);
    victim.process.signal('SIGKILL');
    await victim.process.exited;
    await expect(victim.stop()).rejects.toThrow('"signal":"SIGKILL"');
    await vi.waitFor(() => expect(job?.life.state).toBe('SUCCESS'), 30_000);
    expect(alive()).toEqual([]);
  }, 120_000);

  it('starts nothing for a user without a role', async () => {
    const before = aws.serverless.runs.size;
    const run = await runBeeline([
      ...['-u', `jdbc:hive2://127.0.0.1:${gateway.port}/default?torii.session.preset=bi`],
      ...['-n', 'mallory', '-e', 'select 1'],
    ]);
    expect(run.stdout + run.stderr).toMatch(/mallory has no role on the cluster serverless/);
    expect(aws.serverless.runs.size).toBe(before);
  }, 60_000);

  it('starts nothing on a release for which the preset is not made', async () => {
    const before = aws.serverless.runs.size;
    const client = await connectHs2({ port: gateway.port, user: 'alice', password: newSecret() });
    const configuration = { 'torii.session.preset': 'older' };
    const session = await client.openSession({ configuration });
    await expect(session.run('select 1')).rejects.toThrow(
      /is of release emr-7\.10\.0, and the clusters' file says emr-7\.9\.0/,
    );
    expect(aws.serverless.runs.size).toBe(before);
    client.end();
  }, 60_000);
});
