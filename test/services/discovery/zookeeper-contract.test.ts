import { describeDiscovery } from '../../unit/discovery/discovery-contract.ts';
import { zooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

describeDiscovery('ZooKeeper', async () => {
  const server = await ZooKeeperServer.start();
  const harness = await zooKeeperHarness(server.addresses);
  return {
    ...harness,
    stop: async () => {
      await harness.stop();
      await server.stop();
    },
  };
});
