import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsSdkJars } from '../../../scripts/test-clients.mjs';
import { AwsStandIn } from '../../support/aws/aws.ts';
import type { Cluster } from '../../support/aws/emr-cluster.ts';
import { runBeeline } from '../../support/client-programs.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { launchLogOf } from '../../support/launch-log.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { newSecret } from '../../support/secrets.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { startYarnCluster } from '../../support/yarn-cluster.ts';
import type { YarnCluster } from '../../support/yarn-cluster.ts';

const password = newSecret();
let yarn: YarnCluster;
let aws: AwsStandIn;
let emr: Cluster;
let gateway: RunningGateway;

beforeAll(async () => {
  yarn = await startYarnCluster(); // first: its ports are only thought free
  aws = await AwsStandIn.start({ runs: true, sdkJars: await awsSdkJars() });
  aws.s3.put(
    's3://jars/torii-spark-engine.jar',
    readFileSync(process.env['TORII_ENGINE_JAR'] ?? ''),
  );
  emr = aws.ec2.addCluster({
    ...{ hadoopConfDir: yarn.confDir, resourceManager: yarn.address, hasRuntimeRoles: true },
  });
  writeFileSync(join(yarn.dir, 'password'), password, { mode: 0o600 });
  const file = join(yarn.dir, 'clusters.yaml');
  writeFileSync(file, clustersOf(yarn));
  gateway = await startGateway({
    conf: {
      'torii.clusters.path': file,
      'torii.clusters.reload.interval': 'PT0.2S',
      'kyuubi.session.engine.idle.timeout': 'PT10S',
      'kyuubi.session.engine.check.interval': 'PT0.5S',
    },
    env: {
      AWS_ACCESS_KEY_ID: aws.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey,
    },
  });
}, 180_000);

afterAll(async () => {
  await gateway?.stop();
  await aws?.stop();
  await yarn?.stop();
  await stopAllProcesses();
});

function clustersOf({ address, confDir, dir }: YarnCluster, memory = '512m'): string {
  return `
clusters:
  lake:
    kind: yarn
    resourceManagers: [${address}]
    hadoopConfDir: ${confDir}
    dynamicAllocation: unmanaged
    fixedConf:
      spark.yarn.jars: "local:${join(sparkHome(), 'jars', '*')}"
      spark.yarn.stagingDir: "file://${join(dir, 'staging')}"
      spark.driver.memory: 640m
      spark.executor.memory: ${memory}
      spark.executor.instances: 2
      spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1
      spark.executor.extraJavaOptions: -XX:TieredStopAtLevel=1
  standing:
    kind: emr-ec2
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    cluster: ${emr.id}
    engineJar: s3://jars/torii-spark-engine.jar
    resourceManagers: [${address}]
    executionRole: ${aws.role}
    dynamicAllocation: unmanaged
    fixedConf:
      spark.yarn.jars: "local:${join(sparkHome(), 'jars', '*')}"
      spark.yarn.stagingDir: "file://${join(dir, 'staging')}"
      spark.driver.memory: 640m
      spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1 -Dtorii.test='two words'
      spark.executor.memory: 512m
      spark.executor.instances: 1
      spark.executor.extraJavaOptions: -XX:TieredStopAtLevel=1
    secrets:
      spark.hadoop.torii.test.password: file:${join(dir, 'password')}
presets:
  etl:
    cluster: lake
    shareLevel: CONNECTION
  bi:
    cluster: standing
    shareLevel: CONNECTION
`;
}

async function open(configuration: Record<string, string>): Promise<Hs2Session> {
  const client = await connectHs2({ port: gateway.port, user: 'alice', password: newSecret() });
  return client.openSession({ configuration });
}

async function applicationOf(session: Hs2Session): Promise<string> {
  return String((await session.run('set spark.app.id')).rows[0]?.[1]);
}

describe('a gateway with a YARN cluster', () => {
  it('gives beeline rows of an engine with two executors', async () => {
    const url = `jdbc:hive2://127.0.0.1:${gateway.port}/default?torii.session.preset=etl`;
    const run = await runBeeline([
      ...['-u', url, '-n', 'alice', '--outputformat=csv2'],
      ...['-e', 'select count(distinct id % 7) as n, sum(id) as s from range(0, 1000, 1, 8)'],
      ...['-e', 'set spark.executor.instances'],
      ...['-e', 'set spark.master'],
    ]);
    expect(run.stdout).toContain('n,s\n7,499500\n');
    expect(run.stdout).toContain('spark.executor.instances,2\n');
    expect(run.stdout).toContain('spark.master,yarn\n');
    expect(run.code).toBe(0);
    await expect.poll(() => yarn.containers(), { timeout: 60_000 }).toBe(0);
  });

  it('tells YARN’s words in the launch log; a changed cluster gets a new engine, and the old one serves the sessions that it has', async () => {
    const settings = { 'kyuubi.session.cluster': 'lake' };
    const first = await open(settings);
    const told = await launchLogOf(first);
    expect(told).toMatch(
      /\[yarn lake\] application_\d+_\d+ is (?:NEW|NEW_SAVING|SUBMITTED|ACCEPTED)/,
    );
    expect(told).toMatch(/\[yarn lake\] RUNNING/);
    const old = await applicationOf(first);
    writeFileSync(join(yarn.dir, 'clusters.yaml'), clustersOf(yarn, '520m'));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const second = await open(settings);
    const young = await applicationOf(second);
    expect(young).not.toBe(old);
    expect(await applicationOf(first)).toBe(old);
    const third = await open(settings);
    expect(await applicationOf(third)).toBe(young);
    for (const session of [first, second, third]) await session.close();
    await expect.poll(() => yarn.containers(), { timeout: 60_000 }).toBe(0);
  });

  it('tells at once what YARN would refuse, with what to do', async () => {
    const inQueue = open({ 'kyuubi.session.cluster': 'lake', 'spark.yarn.queue': 'nope' });
    const session = await inQueue;
    await expect(session.run('select 1')).rejects.toThrow(/queue.*nope[\s\S]*default/i);
    await expect(open({ 'kyuubi.session.cluster': 'sea' })).rejects.toThrow(/sea/);
  });
});

describe('a gateway with a cluster of EMR on EC2', () => {
  it('gives beeline rows of an engine that a step has submitted, with nothing secret in the step', async () => {
    const run = await runBeeline([
      ...['-u', `jdbc:hive2://127.0.0.1:${gateway.port}/default?torii.session.preset=bi`],
      ...['-n', 'alice', '--outputformat=csv2'],
      ...['-e', 'select count(distinct id % 7) as n, sum(id) as s from range(0, 1000, 1, 8)'],
      ...['-e', 'set spark.driver.extraJavaOptions'],
      ...['-e', 'set spark.hadoop.torii.test.password'],
    ]);
    expect(run.stdout).toContain('n,s\n7,499500\n');
    expect(run.stdout).toContain("-Dtorii.test='two words'");
    expect(run.stdout).toContain('spark.hadoop.torii.test.password,*********(redacted)');
    const [step] = aws.ec2.runs.values();
    expect(step).toMatchObject({ life: { state: 'COMPLETED' }, executionRoleArn: aws.role });
    expect(JSON.stringify(step?.input).includes(password)).toBe(false);
    expect(step?.process.log.text('stderr')).not.toContain(password);
    await expect.poll(() => aws.secrets.secrets.size, { timeout: 10_000 }).toBe(0);
    await expect.poll(() => yarn.containers(), { timeout: 60_000 }).toBe(0);
  });

  it('tells of the step and then of its application, and ends a launch that nobody waits for', async () => {
    const session = await open({ 'torii.session.preset': 'bi' });
    const told = await launchLogOf(session);
    expect(told).toMatch(/\[emr-ec2 standing\] s-\w+ is (?:PENDING|RUNNING)/);
    expect(told).toMatch(/\[emr-ec2 standing\] \w+ in queue default/);
    expect(told).toMatch(/\[emr-ec2 standing\] RUNNING/);
    await session.close();
    await expect.poll(() => yarn.containers(), { timeout: 60_000 }).toBe(0);
  });
});
