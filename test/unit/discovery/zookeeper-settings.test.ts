import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { ZooKeeperDiscovery } from '../../../src/discovery/zookeeper/zookeeper-discovery.ts';

const settings = {
  addresses: 'zk1:2181,zk2:2181,zk3/chroot',
  sessionTimeoutMs: 60_000,
  connectionTimeoutMs: 15_000,
  auth: { type: 'none' },
  clock: systemClock,
  log: { debug: () => {}, info: () => {}, warn: () => {} },
} as const;

test('addresses and credentials that cannot work are refused by the name of their key', () => {
  expect(() => new ZooKeeperDiscovery(settings)).not.toThrow();
  for (const addresses of ['', 'zk1,,zk2', '[::1]:2181', 'zk1:port']) {
    expect(() => new ZooKeeperDiscovery({ ...settings, addresses })).toThrow('kyuubi.ha.addresses');
  }
  const auth = { type: 'digest', digest: 'user' } as const;
  expect(() => new ZooKeeperDiscovery({ ...settings, auth })).toThrow(
    'kyuubi.ha.zookeeper.auth.digest',
  );
});

test('a gateway that never started can be stopped', async () => {
  await new ZooKeeperDiscovery(settings).stop();
});
