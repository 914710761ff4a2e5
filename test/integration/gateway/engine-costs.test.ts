import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Discovery } from '../../../src/discovery/discovery.ts';
import { AwsStandIn } from '../../support/aws/aws.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { runProcess } from '../../support/processes.ts';
import { newSecret } from '../../support/secrets.ts';
import { zooKeeperHarness, type ZooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const wait = { timeout: 60_000, interval: 200 };

let zooKeeper: ZooKeeperServer;
let aws: AwsStandIn;
let harness: ZooKeeperHarness;
let discovery: Discovery;
const gateways = new Set<RunningGateway>();
const clients: { readonly end: () => void }[] = [];

beforeAll(async () => {
  // No run is billed for less than a minute, and here a minute lasts longer than the test.
  [zooKeeper, aws] = await Promise.all([
    ZooKeeperServer.start(),
    AwsStandIn.start({ minuteMs: 600_000 }),
  ]);
  harness = await zooKeeperHarness(zooKeeper.addresses);
  discovery = await harness.newDiscovery();
  const application = aws.serverless.addApplication({ state: 'STARTED' });
  aws.s3.put('s3://jars/engine.jar', 'no engine comes up');
  writeFileSync(join(aws.dir, 'clusters.yaml'), clustersOf(application.id));
}, 60_000);

afterAll(async () => {
  for (const client of clients) client.end();
  await Promise.all([...gateways].map((gateway) => gateway.stop()));
  await harness?.stop();
  await aws?.stop();
  await zooKeeper?.stop();
});

function clustersOf(application: string): string {
  return `
clusters:
  lake:
    kind: emr-serverless
    region: ${aws.region}
    endpoint: ${aws.endpoint}
    applications: [${application}]
    engineJar: s3://jars/engine.jar
    secretsKmsKey: alias/torii
    executionRole: '${aws.role}'
    dynamicAllocation: unmanaged
    prices:
      currency: USD
      perVcpuHour: 0.6
      perMemoryGbHour: 0.1
      perStorageGbHour: 0.003
      perEngine: 0.0001
    fixedConf:
      spark.driver.cores: 2
      spark.driver.memory: 4g
      spark.executor.cores: 1
      spark.executor.memory: 2g
      spark.executor.instances: 1
presets:
  bi: { cluster: lake }
`;
}

async function newGateway(name: string): Promise<RunningGateway> {
  const gateway = await startGateway({
    conf: {
      'kyuubi.ha.addresses': zooKeeper.addresses,
      'torii.engine.security.secret.file': join(aws.dir, 'master.secret'),
      'torii.clusters.path': join(aws.dir, 'clusters.yaml'),
      'torii.audit.destination': 'file',
      'torii.audit.file': auditFile(name),
    },
    env: {
      AWS_ACCESS_KEY_ID: aws.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey,
    },
  });
  gateways.add(gateway);
  return gateway;
}

function auditFile(name: string): string {
  return join(aws.dir, `${name}.log`);
}

/** The run of a user's engine; it never comes up, and ends when the test says so. */
async function launch(gateway: RunningGateway, user: string) {
  const client = await connectHs2({ port: gateway.port, user, password: newSecret() });
  await client.openSession({ configuration: { 'torii.session.preset': 'bi' } });
  const run = () =>
    [...aws.serverless.runs.values()].find(({ tags }) => tags['torii:user'] === user);
  await expect.poll(() => run()?.life.state, wait).toBe('RUNNING');
  clients.push(client); // a launch that nobody waits for any more is ended
  const found = run();
  if (found === undefined) throw new Error(`no run of ${user}`);
  return found;
}

/** What the audit trails of all gateways say of ended engines. */
function ends(): readonly Record<string, unknown>[] {
  const lines = ['one', 'two']
    .map(auditFile)
    .flatMap((file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []));
  return lines
    .filter((line) => line.includes('"engine-end"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Whose ends are told, and how many engines wait for theirs. */
async function untilTold(users: readonly string[], waiting: number): Promise<void> {
  await expect
    .poll(
      () =>
        ends()
          .map(({ user }) => String(user))
          .toSorted((a, b) => a.localeCompare(b)),
      wait,
    )
    .toEqual(users);
  const notes = async () => (await discovery.noteNames('/kyuubi_1_bills/lake')).length;
  await expect.poll(notes, wait).toBe(waiting);
}

async function costs(...argv: readonly string[]) {
  return runProcess(
    join(root, 'node_modules', '.bin', 'node'),
    [join(root, 'bin', 'torii.mjs'), 'costs', ...argv],
    { cwd: aws.dir, env: { PATH: process.env['PATH'] } },
  );
}

it('each engine is billed once, though its gateway is killed or nobody looks when it ends, and torii costs sums them', async () => {
  const [one, two] = await Promise.all([newGateway('one'), newGateway('two')]);
  const alice = await launch(one, 'alice');
  const bob = await launch(two, 'bob');
  const carol = await launch(one, 'carol');
  alice.life.succeed();
  await untilTold(['alice'], 2);

  one.process.signal('SIGKILL');
  await one.process.exited;
  gateways.delete(one);
  await expect(one.stop()).rejects.toThrow('"signal":"SIGKILL"');
  bob.life.fail('out of memory');
  await untilTold(['alice', 'bob'], 1);
  await two.stop();
  gateways.delete(two);
  carol.life.succeed();
  await newGateway('one');
  await untilTold(['alice', 'bob', 'carol'], 0);

  const said = ends().toSorted((a, b) => String(a['user']).localeCompare(String(b['user'])));
  const runs = [alice, bob, carol];
  expect(said.map(({ job, user }) => [job, user])).toEqual(
    runs.map(({ id, application }, i) => [`${application.id}/${id}`, ['alice', 'bob', 'carol'][i]]),
  );
  expect(said.map(({ outcome }) => outcome)).toEqual(['ok', 'failed', 'ok']);
  expect(said[2]).toMatchObject({
    ...{ cluster: 'lake', kind: 'emr-serverless', preset: 'bi', billing: 'billed' },
    ...{ vcpuSeconds: 1800, memoryMibSeconds: 3_686_400, storageGbSeconds: 24_000 },
    ...{ cost: '0.4201', currency: 'USD', endTime: new Date(carol.life.endedAtMs ?? 0).toJSON() },
  });

  const files = [auditFile('one'), auditFile('two')];
  const byUser = await costs('--by', 'user,preset', '--format', 'csv', ...files);
  expect(byUser.stdout.split('\r\n')).toEqual([
    'user,preset,currency,engines,billed,vcpuHours,memoryGbHours,storageGbHours,cost',
    ...['alice', 'bob', 'carol'].map((user) => `${user},bi,USD,1,1,0.500,1.000,6.667,0.4201`),
    '',
  ]);
  expect(byUser).toMatchObject({ code: 0, stderr: '' });
  const configured = ['--conf', 'torii.audit.destination=file'];
  const ofTwo = await costs(...configured, '--conf', `torii.audit.file=${auditFile('two')}`);
  const all = await costs('--by', 'cluster', ...files);
  expect(all.stdout).toMatch(/^ lake +\| USD +\| +3 \| +3 \| +1\.500 \|.*\| 1\.2603$/m);
  expect(ofTwo.code).toBe(0);
  expect(ofTwo.stdout).toContain(' bob ');
}, 180_000);
