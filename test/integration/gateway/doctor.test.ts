import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsStandIn } from '../../../scripts/test-clients.mjs';
import type { Finding, ProbeStep, Verdict } from '../../../src/core/finding.ts';
import { AwsStandIn } from '../../support/aws/aws.ts';
import type { Cluster } from '../../support/aws/emr-cluster.ts';
import type { VirtualCluster } from '../../support/aws/emr-containers.ts';
import type { Application } from '../../support/aws/emr-serverless-application.ts';
import { linkSharedArchives } from '../../support/class-archives.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { freePort } from '../../support/free-port.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { sparkEnvironment } from '../../support/spark-thrift-server.ts';
import { processesNaming, startProcess, stopAllProcesses } from '../../support/processes.ts';

interface Report {
  readonly kind: string;
  readonly findings: readonly Finding[];
  readonly steps?: readonly ProbeStep[];
  readonly summary: Readonly<Record<Verdict, number>>;
}

let aws: AwsStandIn;
let gateway: RunningGateway;
let settings: string;
let application: Application;
let virtualCluster: VirtualCluster;
let standing: Cluster;
/** Nobody answers there. */
let manager: string;
let subnet: string;
/** Has IAM and EC2, which the stand-in has not. */
let moto: string;

beforeAll(async () => {
  aws = await AwsStandIn.start({ runs: true });
  moto = await startMoto();
  const network = await makeNetwork();
  subnet = network.subnetIds[0] ?? '';
  application = aws.serverless.addApplication({
    ...{ state: 'STOPPED', startMs: 100, networkConfiguration: network },
  });
  virtualCluster = aws.containers.addVirtualCluster({ state: 'ARRESTED' });
  standing = aws.ec2.addCluster({
    subnetId: subnet,
    workerSecurityGroup: network.securityGroupIds[0] ?? '',
  });
  manager = `http://127.0.0.1:${await freePort()}`;
  aws.s3.put(
    's3://jars/torii-spark-engine.jar',
    readFileSync(process.env['TORII_ENGINE_JAR'] ?? ''),
  );
  const file = join(aws.dir, 'clusters.yaml');
  writeFileSync(file, clustersOf(application.id));
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

async function startMoto(): Promise<string> {
  const [packages, port] = [await awsStandIn(), await freePort()];
  startProcess('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, PYTHONPATH: packages },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await vi.waitFor(() => fetch(`${endpoint}/moto-api/`), { timeout: 60_000, interval: 200 });
  return endpoint;
}

/** A role that trusts somebody else, and a group that lets everybody in at half of the engines' ports. */
async function makeNetwork() {
  const options = { ...aws.clientOptions(), endpoint: moto };
  const [ec2, iam] = [new EC2Client(options), new IAMClient(options)];
  const trust = {
    ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
    Principal: { Service: 'ec2.amazonaws.com' },
  };
  await iam.send(
    new CreateRoleCommand({
      RoleName: aws.role.split('/').at(-1),
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: trust }),
    }),
  );
  const { Vpc: vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }));
  const { Subnet: made } = await ec2.send(
    new CreateSubnetCommand({ VpcId: vpc?.VpcId, CidrBlock: '10.7.1.0/24' }),
  );
  const { GroupId: group = '' } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: 'engines', Description: 'd', VpcId: vpc?.VpcId }),
  );
  const everybody = { IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: group,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 50_000, ToPort: 50_499, ...everybody }],
    }),
  );
  for (const client of [ec2, iam]) client.destroy();
  return { subnetIds: [made?.SubnetId ?? ''], securityGroupIds: [group] };
}

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
  roleless:
    kind: emr-serverless
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    applications: [${aws.serverless.addApplication().id}]
    engineJar: s3://jars/torii-spark-engine.jar
    secretsKmsKey: alias/torii
  eks:
    kind: emr-eks
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    virtualCluster: ${virtualCluster.id}
    releaseLabel: emr-7.10.0-latest
    engineJar: s3://jars/missing.jar
    executionRole: ${aws.role}
  standing:
    kind: emr-ec2
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    cluster: ${standing.id}
    resourceManagers: ["${manager}"]
    engineJar: s3://jars/torii-spark-engine.jar
    executionRole: ${aws.role}
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
    [join(root, 'bin', 'torii.mjs'), 'doctor', '--properties-file', settings, ...args],
    {
      cwd: aws.dir,
      env: {
        ...sparkEnvironment(sparkHome()),
        AWS_ACCESS_KEY_ID: aws.keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey,
        AWS_ENDPOINT_URL_IAM: moto,
        AWS_ENDPOINT_URL_EC2: moto,
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

const seen = (report: Report | undefined, check: string) =>
  report?.findings.find((finding) => finding.check === check);

describe('torii doctor', () => {
  it('starts nothing while it looks, and says what is missing', async () => {
    const { code, report } = await doctor('--cluster', 'serverless');
    expect(code).toBe(1);
    expect(aws.serverless.runs.size).toBe(0);
    expect(application.state).toBe('STOPPED');
    expect(seen(report, 'identity')?.verdict).toBe('ok');
    expect(seen(report, 'engine jar')?.verdict).toBe('ok');
    expect(seen(report, `role ${aws.role}`)).toMatchObject({
      verdict: 'failed',
      seen: expect.stringContaining('does not trust emr-serverless.amazonaws.com'),
    });
    const what = `application ${application.id}`;
    expect(seen(report, `${what} engine ports 50000-50999`)).toMatchObject({
      verdict: 'failed',
      seen: expect.stringMatching(/at 50500-50999$/),
    });
    const zookeeper = `ZooKeeper ${gateway.ready.zookeeper}`;
    expect(seen(report, zookeeper)?.seen).toContain('leads every host to itself');
    expect(seen(report, `${what} subnet ${subnet}`)?.seen).toContain('no way to ZooKeeper');
    expect(seen(report, `${what} way out to ${zookeeper}`)?.verdict).toBe('ok');
    // moto has no such call: nothing is wrong with what nobody tells.
    expect(seen(report, 'rights of the gateway')).toMatchObject({
      verdict: 'unknown',
      hint: expect.stringContaining('emr-serverless:StartJobRun'),
    });
  }, 60_000);

  it('says what is missing on EKS, where EMR tells nothing of the network', async () => {
    const { code, report } = await doctor('--cluster', 'eks');
    expect([code, report?.kind]).toEqual([1, 'emr-eks']);
    expect(aws.containers.runs.size).toBe(0);
    expect(seen(report, 'identity')?.verdict).toBe('ok');
    expect(seen(report, 'release')?.verdict).toBe('ok');
    expect(seen(report, `virtual cluster ${virtualCluster.id}`)).toMatchObject({
      verdict: 'failed',
      seen: expect.stringContaining('it is ARRESTED'),
    });
    expect(seen(report, `role ${aws.role}`)).toMatchObject({
      verdict: 'failed',
      hint: expect.stringContaining('update-role-trust-policy'),
    });
    expect(seen(report, 'engine jar')?.verdict).toBe('failed');
    expect(seen(report, 'rights of the gateway')).toMatchObject({
      verdict: 'unknown',
      hint: expect.stringContaining('emr-containers:StartJobRun'),
    });
    expect(seen(report, 'network')?.hint).toContain('torii doctor --launch');
  }, 60_000);

  it('says what is missing on EC2, with the network of the cluster', async () => {
    const { code, report } = await doctor('--cluster', 'standing');
    expect([code, report?.kind]).toEqual([1, 'emr-ec2']);
    expect(aws.ec2.runs.size).toBe(0);
    const what = `cluster ${standing.id}`;
    for (const check of ['identity', what, `${what} release`, `${what} applications`, 'steps'])
      expect([check, seen(report, check)?.verdict]).toEqual([check, 'ok']);
    expect(seen(report, 'runtime roles')).toMatchObject({
      verdict: 'failed',
      hint: expect.stringContaining('EnableApplicationScopedIAMRole'),
    });
    expect(seen(report, `resource manager ${manager}`)).toMatchObject({
      verdict: 'warning',
      hint: expect.stringContaining('port 8088'),
    });
    expect(seen(report, `${what} engine ports 50000-50999`)).toMatchObject({
      verdict: 'failed',
      seen: expect.stringMatching(/at 50500-50999$/),
    });
    expect(seen(report, `${what} subnet ${subnet}`)?.seen).toContain('no way to ZooKeeper');
  }, 60_000);

  it('starts an engine that is nobody else’s, with a preset that shares engines, and ends it', async () => {
    const options = ['--launch', '--user', 'alice', '--preset', 'shared'];
    const { report } = await doctor('--cluster', 'serverless', ...options);
    expect(seen(report, 'probe engine')?.verdict).toBe('ok');
    expect(seen(report, 'probe engine, its end')?.verdict).toBe('ok');
    const steps = report?.steps ?? [];
    const names = [...new Set(steps.map(({ step }) => step))];
    expect(names.toSorted()).toEqual(
      ['planned', 'submitted', 'accepted', 'cluster', 'registered', 'connected']
        .concat(['first statement', 'ended'])
        .toSorted(),
    );
    expect(steps.map(({ atMs }) => atMs)).toEqual(
      steps.map(({ atMs }) => atMs).toSorted((one, other) => one - other),
    );
    expect(steps.find(({ seen: said }) => said === 'RUNNING')?.step).toBe('cluster');
    const [run, ...others] = aws.serverless.runs.values();
    expect(others).toEqual([]);
    expect(run?.life.state).toBe('SUCCESS');
    expect(run?.tags).toMatchObject({ 'torii:user': 'alice', 'torii:preset': 'shared' });
    expect(JSON.stringify(run?.input)).toContain('CONNECTION_SPARK_SQL');
    expect(aws.secrets.secrets.size).toBe(0);
  }, 120_000);

  it('has nothing to say against a cluster on which all is well', async () => {
    const { code, report } = await doctor('--cluster', 'here', '--launch');
    expect(report?.summary).toMatchObject({ failed: 0, warning: 0, unknown: 0 });
    expect(code).toBe(0);
  }, 120_000);

  it('ends the engine when it is broken off', async () => {
    const child = start('--cluster', 'here', '--launch', '--user', 'bob');
    const [, tag = ''] = await child.waitFor(/submitted: as launch (\S+)/, 60_000, 'stdout');
    await child.waitFor(/accepted: \d+/, 60_000, 'stdout');
    expect(processesNaming(tag)).not.toEqual([]);
    process.kill(child.pid, 'SIGINT');
    const { code } = await child.exited;
    expect(child.stdout).toMatch(/warning +probe engine: it was broken off/);
    expect(child.stdout).toMatch(/ok +probe engine, its end: \d+ has ended/);
    expect(processesNaming(tag)).toEqual([]);
    expect(code).toBe(1);
  }, 120_000);

  it('takes no launch that was refused for an engine that has ended', async () => {
    const { code, report } = await doctor('--cluster', 'roleless', '--launch');
    expect(code).toBe(1);
    expect(seen(report, 'probe engine')).toMatchObject({
      verdict: 'failed',
      seen: expect.stringContaining('has refused the launch'),
    });
    expect(seen(report, 'probe engine, its end')?.seen).toMatch(/has no job of launch \S+ that is/);
    expect(report?.steps?.map(({ step }) => step)).not.toContain('ended');
  }, 60_000);

  it('ends with 2 for a cluster that is not there and for options that make no sense', async () => {
    const unknown = await doctor('--cluster', 'elsewhere');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('serverless')]);
    const without = await doctor('--launch');
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('--cluster NAME')]);
  }, 60_000);
});
