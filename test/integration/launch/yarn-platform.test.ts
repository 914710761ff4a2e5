import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintToken } from '../../../src/engine/engine-token.ts';
import type { EngineNode } from '../../../src/discovery/discovery.ts';
import type { EngineJob, JobView } from '../../../src/launch/job-platform.ts';
import type { YarnPlatform } from '../../../src/launch/yarn/yarn-platform.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { processesNaming, stopAllProcesses } from '../../support/processes.ts';
import { filesBelow } from '../../support/secret-search.ts';
import { startYarnCluster, type YarnCluster } from '../../support/yarn-cluster.ts';
import { zooKeeperHarness, type ZooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';
import { ClusterLaunchers } from './cluster-launchers.ts';
import { launcherContract } from './launcher-contract.ts';
import { HeardJobs, never, until, YarnLab } from './yarn-lab.ts';

let yarn: YarnCluster;
let zooKeeper: ZooKeeperServer;
let harness: ZooKeeperHarness;
let lab: YarnLab;
let platform: YarnPlatform;
const heard = new HeardJobs();
const following = new AbortController();
const launchers = new ClusterLaunchers();
let followed: Promise<void>;

beforeAll(async () => {
  zooKeeper = await ZooKeeperServer.start();
  yarn = await startYarnCluster();
  harness = await zooKeeperHarness(zooKeeper.addresses);
  lab = new YarnLab(yarn);
  platform = lab.platform();
  platform.hurry(true);
  followed = platform.follow(heard, following.signal);
});

afterAll(async () => {
  following.abort();
  await followed;
  await launchers.stop();
  await harness.stop();
  await yarn.stop();
  await zooKeeper.stop();
  await stopAllProcesses();
});

const silent = (): void => undefined;

async function submitted(job: EngineJob, by = platform): Promise<string> {
  return by.submit(job, silent, never);
}

describe('an engine on YARN', () => {
  const space = '/yarn_test_SPARK_SQL/alice/default';
  let job: EngineJob;
  let ref: string;
  let node: EngineNode;
  const said: string[] = [];
  const logged: string[] = [];

  it('is handed over, registers, and answers from two executors', async () => {
    job = lab.job({
      'spark.kyuubi.ha.addresses': zooKeeper.addresses,
      'spark.kyuubi.ha.namespace': space,
      'spark.kyuubi.engine.share.level': 'USER',
      'spark.kyuubi.engine.security.enabled': 'true',
      'spark.kyuubi.engine.security.crypto.keyLength': '256',
      'spark.torii.engine.bind.host': '127.0.0.1',
      'spark.torii.engine.advertised.host': '127.0.0.1',
      'spark.scheduler.minRegisteredResourcesRatio': '1.0',
    });
    ref = await platform.submit(job, (line) => said.push(line), never);
    expect(ref).toMatch(/^application_\d+_\d+$/);
    const view = await until(() => heard.job(job.tag));
    void gatherLog(view);
    const discovery = await harness.newDiscovery();
    node = await until(async () => {
      const nodes = await discovery.engines(space, { fresh: true, signal: never });
      const job = heard.states.find((line) => line.endsWith('FAILED'));
      if (job !== undefined) throw new Error(`${job}: ${logged.join('\n')}`);
      return nodes[0];
    });
    expect(node.refId).toBe(job.tag);
    const settings = { keyLengthBits: 256, lifetimeMs: 600_000 };
    const password = mintToken(lab.engineKey, settings, Date.now());
    const client = await connectHs2({ port: node.port, user: 'alice', password });
    const session = await client.openSession();
    const container = "java_method('java.lang.System', 'getenv', 'CONTAINER_ID')";
    const { rows } = await session.run(`select id, ${container} from range(0, 4000, 1, 8)`);
    client.end();
    expect(rows).toHaveLength(4000);
    expect(new Set(rows.map(([, name]) => String(name))).size).toBe(2);
  });

  it('is told of with state, page, use and owner', async () => {
    const view = await until(() => {
      const job_ = heard.job(job.tag);
      return job_?.state.kind === 'running' ? job_ : undefined;
    });
    expect(view).toMatchObject({ tag: job.tag, ref, platformState: 'RUNNING', reason: undefined });
    expect(view.owner).toEqual({ user: 'Älice, B.', session: job.owner.session, preset: 'small' });
    expect(view.link).toContain(ref);
    expect(view.usage?.memoryMibSeconds).toBeGreaterThan(0);
    expect(heard.states).toContainEqual(
      expect.stringMatching(new RegExp(`^${job.tag} ACCEPTED in queue default`)),
    );
  });

  it('is told of by its log while it comes up', async () => {
    await until(() => logged.some((line) => line.includes('ApplicationMaster')));
    expect(said.join('\n')).toContain(`Submitted application ${ref}`);
    expect([...said, ...logged].join('\n')).not.toContain(lab.engineKey);
  });

  it('has its key in one file of its own folder, and nowhere else', () => {
    const holders = filesBelow(yarn.dir).filter((path) =>
      readFileSync(path).includes(lab.engineKey),
    );
    expect(holders.length).toBeGreaterThan(0);
    expect(new Set(holders.map((path) => basename(path)))).toEqual(
      new Set(['torii-engine.secrets']),
    );
    for (const { commandLine } of processesNaming(yarn.dir)) {
      expect(commandLine).not.toContain(lab.engineKey);
    }
  });

  it('is not made a second time', async () => {
    const otherGateway = lab.platform();
    expect(await submitted(job, otherGateway)).toBe(ref);
    expect((await otherGateway.list(never)).filter(({ tag }) => tag === job.tag)).toHaveLength(1);
  });

  it('outlives the resource manager, which is unreachable meanwhile', async () => {
    await yarn.stopManager();
    await until(() => heard.troubles.length > 0);
    expect(heard.job(job.tag)?.state.kind).toBe('running');
    await expect(platform.list(never)).rejects.toThrow(/no active resource manager answers/);
    const other = submitted(lab.job());
    await expect(other).rejects.toMatchObject({ name: 'SubmitError', trouble: 'busy' });
    await yarn.startManager();
    const { told } = heard;
    await until(() => heard.told > told + 1);
    expect(await until(() => heard.job(job.tag)?.platformState)).toMatch(/^(?:ACCEPTED|RUNNING)/);
  });

  it('ends when it is killed', async () => {
    await platform.kill(job.tag, undefined, never);
    const view = await until(() => {
      const now = heard.job(job.tag);
      return now?.state.kind === 'ended' ? now : undefined;
    });
    expect(view.state).toEqual({ kind: 'ended', outcome: 'killed' });
    expect(view.reason).toMatch(/killed by user/i);
    await platform.kill(job.tag, ref, never); // nothing is left to be done
    await until(async () => (await yarn.containers()) === 0);
  });

  async function gatherLog(view: JobView): Promise<void> {
    for await (const line of platform.log(view, following.signal)) logged.push(line);
  }
});

describe('an engine that YARN does not take', () => {
  it.each([
    [
      'to a queue that is not there',
      { 'spark.yarn.queue': 'nope' },
      /no queue nope/,
      /default, full/,
    ],
    ['to a queue that is closed', { 'spark.yarn.queue': 'closed' }, /STOPPED/, /default, full/],
    [
      'to a queue that is full',
      { 'spark.yarn.queue': 'full' },
      /Queue root.full already has 0 applications/,
      /queue is full/,
    ],
    [
      'with more memory than a container may have',
      { 'spark.driver.memory': '20g' },
      /Required AM memory \(20480\+2048 MB\) is above the max threshold/,
      /Ask for less/,
    ],
  ])('%s is refused, with a hint', async (_, conf, message, hint) => {
    await expect(submitted(lab.job(conf))).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringMatching(message) as unknown,
      hint: expect.stringMatching(hint) as unknown,
    });
  });

  it('to a queue that the cluster does not allow is refused before YARN is asked', async () => {
    const strict = lab.platform({ queues: ['etl'], resourceManagers: [] });
    const job = lab.job({ 'spark.yarn.queue': 'default' });
    await expect(submitted(job, strict)).rejects.toMatchObject({
      trouble: 'refused',
      hint: 'Set spark.yarn.queue to one of: etl.',
    });
  });
});

describe('an engine for somebody else', () => {
  it('runs as whom the gateway acts for, with a life that ends before its tokens', async () => {
    const proxying = lab.platform({ proxyUserMaxLifeMs: 3_600_000 });
    const main = { ...lab.job().main, mainClass: 'no.such.Main' };
    const job = lab.job({}, { main, appUser: 'carol' });
    const ref = await submitted(job, proxying);
    const reply = await fetch(`${yarn.address}/ws/v1/cluster/apps/${ref}`);
    expect(await reply.json()).toMatchObject({ app: { user: 'carol' } });
    await proxying.kill(job.tag, ref, never);
  });
});

launcherContract('on YARN', () => {
  const { main } = lab.job();
  return {
    launcher: () => Promise.resolve(launchers.start(lab.platform(), lab.fleet, main)),
    // A program that does nothing until it is ended.
    living: () =>
      lab.request({ 'spark.test.main': 'org.apache.spark.deploy.ExternalShuffleService' }),
    failing: () => lab.request({ 'spark.test.main': 'no.such.Main' }),
    livingLine: /ApplicationMaster/,
    failure: /ClassNotFoundException: no\.such\.Main/,
    shown: async () => {
      const applications = await fetch(`${yarn.address}/ws/v1/cluster/apps`);
      const commandLines = processesNaming(yarn.dir).map(({ commandLine }) => commandLine);
      return [await applications.text(), ...commandLines].join('\n');
    },
    launchFiles: () => filesBelow(lab.cacheDir),
  };
});

describe('a submission that dies right after YARN took its application', () => {
  it('is found by its tag, and its failure is told with the reason', async () => {
    const lossy = lab.platform({
      sparkHome: lab.sparkWith('"$SPARK" "$@" >/dev/null 2>&1; kill -9 $$'),
    });
    const main = { ...lab.job().main, mainClass: 'no.such.Main' };
    const job = lab.job({}, { main });
    const ref = await submitted(job, lossy);
    const view = await until(() => {
      const now = heard.job(job.tag);
      return now?.state.kind === 'ended' ? now : undefined;
    });
    expect(view).toMatchObject({ ref, state: { outcome: 'failed' }, platformState: 'FAILED' });
    expect(view.reason).toMatch(/^java\.lang\.ClassNotFoundException: no\.such\.Main\n/);
    expect(view.hint).toContain('A class is missing');
    const lines: string[] = [];
    for await (const line of platform.log(view, never)) lines.push(line);
    expect(lines.join('\n')).toContain('ClassNotFoundException: no.such.Main');
    expect(filesBelow(lab.cacheDir)).toEqual([]);
  });
});
