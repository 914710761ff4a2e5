import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf } from '../../support/child-processes.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import { launchOperation } from '../../support/launch-operation.ts';
import { pretendedStatement } from '../../support/pretended-engines.ts';
import { PretendedFleet } from '../../support/pretended-fleet.ts';
import { newSecret } from '../../support/secrets.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

const users = Array.from({ length: 24 }, (_, at) => `user${at}`);
const maxLaunches = 4;

let zooKeeper: ZooKeeperServer;
let fleet: PretendedFleet;
let gateway: RunningGateway;

beforeAll(async () => {
  zooKeeper = await ZooKeeperServer.start();
  fleet = await PretendedFleet.start({
    zooKeeper: zooKeeper.addresses,
    startMs: 500,
    maxLaunches,
  });
  gateway = await startGateway({
    conf: {
      'kyuubi.ha.addresses': zooKeeper.addresses,
      'torii.clusters.path': fleet.clustersFile,
      'torii.clusters.reconcile.interval': 'PT1S',
    },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await fleet?.stop();
  await zooKeeper?.stop();
});

describe('many users at once on a Kubernetes cluster', () => {
  it('get an engine each in their turn, told of the queue, by a gateway that starts no process', async () => {
    const before = childrenOf(gateway.process.pid);
    expect(before.present).toBe(0);
    const sessions = await Promise.all(users.map(open));
    const answers = await Promise.all(sessions.map((session) => session.run(pretendedStatement)));
    expect(answers.map(({ rows }) => rows)).toEqual(users.map(() => [[1]]));
    expect(fleet.drivers()).toHaveLength(users.length);
    expect(fleet.engines.count('registered')).toBe(users.length);

    const logs = await Promise.all(sessions.map((session) => launchOperation(session).fetchLog()));
    const places = logs.flatMap((lines) => {
      const line = lines.find((each) => each.includes('waiting for other launches'));
      return line === undefined ? [] : [Number(/, (\d+) before this one/.exec(line)?.[1])];
    });
    expect(places.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: users.length - maxLaunches }, (_, at) => at),
    );
    expect(childrenOf(gateway.process.pid)).toEqual(before);
    const { 'create pods': pods, 'create secrets': secrets } = fleet.requests();
    expect({ pods, secrets }).toEqual({ pods: users.length, secrets: users.length });
  });

  it('are watched by one watch, and asked for by the reconciler alone', async () => {
    await expect.poll(() => fleet.kubernetes.openWatches.length).toBe(1);
    fleet.kubernetes.faults.forgetRequests();
    await expect
      .poll(() => fleet.requests()['list pods'] ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(2);
    const others = Object.keys(fleet.requests()).filter(
      (asked) => asked !== 'list pods' && asked !== 'watch pods',
    );
    expect(others).toEqual([]);
    // One that the server has ended is followed by the next.
    expect(fleet.requests()['watch pods'] ?? 0).toBeLessThanOrEqual(1);
  });
});

async function open(user: string): Promise<Hs2Session> {
  const client = await connectHs2({ port: gateway.port, user, password: newSecret() });
  return client.openSession();
}
