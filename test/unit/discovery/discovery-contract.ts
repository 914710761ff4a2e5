import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { spacePaths } from '../../../src/discovery/space-paths.ts';
import type {
  Discovery,
  EngineSpacePaths,
  LaunchIntent,
} from '../../../src/discovery/discovery.ts';

/** A store with what a test plays itself: engines, operators and what stands in the nodes. */
export interface DiscoveryHarness {
  /** Started; what it holds is let go by `stop`. */
  newDiscovery(): Promise<Discovery>;
  /** Adds a node with the store's number after the prefix, and gives its name. */
  addNode(parent: string, prefix: string): Promise<string>;
  removeNode(parent: string, name: string): Promise<void>;
  nodes(parent: string): Promise<readonly string[]>;
  data(parent: string, name: string): Promise<string>;
  stop(): Promise<void>;
}

export function newPaths(): EngineSpacePaths {
  const user = randomUUID();
  return {
    space: `/kyuubi_1_USER_SPARK_SQL/${user}/default`,
    lock: `/kyuubi_1_USER_SPARK_SQL_lock/${user}/default`,
    intent: `/kyuubi_1_USER_SPARK_SQL_intent/${user}/default`,
    draining: '/kyuubi_1_USER_SPARK_SQL_draining',
  };
}

export function newIntent(): LaunchIntent {
  return {
    tag: randomUUID(),
    state: 'launching',
    submitTimeMs: 1_700_000_000_000,
    launcher: 'local',
    cluster: undefined,
    host: 'gateway-1',
    jobRef: undefined,
    settings: { 'spark.executor.memory': '2g' },
  };
}

export const enginePrefix = (host: string, tag = 'tag'): string =>
  `serverUri=${host}:4711;version=1.10.0;refId=${tag};sequence=`;

export const never = new AbortController().signal;

/** Asks again until it holds; the test's own limit ends it. */
export async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
}

export function describeDiscovery(name: string, newHarness: () => Promise<DiscoveryHarness>): void {
  describe(`discovery over ${name}`, () => {
    let harness: DiscoveryHarness;
    let first: Discovery;
    let second: Discovery;

    beforeAll(async () => {
      harness = await newHarness();
      first = await harness.newDiscovery();
      second = await harness.newDiscovery();
    }, 60_000);

    afterAll(() => harness.stop());

    test('a survey tells of intents, engines and those that drain', async () => {
      const root = `/kyuubi_${randomUUID()}_USER_SPARK_SQL`;
      expect(await first.survey(root)).toEqual({ intents: [], engines: [], draining: [] });
      const paths = spacePaths(root, 'alice/default');
      const intent = newIntent();
      await first.createIntent(paths.intent, intent);
      await expect(second.createIntent(paths.intent, newIntent())).rejects.toThrow(GatewayError);
      await second.noteJob(paths.intent, intent.tag, 'job-1');
      await second.noteJob(paths.intent, 'another tag', 'job-2');
      await harness.addNode(paths.space, enginePrefix('host', 'registered'));
      const tag = await harness.addNode(`${root}_draining/east`, 'draining');
      const survey = await second.survey(root);
      expect(survey.intents).toEqual([{ paths, intent: { ...intent, jobRef: 'job-1' } }]);
      expect(survey.engines.map(({ node }) => node.refId)).toEqual(['registered']);
      expect(survey.engines[0]?.paths).toEqual(paths);
      expect(survey.draining).toEqual([{ place: 'east', tag }]);
      await first.forgetDraining(root, 'east', tag);
      expect((await first.survey(root)).draining).toEqual([]);
    });

    test('the first text at a path stays, whoever comes later', async () => {
      const path = `/fleet-${randomUUID()}`;
      expect(await first.sharedText(path, 'one')).toBe('one');
      expect(await second.sharedText(path, 'two')).toBe('one');
    });

    test('a note is there for all until somebody removes it, and says what was written last', async () => {
      const folder = `/notes-${randomUUID()}/east`;
      expect(await first.noteNames(folder)).toEqual([]);
      expect(await first.readNote(`${folder}/a`)).toBeUndefined();
      await first.writeNote(`${folder}/a`, 'one');
      await second.writeNote(`${folder}/b`, 'Zoë');
      await second.writeNote(`${folder}/a`, 'two');
      expect((await first.noteNames(folder)).toSorted()).toEqual(['a', 'b']);
      expect(await first.readNote(`${folder}/a`)).toBe('two');
      expect(await first.readNote(`${folder}/b`)).toBe('Zoë');
      await second.removeNote(`${folder}/a`);
      await second.removeNote(`${folder}/a`);
      expect(await first.noteNames(folder)).toEqual(['b']);
    });

    test('a space that nobody has made holds no engines', async () => {
      const { space } = newPaths();
      expect(await first.engines(space)).toEqual([]);
      expect(await first.engines(space, { fresh: true })).toEqual([]);
    });

    test('engines are found oldest first, and what is no engine is left out', async () => {
      const { space } = newPaths();
      await first.engines(space);
      await harness.addNode(space, enginePrefix('old'));
      await harness.addNode(space, 'garbage-');
      await harness.addNode(space, 'serverUri=;sequence=');
      await harness.addNode(
        space,
        'serverUri=new:80;version=1;kyuubi.engine.appMgrInfo=eyJ9==;flag;refId=r;sequence=',
      );
      await eventually(async () => (await first.engines(space)).length === 2);
      const engines = await second.engines(space, { fresh: true });
      expect(engines.map(({ host }) => host)).toEqual(['old', 'new']);
      expect(engines[1]).toMatchObject({ port: 80, version: '1', refId: 'r' });
      expect(engines[1]?.attributes.get('kyuubi.engine.appMgrInfo')).toBe('eyJ9==');
    });

    test('an engine that is deregistered is found no more', async () => {
      const { space } = newPaths();
      const node = await harness.addNode(space, enginePrefix('gone'));
      expect(await first.engines(space)).toHaveLength(1);
      await second.deregisterEngine(space, node);
      await second.deregisterEngine(space, node);
      await eventually(async () => (await first.engines(space)).length === 0);
    });

    test('who waits for a change wakes up for engines and intents, in spaces yet to be made', async () => {
      const paths = newPaths();
      await seen(first, paths, () => harness.addNode(paths.space, enginePrefix('a')));
      await seen(first, paths, () => harness.addNode(paths.space, enginePrefix('b')));
      const lock = await second.lock(paths.lock, 5_000, never);
      const intent = newIntent();
      await seen(first, paths, () => second.writeIntent(paths.intent, intent, undefined, lock));
      await seen(first, paths, () => second.writeIntent(paths.intent, intent, 0, lock));
      await seen(first, paths, () => second.removeIntent(paths.intent, intent.tag));
      await lock.release();
    });

    test('waiting for a change ends with the reason of its signal', async () => {
      const leave = new AbortController();
      const reason = new Error('the client has left');
      const paths = newPaths();
      await first.engines(paths.space);
      const settled = waitForEver(first, paths, leave.signal).catch((failure: unknown) => failure);
      leave.abort(reason);
      expect(await settled).toBe(reason);
      await expect(first.changed(paths, leave.signal)).rejects.toBe(reason);
    });

    test('two gateways never hold one lock', async () => {
      const { lock: path } = newPaths();
      let inside = 0;
      let rounds = 0;
      const contend = async (discovery: Discovery): Promise<void> => {
        for (let round = 0; round < 5; round += 1) {
          const lock = await discovery.lock(path, 20_000, never);
          inside += 1;
          expect(inside).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          expect(lock.lost.aborted).toBe(false);
          rounds += 1;
          inside -= 1;
          await lock.release();
        }
      };
      await Promise.all([first, second, first, second].map(contend));
      expect(rounds).toBe(20);
    });

    test('a lock that is not free in time is given up, and leaves nothing behind', async () => {
      const { lock: path } = newPaths();
      const held = await first.lock(path, 5_000, never);
      await expect(second.lock(path, 30, never)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      const leave = new AbortController();
      const left = second.lock(path, 20_000, leave.signal).catch((failure: unknown) => failure);
      leave.abort(new Error('left'));
      expect(await left).toMatchObject({ message: 'left' });
      await held.release();
      expect(held.lost.aborted).toBe(false);
      const next = await second.lock(path, 5_000, never);
      await next.release();
    });

    test('an intent is written and read with its versions, unknown fields included', async () => {
      const paths = newPaths();
      expect(await first.readIntent(paths.intent)).toBeUndefined();
      const lock = await first.lock(paths.lock, 5_000, never);
      const intent = { ...newIntent(), addedLater: [1] };
      const created = await first.writeIntent(paths.intent, intent, undefined, lock);
      const read = await second.readIntent(paths.intent);
      expect(read).toEqual({ intent, version: created.version });
      const changed = { ...intent, jobRef: 'job-1' };
      const written = await first.writeIntent(paths.intent, changed, created.version, lock);
      expect(await second.readIntent(paths.intent)).toEqual(written);
      await lock.release();
    });

    test('an intent is not written over another version, the very first one included', async () => {
      const paths = newPaths();
      const lock = await first.lock(paths.lock, 5_000, never);
      const write = (expected: number | undefined): Promise<unknown> =>
        first.writeIntent(paths.intent, newIntent(), expected, lock);
      const refused = { code: 'LOCK_TIMEOUT' };
      await expect(write(0)).rejects.toMatchObject(refused);
      await write(undefined);
      await expect(write(undefined)).rejects.toMatchObject(refused);
      await write(0);
      await expect(write(0)).rejects.toMatchObject(refused);
      await write(1);
      await lock.release();
      await expect(write(2)).rejects.toMatchObject(refused);
    });

    test('of many who write over one version, one succeeds', async () => {
      const paths = newPaths();
      const lock = await first.lock(paths.lock, 5_000, never);
      await first.writeIntent(paths.intent, newIntent(), undefined, lock);
      const writes = Array.from({ length: 8 }, () =>
        first.writeIntent(paths.intent, newIntent(), 0, lock),
      );
      const results = await Promise.allSettled(writes);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await lock.release();
    });

    test('an intent is removed by its own tag only', async () => {
      const paths = newPaths();
      const lock = await first.lock(paths.lock, 5_000, never);
      const intent = newIntent();
      await first.writeIntent(paths.intent, intent, undefined, lock);
      await second.removeIntent(paths.intent, 'another');
      expect(await first.readIntent(paths.intent)).toMatchObject({ intent });
      await second.removeIntent(paths.intent, intent.tag);
      await second.removeIntent(paths.intent, intent.tag);
      expect(await first.readIntent(paths.intent)).toBeUndefined();
      await lock.release();
    });

    test('a counter gives every number once', async () => {
      const path = `/kyuubi_seqNum/${randomUUID()}/engine-pool`;
      const asked = Array.from({ length: 20 }, (_, i) => (i % 2 ? first : second).nextCount(path));
      const numbers = (await Promise.all(asked)).toSorted((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i));
    });

    test('a server is registered under the name and with the data that JDBC drivers read', async () => {
      const namespace = randomUUID();
      const server = { host: 'gw', port: 10009, version: '1.10.0' };
      const plain = await first.registerServer(namespace, server);
      expect(plain.nodeName).toMatch(/^serverUri=gw:10009;version=1\.10\.0;sequence=\d{10}$/);
      expect(await harness.data(`/${namespace}`, plain.nodeName)).toBe('gw:10009');
      const publishedConfigs = new Map([
        ['hive.server2.thrift.bind.host', 'gw2'],
        ['hive.server2.thrift.port', '10009'],
      ]);
      const published = await second.registerServer(`/${namespace}`, {
        ...server,
        host: 'gw2',
        publishedConfigs,
      });
      expect(await harness.data(`/${namespace}`, published.nodeName)).toBe(
        'hive.server2.thrift.bind.host=gw2;hive.server2.thrift.port=10009',
      );
      expect(await first.servers(namespace)).toMatchObject([
        { name: plain.nodeName, host: 'gw', port: 10_009, version: '1.10.0' },
        { name: published.nodeName, host: 'gw2' },
      ]);
      expect(await first.servers(randomUUID())).toEqual([]);
      await plain.unregister();
      expect(await harness.nodes(`/${namespace}`)).toEqual([published.nodeName]);
      await published.unregister();
    });

    test('a server whose node an operator removes is told so once, and stays away', async () => {
      const namespace = `/${randomUUID()}`;
      let retired = 0;
      const onRetired = (): void => {
        retired += 1;
      };
      const server = { host: 'gw', port: 1, version: '1', onRetired };
      const registration = await first.registerServer(namespace, server);
      await harness.removeNode(namespace, registration.nodeName);
      await eventually(() => retired > 0);
      await registration.unregister();
      expect(retired).toBe(1);
      expect(await harness.nodes(namespace)).toEqual([]);
    });

    test('a space is removed with its intent once it is empty', async () => {
      const paths = newPaths();
      const node = await harness.addNode(paths.space, enginePrefix('a'));
      const lock = await first.lock(paths.lock, 5_000, never);
      await first.writeIntent(paths.intent, newIntent(), undefined, lock);
      await lock.release();
      await first.removeSpace(paths);
      expect(await first.readIntent(paths.intent)).toBeDefined();
      await first.deregisterEngine(paths.space, node);
      await first.removeSpace(paths);
      expect(await first.readIntent(paths.intent)).toBeUndefined();
      expect(await first.engines(paths.space)).toEqual([]);
      const again = await first.lock(paths.lock, 5_000, never);
      await again.release();
    });

    test('what a gateway held is free as soon as it has stopped', async () => {
      const namespace = `/${randomUUID()}`;
      const { lock: path } = newPaths();
      const third = await harness.newDiscovery();
      const registration = await third.registerServer(namespace, {
        host: 'c',
        port: 1,
        version: '',
      });
      expect(await harness.nodes(namespace)).toEqual([registration.nodeName]);
      const held = await third.lock(path, 5_000, never);
      await third.stop();
      await third.stop();
      expect(held.lost.aborted).toBe(true);
      expect(await harness.nodes(namespace)).toEqual([]);
      const lock = await first.lock(path, 5_000, never);
      await lock.release();
      await expect(third.engines(path)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    });
  });
}

/** That a waiter wakes up after something was done, once it has had the wake-ups without need. */
async function seen(
  discovery: Discovery,
  paths: EngineSpacePaths,
  act: () => Promise<unknown>,
): Promise<void> {
  let isDone = false;
  let wakeUps = 0;
  const leave = new AbortController();
  const waiting = (async () => {
    for (;;) {
      await discovery.changed(paths, leave.signal);
      wakeUps += 1;
      if (isDone) return;
    }
  })();
  await discovery.engines(paths.space, { fresh: true });
  isDone = true;
  const before = wakeUps;
  await act();
  await waiting;
  expect(wakeUps).toBeGreaterThan(before);
}

async function waitForEver(
  discovery: Discovery,
  paths: EngineSpacePaths,
  signal: AbortSignal,
): Promise<never> {
  for (;;) await discovery.changed(paths, signal);
}
