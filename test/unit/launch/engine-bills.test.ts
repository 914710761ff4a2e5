import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Discovery } from '../../../src/discovery/discovery.ts';
import { EngineBills, type EngineBill } from '../../../src/launch/engine-bills.ts';
import type { JobView } from '../../../src/launch/job-platform.ts';
import { PartialList } from '../../../src/launch/partial-list.ts';
import { fakeDiscovery, newFakeStore, type FakeStore } from '../../support/fake-discovery.ts';
import { newJobView } from '../../support/fake-platform.ts';
import { manualClock, type ManualClock } from '../../support/manual-clock.ts';

const never = new AbortController().signal;
const folder = '/kyuubi_1_bills/east';
const alice = { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' };
const used = { vcpuSeconds: 60, memoryMibSeconds: 1024 };
const succeeded = { kind: 'ended', outcome: 'succeeded' } as const;

const untilAborted = (_ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (isLate) resolve();
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

let store: FakeStore;
let clock: ManualClock;
let board: Map<string, JobView>;
let listed: Map<string, JobView>;
let recalled: Map<string, JobView>;
let recalls: string[];
let isHeard: boolean;
let told: EngineBill[];
let keeps: boolean;
/** What anybody waits for comes too late. */
let isLate: boolean;
/** Jobs of which the cluster tells nothing. */
let denied: Set<string>;
/** Engines whose line the disk does not take. */
let stuck: Set<string>;
/** A part of the cluster can't be looked at. */
let isPartial: boolean;

beforeEach(() => {
  store = newFakeStore();
  clock = { ...manualClock(), sleep: untilAborted };
  [board, listed, recalled] = [new Map(), new Map(), new Map()];
  [recalls, told] = [[], []];
  [isHeard, keeps, isLate] = [true, true, false];
  [denied, stuck] = [new Set(), new Set()];
  isPartial = false;
});

/** One gateway's part; all see the same cluster. */
async function billsOf({
  hasRecall = false,
  discovery,
}: { readonly hasRecall?: boolean; readonly discovery?: Discovery } = {}): Promise<EngineBills> {
  return new EngineBills({
    cluster: 'east',
    jobs: {
      jobs: () => [...board.values()],
      get isHeard() {
        return isHeard;
      },
      listed: () => {
        const all = [...board.values(), ...listed.values()];
        return isPartial ? Promise.reject(new PartialList(all, 'denied')) : Promise.resolve(all);
      },
      recall: hasRecall
        ? (tag) => {
            recalls.push(tag);
            if (denied.has(tag)) return Promise.reject(new Error('access denied'));
            return Promise.resolve(recalled.get(tag));
          }
        : undefined,
    },
    discovery: discovery ?? (await fakeDiscovery(store)),
    folder,
    lockPath: '/kyuubi_1_bills_lock/east',
    tell: (bill) => {
      if (stuck.has(bill.tag)) return new Promise(() => {});
      if (keeps) told.push(bill);
      return Promise.resolve(keeps);
    },
    clock,
    log: { debug: () => {}, info: () => {}, warn: () => {} },
  });
}

const notes = (): readonly string[] =>
  [...store.texts.keys()].filter((path) => path.startsWith(folder));

async function takes(bills: EngineBills, tag: string): Promise<void> {
  bills.taken({ tag, ref: `job-${tag}`, owner: alice });
  await vi.waitFor(() => expect(notes()).toContain(`${folder}/${tag}`));
}

function sees(tag: string, more: Partial<JobView> = {}): JobView {
  const view = newJobView(tag, {
    owner: alice,
    state: { kind: 'running' },
    createdMs: clock.now(),
    ...more,
  });
  board.set(tag, view);
  return view;
}

describe('EngineBills', () => {
  it('tells of an engine once, with all that is known of it', async () => {
    const bills = await billsOf();
    const startedMs = clock.now();
    await takes(bills, 'a');
    sees('a');
    await bills.round(never);
    clock.advance(90_000);
    sees('a', { createdMs: startedMs, state: succeeded, usage: used });
    await bills.round(never);
    await bills.round(never);
    expect(told).toEqual([
      {
        ...{ tag: 'a', ref: 'job-a', owner: alice, outcome: 'succeeded' },
        ...{ startedMs, endedMs: startedMs + 90_000, usage: used },
      },
    ]);
    expect(notes()).toEqual([]);
  });

  it('an engine whose gateway died at the call is noted by the one that sees it run', async () => {
    const bills = await billsOf();
    sees('a');
    await bills.round(never);
    expect(notes()).toEqual([`${folder}/a`]);
    sees('a', { state: succeeded });
    await bills.round(never);
    expect(told).toHaveLength(1);
  });

  it('another gateway tells what ended while nobody looked', async () => {
    await takes(await billsOf({ hasRecall: true }), 'a');
    clock.advance(600_000);
    const endedMs = clock.now() - 5;
    recalled.set('a', newJobView('a', { state: succeeded, usage: used, endedMs }));
    const successor = await billsOf({ hasRecall: true });
    await successor.round(never);
    expect(recalls).toEqual([]);
    await successor.round(never);
    expect(told).toMatchObject([{ tag: 'a', owner: alice, usage: used, endedMs }]);
  });

  it('is not in doubt about a job that the lists do not have yet, or while the cluster is silent', async () => {
    const bills = await billsOf();
    await takes(bills, 'a');
    for (let round = 0; round < 5; round++) await bills.round(never);
    clock.advance(600_000);
    isHeard = false;
    await bills.round(never);
    await bills.round(never);
    expect(told).toEqual([]);
    isHeard = true;
    listed.set('a', newJobView('a', { state: { kind: 'running' } }));
    await bills.round(never);
    await bills.round(never);
    expect(told).toEqual([]);
  });

  it('a job of which the cluster knows nothing any more is told with what it had used when it was seen last', async () => {
    const first = await billsOf();
    sees('a', { usage: { vcpuSeconds: 1, memoryMibSeconds: 1 } });
    await first.round(never);
    clock.advance(400_000);
    sees('a', { usage: used });
    await first.round(never);
    clock.advance(400_000);
    sees('a', { usage: { vcpuSeconds: 30, memoryMibSeconds: 2048 } });
    await first.round(never);
    board.clear();
    const second = await billsOf();
    await second.round(never);
    await second.round(never);
    expect(told).toEqual([]);
    await second.round(never);
    expect(told).toMatchObject([
      { tag: 'a', outcome: 'killed', usage: { vcpuSeconds: 60, memoryMibSeconds: 2048 } },
    ]);
  });

  it('a deleted job is told at once, with its last word', async () => {
    const bills = await billsOf();
    const view = sees('a', { usage: used });
    await bills.round(never);
    board.clear();
    bills.ended(view);
    await bills.round(never);
    expect(told).toMatchObject([{ tag: 'a', outcome: 'killed', usage: used }]);
  });

  it('waits for what is billed', async () => {
    const bills = await billsOf({ hasRecall: true });
    sees('a');
    await bills.round(never);
    sees('a', { state: succeeded, usage: used, isBillPending: true });
    recalled.set('a', newJobView('a', { state: succeeded, usage: used, isBillPending: true }));
    await bills.round(never);
    await bills.round(never);
    expect({ told, recalls }).toEqual({ told: [], recalls: ['a'] });
    clock.advance(30_000);
    const billed = { vcpuSeconds: 90, memoryMibSeconds: 2048, isBilled: true };
    recalled.set('a', newJobView('a', { state: succeeded, usage: billed }));
    await bills.round(never);
    expect(told).toMatchObject([{ tag: 'a', usage: billed }]);
  });

  it('waits for what is billed for an engine of which it heard only after its end', async () => {
    await takes(await billsOf(), 'a');
    clock.advance(600_000);
    recalled.set('a', newJobView('a', { state: succeeded, usage: used, isBillPending: true }));
    const successor = await billsOf({ hasRecall: true });
    for (let round = 0; round < 4; round++) await successor.round(never);
    expect({ told, asked: recalls.length }).toEqual({ told: [], asked: 1 });
    clock.advance(30_000);
    const billed = { ...used, isBilled: true };
    recalled.set('a', newJobView('a', { state: succeeded, usage: billed }));
    await successor.round(never);
    expect(told).toMatchObject([{ tag: 'a', usage: billed }]);
  });

  it('falls back on what was measured when no bill comes', async () => {
    const bills = await billsOf({ hasRecall: true });
    sees('a');
    await bills.round(never);
    const pending = { state: succeeded, usage: used, isBillPending: true };
    sees('a', pending);
    recalled.set('a', newJobView('a', pending));
    for (let minute = 0; minute < 10; minute++) {
      await bills.round(never);
      clock.advance(60_000);
    }
    expect(told).toEqual([]);
    await bills.round(never);
    expect(told).toMatchObject([{ tag: 'a', usage: used }]);
  });

  it('hundreds that end at once are all asked for before they are told without their bill', async () => {
    const bills = await billsOf({ hasRecall: true });
    const tags = Array.from({ length: 400 }, (_, index) => `a${index}`);
    for (const tag of tags) sees(tag);
    await bills.round(never);
    const pending = { state: succeeded, usage: undefined, isBillPending: true };
    for (const tag of tags) recalled.set(tag, sees(tag, pending));
    const billed = { ...used, isBilled: true };
    for (let round = 0; round < 90; round++) {
      if (round === 54) {
        for (const tag of tags) {
          recalled.set(tag, newJobView(tag, { state: succeeded, usage: billed }));
        }
      }
      await bills.round(never);
      clock.advance(10_000);
    }
    expect(told).toHaveLength(400);
    expect(told.filter(({ usage }) => usage?.isBilled !== true)).toEqual([]);
  });

  it('engines that the cluster does not let be asked for hold no others up, and are told after a day', async () => {
    const first = await billsOf();
    denied = new Set(Array.from({ length: 25 }, (_, index) => `a${index}`));
    for (const tag of [...denied, 'b']) {
      first.taken({ tag, ref: `job-${tag}`, owner: alice });
    }
    await vi.waitFor(() => expect(notes()).toHaveLength(26));
    clock.advance(600_000);
    recalled.set('b', newJobView('b', { state: succeeded, usage: used }));
    const bills = await billsOf({ hasRecall: true });
    for (let round = 0; round < 4; round++) await bills.round(never);
    expect(told.map(({ tag }) => tag)).toEqual(['b']);
    clock.advance(86_400_000);
    for (let round = 0; round < 4; round++) await bills.round(never);
    expect(told).toHaveLength(26);
    expect(told[1]).toMatchObject({ outcome: 'killed', owner: alice, usage: undefined });
    expect(notes()).toEqual([]);
  });

  it('an engine in a part of the cluster that can not be looked at is not taken for ended, and holds no others up', async () => {
    const first = await billsOf();
    await takes(first, 'hidden');
    await takes(first, 'b');
    clock.advance(600_000);
    isPartial = true;
    denied.add('hidden');
    recalled.set('b', newJobView('b', { state: succeeded, usage: used }));
    const [bills, withoutRecall] = [await billsOf({ hasRecall: true }), await billsOf()];
    for (let round = 0; round < 4; round++) await bills.round(never);
    clock.advance(86_400_000);
    for (let round = 0; round < 4; round++) {
      await bills.round(never);
      await withoutRecall.round(never);
    }
    expect(told.map(({ tag }) => tag)).toEqual(['b']);
    expect(notes()).toEqual([`${folder}/hidden`]);
  });

  it('a disk that takes nothing keeps nobody from noting what running engines use', async () => {
    const bills = await billsOf();
    sees('a');
    sees('b');
    await bills.round(never);
    clock.advance(400_000);
    sees('a', { state: succeeded });
    sees('b', { usage: used });
    stuck.add('a');
    isLate = true;
    await expect(bills.round(never)).rejects.toThrow('the end of engine a is not written down yet');
    expect(store.texts.get(`${folder}/b`)).toContain('"vcpuSeconds":60');
  });

  it('a note that the store did not take is written when it does', async () => {
    const discovery = await fakeDiscovery(store);
    vi.spyOn(discovery, 'writeNote').mockRejectedValueOnce(new Error('the store is silent'));
    isLate = true;
    await takes(await billsOf({ discovery }), 'a');
    expect(store.texts.get(`${folder}/a`)).toContain('"user":"alice"');
  });

  it('what the gateway of an engine has noted meanwhile is not written over', async () => {
    await takes(await billsOf(), 'a');
    const discovery = await fakeDiscovery(store);
    vi.spyOn(discovery, 'noteNames').mockResolvedValueOnce([]);
    sees('a', { owner: {} });
    await (await billsOf({ discovery })).round(never);
    expect(store.texts.get(`${folder}/a`)).toContain('"user":"alice"');
  });

  it('an engine of which the cluster does not tell the beginning has begun when it was seen', async () => {
    const bills = await billsOf();
    const startedMs = clock.now();
    sees('a', { createdMs: 0 });
    await bills.round(never);
    clock.advance(5000);
    sees('a', { createdMs: 0, state: succeeded });
    await bills.round(never);
    expect(told).toMatchObject([{ startedMs, endedMs: startedMs + 5000 }]);
  });

  it('what could not be written down is told again, and is not forgotten', async () => {
    const bills = await billsOf();
    sees('a');
    await bills.round(never);
    sees('a', { state: succeeded });
    keeps = false;
    await bills.round(never);
    expect(notes()).toEqual([`${folder}/a`]);
    keeps = true;
    await bills.round(never);
    expect(told).toHaveLength(1);
    expect(notes()).toEqual([]);
  });

  it('a note that comes late is removed, not told', async () => {
    const bills = await billsOf();
    sees('a');
    await bills.round(never);
    sees('a', { state: succeeded });
    await bills.round(never);
    await takes(bills, 'a');
    await bills.round(never);
    expect(told).toHaveLength(1);
    expect(notes()).toEqual([]);
  });

  it('a note that nobody can read keeps nobody from the others', async () => {
    const bills = await billsOf();
    store.texts.set(`${folder}/x`, '{"ref":');
    await takes(bills, 'a');
    sees('a', { state: succeeded });
    await bills.round(never);
    expect(told.map(({ tag }) => tag)).toEqual(['a']);
  });

  it('of two gateways one tells, and the other goes on when it leaves', async () => {
    const [first, second] = [await billsOf(), await billsOf()];
    sees('a');
    first.start();
    await vi.waitFor(() => expect(notes()).toHaveLength(1));
    second.start();
    sees('a', { state: succeeded });
    const view = sees('a', { state: succeeded });
    second.ended(view);
    first.ended(view);
    await vi.waitFor(() => expect(told).toHaveLength(1));
    sees('b');
    first.ended(view);
    await vi.waitFor(() => expect(notes()).toEqual([`${folder}/b`]));
    await first.stop();
    second.ended(sees('b', { state: succeeded }));
    await vi.waitFor(() => expect(told.map(({ tag }) => tag)).toEqual(['a', 'b']));
    await second.stop();
  });
});
