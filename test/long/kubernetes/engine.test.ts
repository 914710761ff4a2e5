import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { parseEngineNode } from '../../../src/discovery/engine-node.ts';
import { ZooKeeperSession } from '../../../src/discovery/zookeeper/zookeeper-session.ts';
import type { EngineJob } from '../../../src/launch/job-platform.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { sparkImage } from '../../support/kubernetes/images.ts';
import { sparkApplications } from '../../support/kubernetes/resources.ts';
import { newSecret } from '../../support/secrets.ts';
import { silentLog } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';
import { KubernetesLab, namespace, never } from '../../services/launch/kubernetes-lab.ts';

const jar = process.env['TORII_ENGINE_JAR'] ?? '';

let lab: KubernetesLab;
let zooKeeper: ZooKeeperServer;

beforeAll(async () => {
  zooKeeper = await ZooKeeperServer.start();
  lab = await KubernetesLab.start({
    runs: true,
    hasSparkOperator: true,
    images: { 'spark:test': sparkImage({ '/opt/torii': dirname(jar) }) },
  });
});
afterAll(async () => {
  await lab.stop();
  await zooKeeper.stop();
});

function engineJob(space: string, conf: Readonly<Record<string, string>>): EngineJob {
  const job = lab.job(
    {
      'spark.app.name': 'engine of alice',
      'spark.master': `k8s://${lab.cluster.plainUrl}`,
      'spark.driver.memory': '512m',
      'spark.executor.memory': '512m',
      'spark.executor.instances': '2',
      'spark.ui.enabled': 'false',
      'spark.kubernetes.allocation.batch.delay': '100ms',
      'spark.kyuubi.ha.addresses': zooKeeper.addresses,
      'spark.kyuubi.ha.namespace': space,
      'spark.kyuubi.engine.share.level': 'USER',
      'spark.kyuubi.engine.security.enabled': 'false',
      ...conf,
    },
    {
      main: {
        resource: 'local:///opt/torii/torii-spark-engine.jar',
        mainClass: 'io.torii.engine.EngineMain',
      },
    },
  );
  return { ...job, conf: new Map([...job.conf, ['spark.kyuubi.ha.engine.ref.id', job.tag]]) };
}

/** Where the engine has registered. */
async function registered(
  space: string,
): Promise<{ host: string; port: number; refId: string | undefined }> {
  const control = new ZooKeeperSession({
    addresses: zooKeeper.addresses,
    sessionTimeoutMs: 6000,
    connectionTimeoutMs: 10_000,
    auth: { type: 'none' },
    tls: undefined,
    clock: systemClock,
    log: silentLog,
  });
  await control.start(never);
  try {
    for (;;) {
      const names = await control.retry((zk) => zk.children(space)).catch(() => []);
      const node = parseEngineNode(names[0] ?? '');
      if (node !== undefined) return node;
      await systemClock.sleep(100);
    }
  } finally {
    await control.stop();
  }
}

describe.each([
  { launcher: 'pod', object: 'pod', driver: '' },
  { launcher: 'spark-operator', object: 'SparkApplication', driver: '-driver' },
] as const)('an engine by $launcher', ({ launcher, object, driver }) => {
  it('registers under the address of its pod, and answers with rows from two executors', async () => {
    const space = `/engines/by-${launcher}`;
    const platform = lab.platform({
      launcher,
      serviceAccount: 'spark',
      engineJar: 'local:///opt/torii/torii-spark-engine.jar',
    });
    const follower = lab.follow(platform);
    const password = newSecret();
    const job = engineJob(space, { 'spark.hadoop.my.password': password });
    const said: string[] = [];
    const ref = await platform.submit(job, (line) => said.push(line), never);
    const name = `torii-${job.tag}`;
    expect(ref).toBe(`${namespace}/${name}`);
    expect(said).toEqual([`${object} ${namespace}/${name} was made`]);

    const running = await follower.view(job.tag, ({ state }) => state.kind === 'running');
    expect(running.owner).toMatchObject({ user: 'alice@example.org' });
    const lines: string[] = [];
    const end = new AbortController();
    const reading = (async () => {
      for await (const line of platform.log(running, end.signal)) lines.push(line);
    })();

    const node = await registered(space);
    expect(node.refId).toBe(job.tag);
    expect(node.host).toBe(lab.cluster.pod(`${name}${driver}`, namespace)?.status?.podIP);
    const client = await connectHs2({ ...node, user: 'alice', password: 'x' });
    const session = await client.openSession();
    const { rows } = await session.run('select count(*), sum(id) from range(0, 1000, 1, 8)');
    expect(rows).toEqual([[1000n, 499_500n]]);
    await session.close();
    client.end();

    const executors = lab.cluster
      .pods(namespace)
      .filter(({ metadata }) => metadata.labels?.['spark-role'] === 'executor');
    expect(executors).toHaveLength(2);
    for (const { metadata } of executors) {
      expect(metadata.labels).toMatchObject({
        'torii.io/tag': job.tag,
        'torii.io/preset': 'small',
      });
    }
    expect(lines.length).toBeGreaterThan(0);
    const objects = lab.cluster.api.store.list(sparkApplications, namespace);
    const shown = [lab.cluster.pods(namespace), objects, lab.cluster.events(), lines];
    for (const secret of [password, lab.engineKey]) {
      expect(JSON.stringify(shown)).not.toContain(secret);
    }

    await platform.kill(job.tag, ref, never);
    await follower.until(({ goneTags }) => goneTags.includes(job.tag));
    await reading;
    const last = follower.history.findLast(({ tag }) => tag === job.tag);
    expect(last?.usage?.memoryMibSeconds).toBeGreaterThan(0);
    expect(last?.usage?.vcpuSeconds).toBeGreaterThan(0);
    await vi.waitFor(() => expect(lab.cluster.pods(namespace)).toEqual([]), 20_000);
    end.abort();
  });
});
