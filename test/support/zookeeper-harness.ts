import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { Discovery } from '../../src/discovery/discovery.ts';
import type { DiscoveryLog } from '../../src/discovery/discovery-log.ts';
import type { ZooKeeperAuth } from '../../src/discovery/zookeeper/access.ts';
import type { ConnectionTls } from '../../src/discovery/zookeeper/connection-repairs.ts';
import { withParents } from '../../src/discovery/zookeeper/persistent-nodes.ts';
import { ZooKeeperDiscovery } from '../../src/discovery/zookeeper/zookeeper-discovery.ts';
import { ZooKeeperSession } from '../../src/discovery/zookeeper/zookeeper-session.ts';
import { type DiscoveryHarness, never } from '../unit/discovery/discovery-contract.ts';

export const silentLog: DiscoveryLog = { debug: () => {}, info: () => {}, warn: () => {} };

export interface ZooKeeperHarness extends DiscoveryHarness {
  newDiscovery(changes?: {
    readonly addresses?: string;
    readonly sessionTimeoutMs?: number;
    readonly connectionTimeoutMs?: number;
    readonly auth?: ZooKeeperAuth;
    readonly tls?: ConnectionTls;
    readonly clock?: Clock;
  }): Promise<Discovery>;
}

/** Discoveries over one ZooKeeper, and a plain session with which the test does as it likes. */
export async function zooKeeperHarness(
  addresses: string,
  log: DiscoveryLog = silentLog,
  tls?: ConnectionTls,
): Promise<ZooKeeperHarness> {
  const options = {
    addresses,
    sessionTimeoutMs: 6_000,
    connectionTimeoutMs: 10_000,
    auth: { type: 'none' },
    tls,
    clock: systemClock,
    log,
  } as const;
  const session = new ZooKeeperSession({ ...options, connectionTimeoutMs: 30_000 });
  await session.start(never);
  const started: ZooKeeperDiscovery[] = [];
  return {
    newDiscovery: async (changes = {}) => {
      const discovery = new ZooKeeperDiscovery({ ...options, ...changes });
      started.push(discovery);
      await discovery.start(never);
      return discovery;
    },
    addNode: async (parent, prefix) => {
      const path = `${parent}/${prefix}`;
      const created = await session.retry((client) =>
        withParents(client, path, () =>
          client.create(path, Buffer.alloc(0), 'ephemeral-sequential'),
        ),
      );
      return created.slice(parent.length + 1);
    },
    removeNode: (parent, name) => session.retry((client) => client.remove(`${parent}/${name}`, -1)),
    nodes: (parent) => session.retry((client) => client.children(parent)),
    data: (parent, name) =>
      session.retry(async (client) => (await client.content(`${parent}/${name}`)).data.toString()),
    stop: async () => {
      for (const discovery of started) await discovery.stop();
      await session.stop();
    },
  };
}
