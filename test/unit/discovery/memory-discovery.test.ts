import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { MemoryDiscovery } from '../../../src/discovery/memory/memory-discovery.ts';
import { MemoryStore } from '../../../src/discovery/memory/memory-store.ts';
import {
  describeDiscovery,
  enginePrefix,
  newIntent,
  newPaths,
  never,
} from './discovery-contract.ts';

describeDiscovery('memory', async () => {
  const store = new MemoryStore();
  const started: MemoryDiscovery[] = [];
  return {
    newDiscovery: async () => {
      const discovery = new MemoryDiscovery({ store, clock: systemClock });
      started.push(discovery);
      await discovery.start(never);
      return discovery;
    },
    addNode: async (parent, prefix) => store.addNode(parent, prefix),
    removeNode: async (parent, name) => store.removeNode(parent, name),
    nodes: async (parent) => (store.children(parent) ?? []).map(({ name }) => name),
    data: async (parent, name) =>
      store.children(parent)?.find((node) => node.name === name)?.data ?? '',
    stop: async () => {
      for (const discovery of started) await discovery.stop();
    },
  };
});

async function startedOn(store: MemoryStore): Promise<MemoryDiscovery> {
  const discovery = new MemoryDiscovery({ store, clock: systemClock });
  await discovery.start(never);
  return discovery;
}

test('an outage is answered from the copy, or told, but never taken for an empty space', async () => {
  const store = new MemoryStore();
  const discovery = await startedOn(store);
  const { space } = newPaths();
  store.addNode(space, enginePrefix('a'));
  await discovery.engines(space);
  store.setAvailable(false);
  expect(await discovery.engines(space)).toHaveLength(1);
  const unavailable = { code: 'DISCOVERY_UNAVAILABLE' };
  await expect(discovery.engines(space, { fresh: true })).rejects.toMatchObject(unavailable);
  await expect(discovery.engines(newPaths().space)).rejects.toMatchObject(unavailable);
  await discovery.stop();
});

test('with its session a gateway loses its lock, and is registered again in the next', async () => {
  const store = new MemoryStore();
  const discovery = await startedOn(store);
  const paths = newPaths();
  const registration = await discovery.registerServer('/gateways', {
    host: 'a',
    port: 1,
    version: '1',
  });
  const before = registration.nodeName;
  const lock = await discovery.lock(paths.lock, 1_000, never);
  store.endSession(discovery.session);
  expect(lock.lost.aborted).toBe(true);
  const write = discovery.writeIntent(paths.intent, newIntent(), undefined, lock);
  await expect(write).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
  expect(registration.nodeName).not.toBe(before);
  expect(store.children('/gateways')?.map(({ name }) => name)).toEqual([registration.nodeName]);
  await discovery.stop();
});
