import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Discovery, LaunchIntent } from '../../../src/discovery/discovery.ts';
import { spacePaths } from '../../../src/discovery/space-paths.ts';
import { PartialList } from '../../../src/launch/partial-list.ts';
import { Reconciler } from '../../../src/launch/reconciler.ts';
import type { ReconcilerOptions } from '../../../src/launch/reconciler.ts';
import { fakeDiscovery, newFakeStore } from '../../support/fake-discovery.ts';
import type { FakeStore } from '../../support/fake-discovery.ts';
import { FakePlatform, newJobView } from '../../support/fake-platform.ts';
import { hastyClock } from '../../support/hasty-clock.ts';

const never = new AbortController().signal;
const clock = hastyClock(100);
const root = '/kyuubi_1_USER_SPARK_SQL';
const paths = spacePaths(root, 'alice/default');

let store: FakeStore;
let platform: FakePlatform;
let said: string[];
let reconcilers: Reconciler[];

beforeEach(() => {
  store = newFakeStore();
  platform = new FakePlatform();
  said = [];
  reconcilers = [];
});

afterEach(async () => {
  await Promise.all(reconcilers.map((each) => each.stop()));
});

async function reconcilerOf(
  more: Partial<ReconcilerOptions> = {},
  discovery?: Discovery,
): Promise<Reconciler> {
  const reconciler = new Reconciler({
    cluster: 'east',
    jobs: { list: (signal) => platform.list(signal), kill: (tag) => platform.kill(tag) },
    discovery: discovery ?? (await fakeDiscovery(store)),
    roots: [root],
    lockPath: '/reconcile/east',
    mode: 'on',
    periodMs: 1000,
    graceMs: 200,
    abandonedAfterMs: 60_000,
    clock,
    log: {
      debug: () => {},
      info: (_fields, event) => said.push(event),
      warn: (_fields, event) => said.push(event),
    },
    ...more,
  });
  reconcilers.push(reconciler);
  return reconciler;
}

function runs(tag: string, state: 'pending' | 'running' = 'running'): void {
  platform.known.set(tag, newJobView(tag, { state: { kind: state } }));
}

function intends(tag: string, more: Partial<LaunchIntent> = {}): void {
  const intent: LaunchIntent = {
    tag,
    state: 'launching',
    submitTimeMs: clock.now(),
    launcher: 'fake',
    cluster: 'east',
    host: 'here',
    jobRef: undefined,
    settings: {},
    ...more,
  };
  store.intents.set(paths.intent, { intent, version: 0 });
}

describe('Reconciler', () => {
  it('ends what nobody owns, and nothing else', async () => {
    for (const tag of ['launching', 'registered', 'drains', 'stray', 'stray-pending']) runs(tag);
    runs('stray-pending', 'pending');
    intends('launching');
    store.addNode(paths.space, 'serverUri=h:1;version=1;refId=registered;sequence=');
    store.addNode(`${root}_draining/east`, 'drains');
    const [note] = store.children(`${root}_draining/east`) ?? [];
    runs(note?.name ?? '');
    platform.known.delete('drains');
    const report = await (await reconcilerOf()).round(never);
    expect(report.strays.map(({ tag }) => tag)).toEqual(['stray', 'stray-pending']);
    expect(platform.killed).toEqual(['stray', 'stray-pending']);
    expect(report.alive).toBe(5);
  });

  it('a dry run tells of strays and ends none', async () => {
    runs('stray');
    const report = await (await reconcilerOf({ mode: 'dry-run' })).round(never);
    expect(report.strays).toHaveLength(1);
    expect(platform.killed).toEqual([]);
    expect(said).toContain('stray engine found, left alone in a dry run');
  });

  it('a job whose engine registers within the grace is no stray', async () => {
    runs('late');
    const round = (await reconcilerOf()).round(never);
    await clock.sleep(50);
    store.addNode(paths.space, 'serverUri=h:1;version=1;refId=late;sequence=');
    expect((await round).strays).toEqual([]);
    expect(platform.killed).toEqual([]);
  });

  it('a cluster or a store that does not answer decides nothing', async () => {
    runs('stray');
    platform.listFailures.push(new Error('timed out'));
    const reconciler = await reconcilerOf();
    await expect(reconciler.round(never)).rejects.toThrow('timed out');
    store.setAvailable(false);
    await expect(reconciler.round(never)).rejects.toThrow('the store gives no answer');
    expect(platform.killed).toEqual([]);
  });

  it('a partial list ends strays that it has, and takes nothing else for gone', async () => {
    runs('stray');
    intends('not-seen', { state: 'registered' });
    const partial = () => new PartialList([...platform.known.values()], 'access denied');
    platform.listFailures.push(partial(), partial());
    const report = await (await reconcilerOf()).round(never);
    expect(platform.killed).toEqual(['stray']);
    expect(report.leftovers).toEqual([]);
    expect(store.intents.size).toBe(1);
  });

  it('a launch that nobody has waited for since long is ended, and its intent goes', async () => {
    runs('forgotten', 'pending');
    intends('forgotten', { submitTimeMs: clock.now() - 120_000 });
    const reconciler = await reconcilerOf();
    expect((await reconciler.round(never)).strays.map(({ tag }) => tag)).toEqual(['forgotten']);
    await reconciler.round(never);
    expect(store.intents.size).toBe(0);
  });

  it('an intent whose engine is gone is removed, one of another cluster is not', async () => {
    intends('gone', { state: 'registered' });
    const reconciler = await reconcilerOf();
    expect((await reconciler.round(never)).leftovers).toEqual(['gone']);
    expect(store.intents.size).toBe(0);
    intends('elsewhere', { state: 'registered', cluster: 'west' });
    expect((await reconciler.round(never)).leftovers).toEqual([]);
    expect(store.intents.size).toBe(1);
  });

  it('one gateway at a time reconciles; another takes over when it stops', async () => {
    const first = await reconcilerOf();
    const second = await reconcilerOf();
    first.start();
    await vi.waitFor(() => expect(first.isLeader).toBe(true));
    second.start();
    await clock.sleep(300);
    expect([first.isLeader, second.isLeader]).toEqual([true, false]);
    await first.stop();
    await vi.waitFor(() => expect(second.isLeader).toBe(true));
  });

  it('ends a stray by itself, in the period in which it is first seen', async () => {
    runs('stray');
    (await reconcilerOf({ periodMs: 3_600_000 })).start();
    await vi.waitFor(() => expect(platform.killed).toEqual(['stray']));
    expect(platform.lists).toBe(2); // seen, and seen again after the grace
  });

  it('a stray that could not be ended is tried again in the next round', async () => {
    runs('stray');
    platform.killFailures.push(new Error('503'));
    const reconciler = await reconcilerOf();
    await reconciler.round(never);
    expect(platform.killed).toEqual([]);
    await reconciler.round(never);
    expect(platform.killed).toEqual(['stray']);
  });
});
