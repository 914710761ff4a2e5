import { systemClock } from '../../src/core/clock.ts';
import { MemoryDiscovery } from '../../src/discovery/memory/memory-discovery.ts';
import { MemoryStore } from '../../src/discovery/memory/memory-store.ts';

/** What gateways of a test share in place of a ZooKeeper. */
export type FakeStore = MemoryStore;

export function newFakeStore(): FakeStore {
  return new MemoryStore();
}

/** One gateway's view of the store. */
export async function fakeDiscovery(store: FakeStore): Promise<MemoryDiscovery> {
  const discovery = new MemoryDiscovery({ store, clock: systemClock });
  await discovery.start(new AbortController().signal);
  return discovery;
}
