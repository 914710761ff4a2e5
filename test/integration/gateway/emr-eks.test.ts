import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsSdkJars } from '../../../scripts/test-clients.mjs';
import { AwsStandIn } from '../../support/aws/aws.ts';
import { runBeeline } from '../../support/client-programs.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { stopAllProcesses } from '../../support/processes.ts';

let aws: AwsStandIn;
let gateway: RunningGateway;

beforeAll(async () => {
  aws = await AwsStandIn.start({ runs: true, sdkJars: await awsSdkJars() });
  const { id } = aws.containers.addVirtualCluster();
  aws.s3.put(
    's3://jars/torii-spark-engine.jar',
    readFileSync(process.env['TORII_ENGINE_JAR'] ?? ''),
  );
  const file = join(aws.dir, 'clusters.yaml');
  writeFileSync(file, clustersOf(id));
  gateway = await startGateway({
    conf: {
      'torii.clusters.path': file,
      'kyuubi.session.engine.idle.timeout': 'PT5S',
      'kyuubi.session.engine.check.interval': 'PT0.5S',
    },
    env: {
      AWS_ACCESS_KEY_ID: aws.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey,
    },
  });
}, 120_000);

afterAll(async () => {
  await gateway?.stop();
  await aws?.stop();
  await stopAllProcesses();
});

function clustersOf(virtualCluster: string): string {
  return `
clusters:
  eks:
    kind: emr-eks
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    virtualCluster: ${virtualCluster}
    releaseLabel: emr-7.10.0-latest
    engineJar: s3://jars/torii-spark-engine.jar
    logs: { cloudWatch: { group: /torii/engines } }
    dynamicAllocation: unmanaged
    roles:
      analyst: { users: [alice], executionRole: '${aws.role}' }
    fixedConf:
      spark.driver.memory: 640m
      spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1 -Dtorii.test='two words'
      spark.ui.enabled: "false"
presets:
  bi:
    cluster: eks
    shareLevel: CONNECTION
`;
}

const beeline = (user: string, statements: readonly string[]) =>
  runBeeline([
    ...['-u', `jdbc:hive2://127.0.0.1:${gateway.port}/default?torii.session.preset=bi`],
    ...['-n', user, '--outputformat=csv2'],
    ...statements.flatMap((statement) => ['-e', statement]),
  ]);

describe('a gateway with EMR on EKS', () => {
  it('gives beeline rows of an engine that runs as a job run, with its secret and its tags', async () => {
    const run = await beeline('alice', [
      'select count(*) as n, sum(id) as s from range(0, 1000, 1, 8)',
      'set spark.driver.extraJavaOptions',
      'set spark.torii.engine.key',
    ]);
    const said = run.stdout + run.stderr;
    expect(said).toContain('n,s\n1000,499500\n');
    expect(said).toContain("-Dtorii.test='two words'");
    const [job] = aws.containers.runs.values();
    expect(job?.input['tags']).toMatchObject({ 'torii:user': 'alice', 'torii:preset': 'bi' });
    expect(JSON.stringify(job?.input)).toMatch(
      /"spark\.torii\.engine\.secrets\.manager":"torii\/[0-9a-f]{12}\//,
    );
    await vi.waitFor(() => expect(aws.secrets.secrets.size).toBe(0), 10_000);
    // Its session has ended, and so does the engine by itself.
    await vi.waitFor(() => expect(job?.life.state).toBe('COMPLETED'), 30_000);
  }, 120_000);

  it('starts nothing for a user without a role', async () => {
    const before = aws.containers.runs.size;
    const run = await beeline('mallory', ['select 1']);
    expect(run.stdout + run.stderr).toMatch(/mallory has no role on the cluster eks/);
    expect(aws.containers.runs.size).toBe(before);
  }, 60_000);
});
