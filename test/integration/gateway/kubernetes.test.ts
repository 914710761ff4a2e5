import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBeeline } from '../../support/client-programs.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import type { Pod } from '../../support/kubernetes/pod.ts';
import { launchLogOf } from '../../support/launch-log.ts';
import { newSecret } from '../../support/secrets.ts';
import { imageOf, KubernetesGatewayLab, namespace, roleOf } from './kubernetes-gateway-lab.ts';

/** What a session may take to hear what the cluster has told. */
const tellLimitMs = 2000;

let lab: KubernetesGatewayLab;
let gateway: RunningGateway;
const password = newSecret();
const token = newSecret();

beforeAll(async () => {
  lab = await KubernetesGatewayLab.start();
  lab.keep('lake', 'token', token);
  writeFileSync(lab.clustersFile, clustersOf(lab));
  gateway = await start();
});

afterAll(async () => {
  await gateway?.stop();
  await lab?.stop();
});

function start(conf: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  return startGateway({
    conf: {
      'torii.clusters.path': lab.clustersFile,
      'torii.clusters.reload.interval': 'PT0.2S',
      'kyuubi.session.engine.idle.timeout': 'PT10S',
      'kyuubi.session.engine.check.interval': 'PT0.5S',
      ...conf,
    },
    env: { KUBECONFIG: lab.kubeconfig, LAKE_PASSWORD: password },
  });
}

function clustersOf({ kubeconfig, cluster }: KubernetesGatewayLab, idle = 'PT1H'): string {
  return `
clusters:
  lake:
    kind: kubernetes
    kubeconfig: ${kubeconfig}
    namespace: ${namespace}
    serviceAccount: spark
    image: spark:test
    engineJar: local:///opt/torii/torii-spark-engine.jar
    fixedConf:
      spark.local.dir: /var/data/spark
      spark.sql.warehouse.dir: file:/tmp/warehouse
      spark.kubernetes.driver.master: ${cluster.plainUrl}
      spark.kubernetes.allocation.batch.delay: 100ms
      spark.driver.extraJavaOptions: -XX:TieredStopAtLevel=1
      spark.executor.extraJavaOptions: -XX:TieredStopAtLevel=1
presets:
  etl:
    cluster: lake
    shareLevel: CONNECTION
    sizes:
      driver: { memory: 512m }
      executor: { memory: 512m, instances: 2, max: 2 }
    secrets:
      spark.hadoop.lake.login: env:LAKE_PASSWORD
    environment:
      LAKE_TOKEN: kubernetes:${namespace}/lake/token
    fixedConf:
      spark.scheduler.minRegisteredResourcesRatio: "1.0"
      spark.scheduler.maxRegisteredResourcesWaitingTime: 60s
  bi:
    cluster: lake
    shareLevel: USER
    idleTimeout: ${idle}
    sizes: { driver: { memory: 512m }, executor: { memory: 512m } }
  no-image: { cluster: lake, shareLevel: CONNECTION, image: "nowhere:1" }
  broken: { cluster: lake, shareLevel: CONNECTION, image: "broken:test" }
  huge: { cluster: lake, shareLevel: CONNECTION, sizes: { driver: { memory: 999g } } }
`;
}

async function open(
  preset: string,
  settings: Readonly<Record<string, string>> = {},
  through = gateway,
): Promise<Hs2Session> {
  const client = await connectHs2({ port: through.port, user: 'alice', password: newSecret() });
  return client.openSession({ configuration: { 'torii.session.preset': preset, ...settings } });
}

async function applicationOf(session: Hs2Session): Promise<string> {
  return String((await session.run('set spark.app.id')).rows[0]?.[1]);
}

interface Failure {
  readonly message: string;
  readonly atMs: number;
}

/** How a session fails whose engine does not start. */
async function failureOf(preset: string, settings = {}): Promise<Failure> {
  const session = await open(preset, settings);
  try {
    await session.run('select 1');
  } catch (thrown) {
    return { message: String(thrown), atMs: performance.now() };
  }
  throw new Error(`a session with preset ${preset} works`);
}

function waitsFor(pod: Pod): string {
  const state = pod.status.containerStatuses?.[0]?.state;
  return state !== undefined && 'waiting' in state ? (state.waiting.reason ?? '') : '';
}

function tell(what: string, ms: number): void {
  process.stdout.write(
    `${what}: the session failed ${Math.round(ms)} ms after the cluster's word\n`,
  );
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a gateway with a Kubernetes cluster', () => {
  // An image may come after all: the cluster is given half a minute, in which the other tests run.
  let withoutImage: Promise<Failure>;

  it('gives beeline rows of two executor pods, and the engine the secrets that its preset refers to', async () => {
    withoutImage = failureOf('no-image');
    withoutImage.catch(() => {});
    const url = `jdbc:hive2://127.0.0.1:${gateway.port}/default?kyuubi.session.cluster=lake;torii.session.preset=etl`;
    const held = (call: string): string => `sha2(java_method('java.lang.System',${call}),256)`;
    const run = await runBeeline([
      ...['-u', url, '-n', 'alice', '--outputformat=csv2'],
      ...['-e', 'select count(distinct id % 7) as n, sum(id) as s from range(0, 1000, 1, 8)'],
      ...['-e', `select ${held("'getProperty','spark.hadoop.lake.login'")} as login`],
      ...['-e', `select ${held("'getenv','LAKE_TOKEN'")} as token`],
    ]);
    expect(run.stdout).toContain('n,s\n7,499500\n');
    expect(run.stdout).toContain(`login\n${digest(password)}\n`);
    expect(run.stdout).toContain(`token\n${digest(token)}\n`);
    expect(run.code).toBe(0);
    const executors = lab.seen.filter(({ pod }) => roleOf(pod) === 'executor');
    expect(new Set(executors.map(({ pod }) => pod.metadata.name)).size).toBe(2);
  });

  it('ends the engine of a connection with its session', async () => {
    const isAlive = ({ metadata, status }: Pod): boolean =>
      metadata.labels?.['torii.io/preset'] === 'etl' &&
      (status.phase === 'Pending' || status.phase === 'Running');
    const alive = (): number => lab.cluster.pods(namespace).filter(isAlive).length;
    await expect.poll(alive, { timeout: 30_000 }).toBe(0);
  });

  it('shows no secret that a preset refers to in any pod, event or log of the cluster', () => {
    const shown = JSON.stringify([lab.seen, lab.cluster.events()]);
    for (const secret of [password, token]) expect(shown).not.toContain(secret);
  });

  it('tells the cluster’s states and events in the launch log, and leaves the engine of a user to the next gateway', async () => {
    const other = await start({
      'kyuubi.ha.addresses': String(gateway.ready['zookeeper']),
      'torii.engine.security.secret.file': join(gateway.dir, 'work', 'master.secret'),
    });
    const there = await open('bi', {}, other);
    const told = await launchLogOf(there);
    expect(told).toMatch(/\[kubernetes lake\] engines\/torii-[\w-]+ is Pending/);
    expect(told).toMatch(/pod: Scheduled: Successfully assigned engines\/torii-/);
    expect(told).toMatch(/\[kubernetes lake\] Running/);
    const application = await applicationOf(there);
    await there.close();
    await other.stop();
    const here = await open('bi');
    expect(await applicationOf(here)).toBe(application);
    await here.close();
  });

  it('has a new engine where a preset has changed, and the old one serves the sessions that it has', async () => {
    const first = await open('bi');
    const old = await applicationOf(first);
    writeFileSync(lab.clustersFile, clustersOf(lab, 'PT10S'));
    await expect
      .poll(() => gateway.process.stderr, { timeout: 10_000 })
      .toMatch(/clusters in use[^]*clusters in use/);
    const second = await open('bi');
    const young = await applicationOf(second);
    expect(young).not.toBe(old);
    expect(await applicationOf(first)).toBe(old);
    const third = await open('bi');
    expect(await applicationOf(third)).toBe(young);
    for (const session of [first, second, third]) await session.close();
    const isAlive = ({ metadata, status }: Pod): boolean =>
      metadata.labels?.['torii.io/preset'] === 'bi' && status.phase === 'Running';
    const alive = (): number => lab.drivers().filter(isAlive).length;
    await expect.poll(alive, { timeout: 60_000 }).toBeLessThan(2);
  });

  it('says at once why a driver ended, with its last lines', async () => {
    const { message, atMs } = await failureOf('broken');
    expect(message).toContain('[kubernetes lake] engines/torii-');
    expect(message).toContain('Failed (Error)');
    expect(message).toContain('ended with exit code 3');
    expect(message).toContain('no disk in drive A');
    expect(message).toContain("Hint: The driver's last log lines tell more.");
    const ended = (pod: Pod): boolean =>
      imageOf(pod) === 'broken:test' && pod.status.phase === 'Failed';
    const ms = atMs - lab.firstSeenMs(ended);
    tell('a driver that ended', ms);
    expect(ms).toBeLessThan(tellLimitMs);
  });

  it('says why a driver has no node when its time is over', async () => {
    const { message } = await failureOf('huge', {
      'kyuubi.session.engine.initialize.timeout': 'PT3S',
    });
    expect(message).toContain('Pending (Unschedulable)');
    expect(message).toContain('0/1 nodes are available: 1 Insufficient memory');
    expect(message).toMatch(/Hint: No node has room/);
    const isHuge = ({ metadata }: Pod): boolean => metadata.labels?.['torii.io/preset'] === 'huge';
    await expect.poll(() => lab.drivers().some(isHuge), { timeout: 10_000 }).toBe(false);
  });

  it('says why an image can’t be had once the cluster has tried for half a minute', async () => {
    const { message, atMs } = await withoutImage;
    expect(message).toMatch(/Pending \((?:ErrImagePull|ImagePullBackOff)\)/);
    expect(message).toContain('nowhere:1');
    expect(message).toMatch(/Hint: Check the name of the image/);
    const pulls = (pod: Pod): boolean => imageOf(pod) === 'nowhere:1' && /Pull/.test(waitsFor(pod));
    const ms = atMs - lab.firstSeenMs(pulls) - 30_000;
    tell('an image that never came', ms);
    expect(ms).toBeLessThan(tellLimitMs);
  });
});
