import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Discovery, EngineSpacePaths } from '../../../src/discovery/discovery.ts';
import {
  enginePrefix,
  eventually,
  never,
  newIntent,
  newPaths,
} from '../../unit/discovery/discovery-contract.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { type ZooKeeperHarness, zooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { freePort } from '../../support/free-port.ts';
import { newSecret } from '../../support/secrets.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

const server = { host: 'gw', port: 10009, version: '1' };
const unavailable = { code: 'DISCOVERY_UNAVAILABLE' };

describe('ZooKeeper in trouble', () => {
  let zooKeeper: ZooKeeperServer;
  let harness: ZooKeeperHarness;
  let proxy: CuttingProxy;
  let started: Discovery[] = [];

  const start = async (addresses = proxy.addresses, sessionTimeoutMs = 900): Promise<Discovery> => {
    const options = { addresses, sessionTimeoutMs, connectionTimeoutMs: 5_000 };
    const discovery = await harness.newDiscovery(options);
    started.push(discovery);
    return discovery;
  };

  beforeAll(async () => {
    zooKeeper = await ZooKeeperServer.start();
    harness = await zooKeeperHarness(zooKeeper.addresses);
    proxy = new CuttingProxy(zooKeeper.port);
    await proxy.start();
  });

  afterEach(async () => {
    proxy.open();
    zooKeeper.resume();
    await Promise.all(started.map((discovery) => discovery.stop()));
    started = [];
  });

  afterAll(async () => {
    await harness.stop();
    await proxy.stop();
    await zooKeeper.stop();
  });

  /** Copies follow the store again: a change is seen without asking for it. */
  const followsChanges = async (discovery: Discovery, paths: EngineSpacePaths): Promise<void> => {
    const before = (await discovery.engines(paths.space)).length;
    await harness.addNode(paths.space, enginePrefix('late'));
    for (;;) {
      const change = discovery.changed(paths, never);
      if ((await discovery.engines(paths.space)).length > before)
        return void change.catch(() => {});
      await change;
    }
  };

  test('after an expired session everything is registered and watched again, and locks are lost', async () => {
    const discovery = await start();
    const namespace = `/${randomUUID()}`;
    const paths = newPaths();
    await harness.addNode(paths.space, enginePrefix('a'));
    const registration = await discovery.registerServer(namespace, server);
    const before = registration.nodeName;
    const lock = await discovery.lock(paths.lock, 5_000, never);
    expect(await discovery.engines(paths.space)).toHaveLength(1);
    await discovery.readIntent(paths.intent);
    const waiter = discovery.changed(paths, never);

    proxy.close();
    await eventually(async () => (await harness.nodes(namespace)).length === 0);
    expect(await discovery.engines(paths.space)).toHaveLength(1);
    expect(lock.lost.aborted).toBe(true);
    proxy.open();

    await waiter;
    await eventually(() => registration.nodeName !== before);
    expect(await harness.nodes(namespace)).toEqual([registration.nodeName]);
    const write = discovery.writeIntent(paths.intent, newIntent(), undefined, lock);
    await expect(write).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    await lock.release();
    await followsChanges(discovery, paths);
  });

  test('a gateway that does not know yet that its lock is gone cannot write an intent', async () => {
    const discovery = await start(proxy.addresses, 6_000);
    const paths = newPaths();
    const lock = await discovery.lock(paths.lock, 5_000, never);
    const created = await discovery.writeIntent(paths.intent, newIntent(), undefined, lock);
    const [lease = ''] = await harness.nodes(`${paths.lock}/leases`);
    proxy.holdReplies();
    await harness.removeNode(`${paths.lock}/leases`, lease);
    expect(lock.lost.aborted).toBe(false);
    const write = discovery.writeIntent(paths.intent, newIntent(), created.version, lock);
    proxy.releaseReplies();
    await expect(write).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(await discovery.readIntent(paths.intent)).toEqual(created);
    await eventually(() => lock.lost.aborted);
  });

  test('a lock is lost by its owner once ZooKeeper has been silent for too long', async () => {
    const discovery = await start(zooKeeper.addresses);
    const { lock: path } = newPaths();
    const lock = await discovery.lock(path, 5_000, never);
    // With no request under way, nothing but the silence tells.
    await eventually(async () => (await harness.nodes(`${path}/locks`)).length === 0);
    await discovery.nextCount('/any');
    await zooKeeper.hold();
    await eventually(() => lock.lost.aborted);
    zooKeeper.resume();
    await lock.release();
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'the loss of reply %i to a write leaves it done once',
    async (nth) => {
      const discovery = await start(proxy.addresses, 6_000);
      const paths = newPaths();
      const lock = await discovery.lock(paths.lock, 5_000, never);
      const intent = newIntent();
      proxy.loseReply(nth);
      const created = await discovery.writeIntent(paths.intent, intent, undefined, lock);
      expect(created).toEqual({ intent, version: 0 });
      proxy.loseReply(1);
      const changed = { ...intent, jobRef: 'job' };
      expect(await discovery.writeIntent(paths.intent, changed, 0, lock)).toMatchObject({
        version: 1,
      });
      await lock.release();
    },
  );

  test('while a server hangs, copies answer and all else fails in time', async () => {
    const discovery = await harness.newDiscovery({
      sessionTimeoutMs: 900,
      connectionTimeoutMs: 1_200,
    });
    started.push(discovery);
    const namespace = `/${randomUUID()}`;
    const paths = newPaths();
    const registration = await discovery.registerServer(namespace, server);
    await harness.addNode(paths.space, enginePrefix('a'));
    await discovery.engines(paths.space);
    await zooKeeper.hold();
    expect(await discovery.engines(paths.space)).toHaveLength(1);
    const asked = [
      discovery.engines(paths.space, { fresh: true }),
      discovery.engines(newPaths().space),
      discovery.readIntent(paths.intent),
      discovery.nextCount(`/${randomUUID()}`),
      harness.newDiscovery({ sessionTimeoutMs: 900, connectionTimeoutMs: 800 }),
    ];
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ status: 'rejected', reason: unavailable });
    }
    const lock = discovery.lock(paths.lock, 100, never);
    await expect(lock).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(await discovery.engines(paths.space)).toHaveLength(1);
    zooKeeper.resume();
    await eventually(async () => {
      const nodes = await harness.nodes(namespace);
      return nodes.length === 1 && nodes[0] === registration.nodeName;
    });
    await eventually(
      async () => (await harness.nodes(`${paths.lock}/locks`).catch(() => [])).length === 0,
    );
    await followsChanges(discovery, paths);
  });

  test('of two servers, one that hangs does not keep a gateway from the other', async () => {
    const hung = createServer(() => {}).listen(await freePort(), '127.0.0.1');
    const held = new Set<Socket>();
    hung.on('connection', (socket) => held.add(socket));
    const address = hung.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const addresses = `127.0.0.1:${port},${proxy.addresses}`;
    const discovery = await start(addresses, 1_800);
    for (let round = 0; round < 3; round += 1) {
      proxy.cut();
      expect(await discovery.engines(newPaths().space, { fresh: true })).toEqual([]);
    }
    await discovery.stop();
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => hung.close(resolve));
  });

  test('the copy of a space that nobody asked for in ten minutes is dropped', async () => {
    let later = 0;
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + later };
    const { addresses } = proxy;
    const discovery = await harness.newDiscovery({ addresses, clock, connectionTimeoutMs: 1_000 });
    started.push(discovery);
    const [idle, used] = [newPaths().space, newPaths().space];
    for (const space of [idle, used]) {
      await harness.addNode(space, enginePrefix('a'));
      await discovery.engines(space);
    }
    later = 11 * 60_000;
    expect(await discovery.engines(used)).toHaveLength(1);
    proxy.close();
    expect(await discovery.engines(used)).toHaveLength(1);
    await expect(discovery.engines(idle)).rejects.toMatchObject(unavailable);
  });

  test('stopping does not wait for a server that hangs', async () => {
    const discovery = await start(zooKeeper.addresses);
    const registration = await discovery.registerServer(`/${randomUUID()}`, server);
    await zooKeeper.hold();
    const before = performance.now();
    await discovery.stop();
    expect(performance.now() - before).toBeLessThan(3_000);
    zooKeeper.resume();
    expect(registration.nodeName).not.toBe('');
  });

  test.each([1, 2, 3, 4, 5])('the loss of reply %i leaves one registration', async (nth) => {
    const discovery = await start(proxy.addresses, 6_000);
    const namespace = `/${randomUUID()}`;
    proxy.loseReply(nth);
    const registration = await discovery.registerServer(namespace, server);
    await discovery.nextCount('/any');
    expect(await harness.nodes(namespace)).toEqual([registration.nodeName]);
    await registration.unregister();
    expect(await harness.nodes(namespace)).toEqual([]);
  });

  test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    'the loss of reply %i leaves one lock and one intent',
    async (nth) => {
      const discovery = await start(proxy.addresses, 6_000);
      const paths = newPaths();
      proxy.loseReply(nth);
      const lock = await discovery.lock(paths.lock, 5_000, never);
      expect(await harness.nodes(`${paths.lock}/leases`)).toHaveLength(1);
      const intent = newIntent();
      const record = await discovery.writeIntent(paths.intent, intent, undefined, lock);
      expect(await discovery.readIntent(paths.intent)).toEqual(record);
      expect(await discovery.writeIntent(paths.intent, intent, 0, lock)).toEqual({
        intent,
        version: 1,
      });
      await discovery.removeIntent(paths.intent, intent.tag);
      await lock.release();
      await eventually(async () => (await harness.nodes(`${paths.lock}/locks`)).length === 0);
      expect(await harness.nodes(`${paths.lock}/leases`)).toEqual([]);
    },
  );

  test('a lock is held by one alone while connections are cut all the time', async () => {
    const gateways = [await start(), await start(), await start(zooKeeper.addresses)];
    const { lock: path } = newPaths();
    const holders = new Set<Discovery>();
    const contend = async (discovery: Discovery): Promise<void> => {
      for (let round = 0; round < 8; round += 1) {
        const lock = await discovery.lock(path, 30_000, never);
        for (const other of holders) expect(other).toBe(discovery);
        holders.add(discovery);
        lock.lost.addEventListener('abort', () => holders.delete(discovery));
        await discovery.nextCount(`${path}-count`);
        holders.delete(discovery);
        await lock.release();
      }
    };
    const cutting = setInterval(() => proxy.cut(), 40);
    try {
      await Promise.all(gateways.map(contend));
    } finally {
      clearInterval(cutting);
    }
    for (const parent of ['locks', 'leases']) {
      await eventually(async () => (await harness.nodes(`${path}/${parent}`)).length === 0);
    }
  });

  test('a killed server that comes back finds the same session and is followed again', async () => {
    const discovery = await start(zooKeeper.addresses, 6_000);
    const paths = newPaths();
    const namespace = `/${randomUUID()}`;
    const registration = await discovery.registerServer(namespace, server);
    await harness.addNode(paths.space, enginePrefix('a'));
    await discovery.engines(paths.space);
    await zooKeeper.kill();
    expect(await discovery.engines(paths.space)).toHaveLength(1);
    zooKeeper.resume();
    await followsChanges(discovery, paths);
    expect(await harness.nodes(namespace)).toEqual([registration.nodeName]);
  });

  test('only the creator changes what was made with a digest, and all may read it', async () => {
    const auth = { type: 'digest', digest: `torii:${newSecret()}` } as const;
    const discovery = await harness.newDiscovery({ auth });
    started.push(discovery);
    const namespace = `/${randomUUID()}`;
    const registration = await discovery.registerServer(namespace, server);
    expect(await harness.data(namespace, registration.nodeName)).toBe('gw:10009');
    await expect(harness.removeNode(namespace, registration.nodeName)).rejects.toThrow('NO_AUTH');
    const same = await harness.newDiscovery({ auth });
    started.push(same);
    await same.deregisterEngine(namespace, registration.nodeName);
    expect(await harness.nodes(namespace)).toEqual([]);
  });

  test('a server that has lost its data gets a new session', async () => {
    const discovery = await start(zooKeeper.addresses);
    const namespace = `/${randomUUID()}`;
    const registration = await discovery.registerServer(namespace, server);
    const before = registration.nodeName;
    for (let i = 0; i < 20; i += 1) await discovery.nextCount('/raised');
    await zooKeeper.killAndForget();
    zooKeeper.resume();
    await eventually(async () => {
      const nodes = await harness.nodes(namespace).catch(() => []);
      return nodes.length === 1;
    });
    expect(await harness.nodes(namespace)).toEqual([registration.nodeName]);
    expect(before).toBe(registration.nodeName); // numbers begin anew as well
    expect(await discovery.nextCount('/raised')).toBe(0);
  });
});
