import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Discovery, LaunchIntent } from '../../../src/discovery/discovery.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import type { ApiRequest } from '../../support/kubernetes/api-request.ts';
import { pretendedStatement } from '../../support/pretended-engines.ts';
import { PretendedFleet } from '../../support/pretended-fleet.ts';
import { newSecret } from '../../support/secrets.ts';
import { zooKeeperHarness, type ZooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

const engineRoot = '/kyuubi_1_USER_SPARK_SQL';
const maxLaunches = 4;

let zooKeeper: ZooKeeperServer;
let harness: ZooKeeperHarness;
let discovery: Discovery;
let fleet: PretendedFleet;
let survivor: RunningGateway;

beforeAll(async () => {
  zooKeeper = await ZooKeeperServer.start();
  harness = await zooKeeperHarness(zooKeeper.addresses);
  discovery = await harness.newDiscovery();
  fleet = await PretendedFleet.start({
    zooKeeper: zooKeeper.addresses,
    startMs: 300,
    maxLaunches,
  });
  survivor = await newGateway();
});

afterEach(() => {
  fleet.kubernetes.faults.clear();
  fleet.kubernetes.faults.forgetRequests();
});

afterAll(async () => {
  await survivor?.stop();
  await fleet?.stop();
  await harness?.stop();
  await zooKeeper?.stop();
});

it('a pod whose making was never answered gets what it waits for, and there is no second', async () => {
  fleet.kubernetes.faults.add(makesPod, { kind: 'lost-reply' }, 1);
  await answers(survivor, 'abe');
  await untilTidy({ abe: 1 });
});

describe('a gateway that is killed while it launches on Kubernetes', () => {
  it('before the pod is made: the next session of the user gets the one engine', async () => {
    const victim = await newGateway();
    fleet.kubernetes.faults.add(makesPod, { kind: 'cut' });
    await open(victim, 'ann');
    await untilAsked(makesPod);
    await kill(victim);
    fleet.kubernetes.faults.clear();

    await answers(survivor, 'ann');
    await untilTidy({ ann: 1 });
  });

  it('before its request has arrived: the pod that comes too late is ended, and was no engine', async () => {
    const victim = await newGateway();
    const late = Promise.withResolvers<void>();
    fleet.kubernetes.faults.add(makesPod, { kind: 'hold', until: late.promise }, 1);
    await open(victim, 'bob');
    await untilAsked(makesPod);
    const [lost] = await intentsOf('bob');
    await kill(victim);

    await answers(survivor, 'bob');
    late.resolve();
    await expect.poll(() => tagsOf('bob'), wait).toContain(lost?.tag);
    fleet.kubernetes.faults.forgetRequests();
    await untilTidy({ bob: 1 });
    // The second look of a round under way, and the two of the next one: no more than one period.
    expect(fleet.requests()['list pods']).toBeLessThanOrEqual(3);
    expect(tagsOf('bob')).not.toContain(lost?.tag);
    expect(fleet.engines.registrations.get(lost?.tag ?? '')).toBeUndefined();
  });

  it('with its pod made and told to nobody: the engine comes up and serves the next session', async () => {
    const victim = await newGateway();
    fleet.kubernetes.faults.add(makesSecret, { kind: 'lost-reply' });
    await open(victim, 'cid');
    await untilAsked(makesSecret);
    const [lost] = await intentsOf('cid');
    await kill(victim);

    await answers(survivor, 'cid');
    await untilTidy({ cid: 1 });
    expect((await intentsOf('cid')).map(({ tag }) => tag)).toEqual([lost?.tag]);
  });

  it('with a pod that can never become an engine: it is ended though nobody comes back', async () => {
    const victim = await newGateway();
    await halfMade(victim, 'dan');
    await kill(victim);

    await untilTidy({ dan: 0 });
    await expect.poll(() => intentsOf('dan'), wait).toEqual([]);
  });

  it('with a pod that can never become an engine: the next session does not wait for it', async () => {
    const victim = await newGateway();
    await halfMade(victim, 'fay');
    await kill(victim);
    fleet.kubernetes.faults.clear();

    await answers(survivor, 'fay');
    await untilTidy({ fay: 1 });
  });

  it('with launches under way and in its queue: each user has one engine, by either gateway', async () => {
    const victim = await newGateway();
    const users = Array.from({ length: 3 * maxLaunches }, (_, at) => `many${at}`);
    await Promise.all(users.map((user) => open(victim, user)));
    await expect.poll(() => fleet.engines.registrations.size, wait).toBeGreaterThan(maxLaunches);
    await kill(victim);

    await Promise.all(users.map((user) => answers(survivor, user)));
    await untilTidy(Object.fromEntries(users.map((user) => [user, 1])));
  });

  it('while another one waits for the same engine: that one launches it, and there is no second', async () => {
    const victim = await newGateway();
    const late = Promise.withResolvers<void>();
    fleet.kubernetes.faults.add(makesPod, { kind: 'hold', until: late.promise }, 1);
    await open(victim, 'eve');
    await untilAsked(makesPod);
    const waiting = answers(survivor, 'eve');
    await kill(victim);

    await waiting;
    late.resolve();
    await untilTidy({ eve: 1 });
  });
});

/** Longer than anything takes that is waited for here: a lost session, an abandoned launch, a round of the reconciler. */
const wait = { timeout: 30_000, interval: 50 };

function newGateway(): Promise<RunningGateway> {
  return startGateway({
    conf: {
      'kyuubi.ha.addresses': zooKeeper.addresses,
      'kyuubi.ha.zookeeper.session.timeout': '2000',
      'kyuubi.session.engine.initialize.timeout': 'PT6S',
      'torii.engine.security.secret.file': join(fleet.kubernetes.dir, 'master.secret'),
      'torii.clusters.path': fleet.clustersFile,
      'torii.clusters.reconcile.interval': 'PT1S',
      'torii.clusters.reconcile.grace': 'PT0.5S',
      'torii.clusters.reconcile.abandoned.after': 'PT7S',
    },
  });
}

async function open(gateway: RunningGateway, user: string): Promise<Hs2Session> {
  const client = await connectHs2({ port: gateway.port, user, password: newSecret() });
  return client.openSession();
}

/** A launch whose pod is there, and whose secret can't be made. */
async function halfMade(gateway: RunningGateway, user: string): Promise<void> {
  fleet.kubernetes.faults.add(makesSecret, { kind: 'cut' });
  await open(gateway, user);
  await expect.poll(() => tagsOf(user).length, wait).toBe(1);
}

async function answers(gateway: RunningGateway, user: string): Promise<void> {
  const session = await open(gateway, user);
  expect((await session.run(pretendedStatement)).rows).toEqual([[1]]);
}

async function kill(gateway: RunningGateway): Promise<void> {
  gateway.process.signal('SIGKILL');
  await gateway.process.exited;
  await expect(gateway.stop()).rejects.toThrow('"signal":"SIGKILL"');
}

const makesPod = ({ verb, resource }: ApiRequest): boolean =>
  verb === 'create' && resource.plural === 'pods';
const makesSecret = ({ verb, resource }: ApiRequest): boolean =>
  verb === 'create' && resource.plural === 'secrets';

async function untilAsked(matches: (request: ApiRequest) => boolean): Promise<void> {
  const { faults } = fleet.kubernetes;
  await expect.poll(() => faults.requests.some(matches), wait).toBe(true);
}

/** Launch tags of the user's pods. */
function tagsOf(user: string): (string | undefined)[] {
  return fleet
    .drivers()
    .flatMap(({ metadata: { labels = {} } }) =>
      labels['torii.io/user'] === user ? [labels['torii.io/tag']] : [],
    );
}

async function intentsOf(user: string): Promise<LaunchIntent[]> {
  const { intents } = await discovery.survey(engineRoot);
  return intents.flatMap(({ paths, intent }) =>
    paths.space.split('/').includes(user) ? [intent] : [],
  );
}

/** Every pod is named by an intent, and each user has as many as expected. */
async function untilTidy(expected: Readonly<Record<string, number>>): Promise<void> {
  await expect
    .poll(async () => {
      const { intents } = await discovery.survey(engineRoot);
      const wanted = new Set(intents.map(({ intent }) => intent.tag));
      const strays = fleet
        .drivers()
        .filter(({ metadata }) => !wanted.has(metadata.labels?.['torii.io/tag'] ?? ''));
      const found = Object.keys(expected).map((user) => [user, tagsOf(user).length]);
      return { strays: strays.length, ...Object.fromEntries(found) };
    }, wait)
    .toEqual({ strays: 0, ...expected });
}
