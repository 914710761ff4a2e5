import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding, ProbeStep, Verdict } from '../../../src/core/finding.ts';
import { AwsStandIn } from '../../support/aws/aws.ts';
import { linkSharedArchives } from '../../support/class-archives.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { sparkEnvironment } from '../../support/spark-thrift-server.ts';
import { startProcess, stopAllProcesses } from '../../support/processes.ts';

interface Report {
  readonly kind: string;
  readonly findings: readonly Finding[];
  readonly steps?: readonly ProbeStep[];
  readonly summary: Readonly<Record<Verdict, number>>;
}

let aws: AwsStandIn;
let gateway: RunningGateway;
let settings: string;

beforeAll(async () => {
  aws = await AwsStandIn.start({ runs: true });
  const { id } = aws.serverless.addApplication({ state: 'STOPPED', startMs: 100 });
  aws.s3.put(
    's3://jars/torii-spark-engine.jar',
    readFileSync(process.env['TORII_ENGINE_JAR'] ?? ''),
  );
  const file = join(aws.dir, 'clusters.yaml');
  writeFileSync(file, clustersOf(id));
  gateway = await startGateway();
  settings = join(aws.dir, 'gateway.conf');
  const { zookeeper = '' } = gateway.ready;
  const lines = {
    'torii.clusters.path': file,
    'kyuubi.ha.addresses': zookeeper,
    'torii.work.dir': join(aws.dir, 'work'),
    'torii.engine.port.range': '50000-50999',
  };
  linkSharedArchives(join(aws.dir, 'work', 'cache'));
  writeFileSync(
    settings,
    Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
}, 120_000);

afterAll(async () => {
  await gateway?.stop();
  await aws?.stop();
  await stopAllProcesses();
});

function clustersOf(application: string): string {
  const quick = `
      spark.driver.memory: 640m
      spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1
      spark.ui.enabled: "false"
      spark.sql.warehouse.dir: ${aws.dir}/warehouse`;
  return `
clusters:
  here:
    kind: local
    fixedConf:${quick}
      spark.master: local[1]
      spark.driver.host: 127.0.0.1
      spark.driver.bindAddress: 127.0.0.1
  serverless:
    kind: emr-serverless
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    applications: [${application}]
    engineJar: s3://jars/torii-spark-engine.jar
    secretsKmsKey: alias/torii
    executionRole: ${aws.role}
    logs: { cloudWatch: {} }
    dynamicAllocation: unmanaged
    fixedConf:${quick}
presets:
  shared:
    cluster: serverless
    shareLevel: USER
`;
}

function start(...args: readonly string[]) {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  return startProcess(
    join(root, 'node_modules', '.bin', 'node'),
    [join(root, 'src', 'main.ts'), 'doctor', '--properties-file', settings, ...args],
    {
      cwd: aws.dir,
      env: {
        ...sparkEnvironment(sparkHome()),
        AWS_ACCESS_KEY_ID: aws.keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey,
      },
      onParentDeath: 'TERM',
    },
  );
}

async function doctor(...args: readonly string[]) {
  const child = start(...args, '--format', 'json');
  const { code } = await child.exited;
  const report = child.stdout === '' ? undefined : (JSON.parse(child.stdout) as Report); // as it is written
  return { code, report, stderr: child.stderr };
}

describe('torii doctor', () => {
  it('starts nothing while it looks, and says what is missing', async () => {
    const { code, report } = await doctor('--cluster', 'serverless');
    expect(code).toBe(1);
    console.error(JSON.stringify(report, undefined, 1));
    expect(aws.serverless.runs.size).toBe(0);
  }, 60_000);

  it('starts an engine', async () => {
    const { code, report, stderr } = await doctor('--cluster', 'serverless', '--launch', '--user', 'alice', '--preset', 'shared');
    console.error(JSON.stringify(report, undefined, 1), stderr);
    expect(code).toBe(1);
  }, 120_000);
  it('starts an engine here', async () => {
    const { code, report, stderr } = await doctor('--cluster', 'here', '--launch', '--user', 'alice');
    console.error(JSON.stringify(report, undefined, 1), stderr);
    expect(code).toBe(0);
  }, 120_000);
});
