import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { engineRef } from '../../../src/engine/engine-ref.ts';
import type { EngineRef } from '../../../src/engine/engine-ref.ts';
import { Engines } from '../../../src/engine/engines.ts';
import type { EngineRequest, EngineSettings } from '../../../src/engine/engines.ts';
import { fakeDiscovery, newFakeStore } from '../../support/fake-discovery.ts';
import type { FakeStore } from '../../support/fake-discovery.ts';
import { FakeLauncher, registerEngine } from '../../support/fake-launcher.ts';
import { newRefInput } from '../../support/ref-input.ts';
import { newSecret } from '../../support/secrets.ts';

const masterSecret = newSecret();

const never = new AbortController().signal;
let store: FakeStore;
let launcher: FakeLauncher;

beforeEach(() => {
  store = newFakeStore();
  launcher = new FakeLauncher();
});

const ref = refOf('USER');

function refOf(shareLevel: 'USER' | 'CONNECTION'): EngineRef {
  return engineRef(newRefInput({ shareLevel }));
}

async function gateway(
  of: FakeLauncher = launcher,
  host = 'here',
  cluster?: string,
  more: Partial<EngineSettings> = {},
): Promise<Engines> {
  const discovery = await fakeDiscovery(store);
  return new Engines({
    discovery,
    launcher: of,
    clock: systemClock,
    settings: {
      masterSecret,
      host,
      reregisterWaitMs: 50,
      isSecret: () => false,
      cluster,
      resolveSecrets: (conf) => Promise.resolve({ conf, secretKeys: new Set() }),
      launchConf: (each) => new Map([['kyuubi.ha.namespace', each.paths.space]]),
      ...more,
    },
  });
}

function request(said: string[] = [], more: Partial<EngineRequest> = {}): EngineRequest {
  return {
    ref,
    conf: new Map([['spark.executor.memory', '2g']]),
    asked: new Map(),
    owner: { user: 'alice', group: undefined, session: 'session', preset: undefined },
    references: new Map(),
    sidecars: [],
    revision: undefined,
    initializeTimeoutMs: 5000,
    say: (line) => said.push(line),
    ...more,
  };
}

function registersAtOnce(of: FakeLauncher = launcher): void {
  of.onSubmit = (submitted) => registerEngine(store, submitted, ref.paths.intent);
}

function leaveIntent(
  state: 'launching' | 'registered',
  facts: { tag?: string; host?: string; ageMs?: number } = {},
): string {
  const tag = facts.tag ?? 'other';
  const intent = {
    tag,
    state,
    submitTimeMs: Date.now() - (facts.ageMs ?? 0),
    launcher: 'local',
    cluster: undefined,
    host: facts.host ?? 'here',
    jobRef: undefined,
    settings: {},
  };
  store.intents.set(ref.paths.intent, { intent, version: 0 });
  return tag;
}

describe('revisions', () => {
  const revised = (id: string, sinceMs = Date.now()): Partial<EngineRequest> => ({
    revision: { id, sinceMs },
  });
  const registered = (): (string | undefined)[] =>
    (store.children(ref.paths.space) ?? []).map(({ name }) => /revision=(\w+)/.exec(name)?.[1]);

  it('an engine of the same revision is used', async () => {
    registersAtOnce();
    const engines = await gateway();
    await engines.acquire(request([], revised('a')), never);
    await engines.acquire(request([], revised('a')), never);
    expect(launcher.submitted).toHaveLength(1);
  });

  it('a changed preset gets a new engine, and the old one is retired once that is up', async () => {
    registersAtOnce();
    const engines = await gateway();
    await engines.acquire(request([], revised('a', Date.now() - 1000)), never);
    const said: string[] = [];
    await engines.acquire(request(said, revised('b', Date.now() + 1)), never);
    expect(launcher.submitted).toHaveLength(2);
    expect(registered()).toEqual(['b']);
    expect(said).toContain('Cluster or preset have changed since the running engine was launched');
  });

  it('a gateway that still has the old file does not replace the engine of one that has the new', async () => {
    registersAtOnce();
    const newer = await gateway();
    const older = await gateway();
    const before = Date.now() - 60_000;
    await newer.acquire(request([], revised('b', Date.now())), never);
    await older.acquire(request([], revised('a', before)), never);
    expect(launcher.submitted).toHaveLength(1);
    expect(registered()).toEqual(['b']);
  });

  it('the old engine stays while the new one does not come up', async () => {
    registersAtOnce();
    const engines = await gateway();
    await engines.acquire(request([], revised('a', Date.now() - 1000)), never);
    launcher.onSubmit = (submitted) => launcher.endJob(submitted.tag, 'no such image');
    const search = engines.acquire(request([], revised('b', Date.now() + 1)), never);
    await expect(search).rejects.toThrow('no such image');
    expect(registered()).toEqual(['a']);
  });
});

describe('engines of a cluster', () => {
  const connection = refOf('CONNECTION');

  it('a CONNECTION engine has an intent there, with its job, until its session ends', async () => {
    const engines = await gateway(launcher, 'here', 'east');
    launcher.onSubmit = (submitted) => {
      expect(submitted.conf.get('torii.engine.intent.path')).toBe(connection.paths.intent);
      expect(submitted.conf.get('torii.engine.draining.path')).toBe(
        `/kyuubi_1_CONNECTION_SPARK_SQL_draining/east/${submitted.tag}`,
      );
      expect(store.intents.get(connection.paths.intent)?.intent).toMatchObject({
        tag: submitted.tag,
        cluster: 'east',
      });
      setTimeout(() => registerEngine(store, submitted, connection.paths.intent), 5);
    };
    const node = await engines.acquire(request([], { ref: connection }), never);
    expect(store.intents.get(connection.paths.intent)?.intent).toMatchObject({
      state: 'registered',
      jobRef: 'job',
    });
    launcher.endJob(node.refId ?? '', 'done');
    await engines.deregister(connection, node);
    await engines.seeOff(connection, node, 100);
    expect(store.intents.size).toBe(0);
  });

  it('on the own host it has none', async () => {
    const engines = await gateway();
    launcher.onSubmit = (submitted) => {
      expect(submitted.conf.has('torii.engine.intent.path')).toBe(false);
      registerEngine(store, submitted);
    };
    await engines.acquire(request([], { ref: connection }), never);
    expect(store.intents.size).toBe(0);
  });

  it('a launch that an earlier gateway left pending is ended before its place is taken', async () => {
    leaveIntent('launching', { tag: 'stuck', ageMs: 60_000 });
    launcher.adopt('stuck', { kind: 'pending' });
    registersAtOnce();
    await (await gateway()).acquire(request(), never);
    expect(launcher.killed).toContain('stuck');
  });
});

describe('Engines.acquire', () => {
  it('launches an engine once and finds it from then on', async () => {
    registersAtOnce();
    const engines = await gateway();
    const said: string[] = [];
    const first = await engines.acquire(request(said), never);
    const second = await engines.acquire(request(), never);
    expect(second).toEqual(first);
    expect(launcher.submitted).toHaveLength(1);
    expect(launcher.submitted[0]).toMatchObject({
      appUser: 'alice',
      workDir: 'user/alice/default',
    });
    expect(launcher.submitted[0]?.engineKey).toBe(engines.keyOf(first));
    expect(launcher.settledTags).toEqual([first.refId]);
    expect(said.join('\n')).toContain(`Launching an engine for alice`);
  });

  it('starts one engine for 20 sessions on two gateways', async () => {
    launcher.onSubmit = (submitted) => {
      setTimeout(() => registerEngine(store, submitted, ref.paths.intent), 30);
    };
    const [first, second] = [await gateway(), await gateway()];
    const opened = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? first : second).acquire(request(), never),
    );
    const nodes = await Promise.all(opened);
    expect(new Set(nodes.map((node) => node.refId)).size).toBe(1);
    expect(launcher.submitted).toHaveLength(1);
  });

  it('tells every waiting session why the launch failed, and leaves no intent, job or secret', async () => {
    launcher.onSubmit = ({ tag }) => setTimeout(() => launcher.endJob(tag, 'no such master'), 20);
    const engines = await gateway();
    const waiting = [request(), request(), request()].map((each) => engines.acquire(each, never));
    for (const each of waiting) {
      await expect(each).rejects.toMatchObject({
        code: 'ENGINE_LAUNCH_FAILED',
        message: 'the engine did not start: no such master',
      });
    }
    expect(launcher.submitted).toHaveLength(1);
    expect(store.intents.size).toBe(0);
    expect(store.lockOwners.size).toBe(0);
    expect(launcher.settledTags).toEqual([launcher.submitted[0]?.tag]);
  });

  it('gives up a launch that takes too long, and ends it', async () => {
    const engines = await gateway();
    await expect(
      engines.acquire(request([], { initializeTimeoutMs: 60 }), never),
    ).rejects.toMatchObject({
      code: 'ENGINE_LAUNCH_TIMEOUT',
    });
    expect(launcher.killed).toEqual([launcher.submitted[0]?.tag]);
    expect(store.intents.size).toBe(0);
  });

  it('says of a launch that takes too long what its cluster says of it', async () => {
    launcher.onSubmit = ({ tag }) =>
      launcher.adopt(tag, { kind: 'pending', detail: 'no node has room', hint: 'Ask for less.' });
    const engines = await gateway();
    await expect(
      engines.acquire(request([], { initializeTimeoutMs: 60 }), never),
    ).rejects.toMatchObject({
      code: 'ENGINE_LAUNCH_TIMEOUT',
      message: expect.stringMatching(/is not up after 60 ms: no node has room$/) as unknown,
      hint: 'Ask for less.',
    });
  });

  it('ends a launch when the last session that waits for it has left, and not before', async () => {
    const engines = await gateway();
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [first, second].map((each) => engines.acquire(request(), each.signal));
    await expect.poll(() => launcher.submitted.length).toBe(1);
    first.abort(new Error('left'));
    await expect(waiting[0]).rejects.toThrow('left');
    expect(launcher.killed).toEqual([]);
    second.abort(new Error('left too'));
    await expect(waiting[1]).rejects.toThrow('left too');
    await expect.poll(() => launcher.killed).toEqual([launcher.submitted[0]?.tag]);
    await expect.poll(() => store.lockOwners.size).toBe(0);
  });

  it('serves a session that comes while an abandoned launch is being ended', async () => {
    const engines = await gateway();
    const leaving = new AbortController();
    const left = engines.acquire(request(), leaving.signal);
    await expect.poll(() => launcher.submitted.length).toBe(1);
    leaving.abort(new Error('left'));
    registersAtOnce();
    const node = await engines.acquire(request(), never);
    await expect(left).rejects.toThrow('left');
    expect(node.refId).toBe(launcher.submitted[1]?.tag);
  });

  it('waits for a launch that a gateway left running when it died', async () => {
    const tag = leaveIntent('launching');
    launcher.adopt(tag, { kind: 'running' });
    const engines = await gateway();
    const said: string[] = [];
    const found = engines.acquire(request(said), never);
    await expect
      .poll(() => said.join('\n'))
      .toContain('Waiting for launch other that is under way on here');
    store.addNode(ref.paths.space, `serverUri=h:1;version=1;refId=${tag};sequence=`, 'h:1');
    expect((await found).refId).toBe(tag);
    expect(launcher.submitted).toEqual([]);
  });

  it('launches at once when the job of the intent it finds has ended', async () => {
    leaveIntent('launching');
    launcher.adopt('other', { kind: 'ended', outcome: 'failed', reason: 'x' });
    registersAtOnce();
    const node = await (await gateway()).acquire(request(), never);
    expect(node.refId).toBe(launcher.submitted[0]?.tag);
  });

  it('ends a launch of a dead gateway that never registers, then takes its place', async () => {
    leaveIntent('launching', { ageMs: 10_000 });
    launcher.adopt('other', { kind: 'running' });
    registersAtOnce();
    const node = await (await gateway()).acquire(request(), never);
    expect(launcher.killed).toEqual(['other']);
    expect(node.refId).toBe(launcher.submitted[0]?.tag);
  });

  it('does not wait for a half-made launch of a dead gateway that can never come up', async () => {
    leaveIntent('launching');
    launcher.makesInSteps = true;
    launcher.adopt('other', { kind: 'pending' });
    registersAtOnce();
    const said: string[] = [];
    const node = await (await gateway()).acquire(request(said), never);
    expect(launcher.killed).toEqual(['other']);
    expect(node.refId).toBe(launcher.submitted[0]?.tag);
    expect(said.join('\n')).toContain('Ending launch other, whose gateway on here is gone');
  });

  it('gives an engine that lost its ZooKeeper session time to come back, then takes its place without ending it', async () => {
    leaveIntent('registered');
    launcher.adopt('other', { kind: 'running' });
    registersAtOnce();
    const node = await (await gateway()).acquire(request(), never);
    expect(node.refId).toBe(launcher.submitted[0]?.tag);
    expect(launcher.killed).toEqual([]);
  });

  it('an engine that is retired and takes its intent away makes no launch fail, and nobody waits for it', async () => {
    leaveIntent('registered');
    launcher.adopt('other', { kind: 'running' });
    registersAtOnce();
    const engines = await gateway(launcher, 'here', undefined, { reregisterWaitMs: 60_000 });
    const said: string[] = [];
    const search = engines.acquire(request(said), never);
    await expect.poll(() => said.join('\n')).toContain('Waiting for launch other');
    store.intents.delete(ref.paths.intent);
    const node = await search;
    expect(node.refId).toBe(launcher.submitted[0]?.tag);
    expect(launcher.killed).toEqual([]);
  });

  it('an intent that its engine takes away at the last moment makes no launch fail', async () => {
    leaveIntent('registered');
    registersAtOnce();
    const engines = await gateway(launcher, 'here', undefined, {
      resolveSecrets: (conf) => {
        store.intents.delete(ref.paths.intent);
        return Promise.resolve({ conf, secretKeys: new Set() });
      },
    });
    expect((await engines.acquire(request(), never)).refId).toBe(launcher.submitted[0]?.tag);
  });

  it('cannot inspect a local launch of another host: waits out its limit', async () => {
    leaveIntent('launching', { host: 'elsewhere', ageMs: 4900 });
    registersAtOnce();
    const node = await (await gateway()).acquire(request(), never);
    expect(node.refId).toBe(launcher.submitted[0]?.tag);
  });

  it('fences a gateway that pauses in mid-launch: its engine does not register beside the newer one', async () => {
    const paused = new FakeLauncher();
    const first = (await gateway(paused)).acquire(request(), never);
    await expect.poll(() => paused.submitted.length).toBe(1);
    const [old] = paused.submitted;
    // Its lock is lost with its session; the other gateway finds the intent and no living job.
    for (const { session } of store.lockOwners.values()) store.endSession(session);
    registersAtOnce();
    const node = await (await gateway()).acquire(request(), never);
    expect(old && registerEngine(store, old, ref.paths.intent)).toBe(false);
    expect(store.children(ref.paths.space)).toHaveLength(1);
    expect((await first).refId).toBe(node.refId);
    expect(paused.killed).toEqual([old?.tag]);
  });

  it('takes no lock and leaves no intent for a CONNECTION engine', async () => {
    const own = refOf('CONNECTION');
    launcher.onSubmit = (submitted) => registerEngine(store, submitted);
    const engines = await gateway();
    const node = await engines.acquire(request([], { ref: own }), never);
    expect(node.refId).toBe(launcher.submitted[0]?.tag);
    expect(store.intents.size).toBe(0);
    await engines.seeOff(own, node, 20);
    expect(launcher.killed).toEqual([node.refId]);
  });

  it('throws when discovery does not answer, rather than launch', async () => {
    const engines = await gateway();
    store.setAvailable(false);
    await expect(engines.acquire(request(), AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'DISCOVERY_UNAVAILABLE',
    });
    expect(launcher.submitted).toEqual([]);
  });
});

describe('a session on a running engine', () => {
  it('is told key by key which launch settings it does not get', async () => {
    registersAtOnce();
    const engines = await gateway();
    await engines.acquire(request(), never);
    const said: string[] = [];
    const asked = new Map([
      ['spark.executor.memory', '8g'],
      ['spark.executor.cores', '4'],
      ['spark.sql.shuffle.partitions', '3'],
    ]);
    await engines.acquire(request(said, { asked }), never);
    expect(said).toEqual([
      'spark.executor.memory=8g has no effect: the running engine was started with 2g. Another kyuubi.engine.share.level.subdomain gets an engine of its own.',
      'spark.executor.cores=4 has no effect: the running engine was started without it. Another kyuubi.engine.share.level.subdomain gets an engine of its own.',
    ]);
  });
});
