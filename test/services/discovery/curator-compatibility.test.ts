import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Discovery } from '../../../src/discovery/discovery.ts';
import { runProcess, startProcess, stopAllProcesses } from '../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { never } from '../../unit/discovery/discovery-contract.ts';
import { type ZooKeeperHarness, zooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { zooKeeperClassPath, ZooKeeperServer } from '../../support/zookeeper-server.ts';

const rounds = 20;
const dir = makeTempDir('curator');
let zooKeeper: ZooKeeperServer;
let harness: ZooKeeperHarness;
let classPath = '';

beforeAll(async () => {
  zooKeeper = await ZooKeeperServer.start();
  classPath = [dir, zooKeeperClassPath(/^(curator|guava)/)].join(delimiter);
  const source = join(import.meta.dirname, 'CuratorPeer.java');
  const compiled = await runProcess('javac', ['-proc:none', '-cp', classPath, '-d', dir, source]);
  if (compiled.code !== 0) throw new Error(compiled.stderr);
  harness = await zooKeeperHarness(zooKeeper.addresses);
});

afterAll(async () => {
  await harness.stop();
  await stopAllProcesses();
  await zooKeeper.stop();
  removeTempDir(dir);
});

test('a Curator client and we keep each other out of a lock and count together', async () => {
  const [lock, counter, marker] = [`/lock/${randomUUID()}`, '/seqNum/a/pool', join(dir, 'marker')];
  const peer = startProcess('java', [
    ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath, 'CuratorPeer'],
    ...[zooKeeper.addresses, lock, counter, marker, String(rounds)],
  ]);
  const discovery = await harness.newDiscovery();
  const ours: number[] = [];
  await peer.waitFor(/started/, 30_000);
  while (ours.length < rounds) {
    await exclusively(discovery, lock, marker);
    ours.push(await discovery.nextCount(counter));
  }
  await peer.waitFor(/holding/, 30_000);
  await expect(discovery.lock(lock, 200, never)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
  peer.signal('SIGKILL');
  await (await discovery.lock(lock, 30_000, never)).release();

  const theirs = [...peer.stdout.matchAll(/count (\d+)/g)].map(([, count]) => Number(count));
  const all = [...ours, ...theirs].toSorted((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 2 * rounds }, (_, i) => i));
  const isMixed = ours.some((count, i) => i > 0 && count !== (ours[i - 1] ?? 0) + 1);
  expect(isMixed, 'both sides were at it at the same time').toBe(true);
});

async function exclusively(discovery: Discovery, path: string, marker: string): Promise<void> {
  const lock = await discovery.lock(path, 30_000, never);
  const file = await open(marker, 'wx');
  await new Promise((resolve) => setTimeout(resolve, 3));
  await file.close();
  rmSync(marker);
  expect(lock.lost.aborted).toBe(false);
  await lock.release();
}
