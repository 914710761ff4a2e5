import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { newSecret } from '../../support/secrets.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function open(
  user: string,
  configuration: Record<string, string> = {},
  port = gateway.port,
): Promise<Hs2Session> {
  const client = await connectHs2({ port, user, password: newSecret() });
  return client.openSession({ configuration });
}

function engines(of: RunningGateway = gateway): readonly { readonly pid: number }[] {
  return of.processes().filter(({ commandLine }) => commandLine.includes('EngineMain'));
}

it('an engine killed with -9 under a running statement: a clear error, and the next session gets a new one', async () => {
  const session = await open('alice');
  const running = await session.execute('select count(*) from range(1e12)', { async: true });
  await expect
    .poll(async () => (await running.status()).operationState, { timeout: 60_000 })
    .toBe(1);
  for (const { pid } of engines()) process.kill(pid, 'SIGKILL');
  await expect(running.finish()).rejects.toMatchObject({ sqlState: '08S01' });
  await expect(session.run('select 1')).rejects.toThrow('Connect again');
  await session.close();
  const started = Date.now();
  expect((await (await open('alice')).run('select 1')).rows).toEqual([[1]]);
  expect(Date.now() - started).toBeLessThan(60_000);
});

it('a launch that cannot work: the reason is told within 2 s of the child’s end', async () => {
  const session = await open('bad', {
    'spark.master': 'no-such-master',
    'spark.driver.memory': '512m',
  });
  const started = await session.execute('select 1', { async: true });
  let sawProcess = 0;
  const watching = setInterval(() => {
    if (gateway.processes().some(({ commandLine }) => commandLine.includes('no-such-master')))
      sawProcess = Date.now();
  }, 20);
  const failure = await started.finish().catch((thrown: unknown) => thrown);
  clearInterval(watching);
  expect(failure).toMatchObject({
    sqlState: '08001',
    message: expect.stringContaining('Master must either be yarn or start with spark'),
  });
  expect(sawProcess).toBeGreaterThan(0);
  expect(Date.now() - sawProcess).toBeLessThan(2000);
  await expect(session.run('select 1')).rejects.toThrow('Master must either be yarn');
});

it('ZooKeeper stopped for 20 s: open sessions do not notice, and new ones open when it is back', async () => {
  const session = await open('zoe');
  await session.run('create temporary view v as select 7 as x');
  const [zookeeper] = gateway
    .processes()
    .filter(({ commandLine }) => commandLine.includes('EmbeddedZooKeeper'));
  if (zookeeper === undefined) throw new Error('no embedded ZooKeeper');
  process.kill(zookeeper.pid, 'SIGSTOP');
  try {
    const until = Date.now() + 20_000;
    while (Date.now() < until) {
      expect((await session.run('select x from v')).rows).toEqual([[7]]);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    // A running engine is known without asking.
    expect((await (await open('zoe')).run('select 1')).rows).toEqual([[1]]);
  } finally {
    process.kill(zookeeper.pid, 'SIGCONT');
  }
  expect((await (await open('newcomer')).run('select 1')).rows).toEqual([[1]]);
  expect((await session.run('select x from v')).rows).toEqual([[7]]);
});

it('two gateways on one ZooKeeper, 20 sessions opened at once: one engine', async () => {
  const second = await startGateway({
    conf: {
      'kyuubi.ha.addresses': String(gateway.ready['zookeeper']),
      'torii.engine.security.secret.file': join(gateway.dir, 'work', 'master.secret'),
    },
  });
  try {
    const ports = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? gateway.port : second.port,
    );
    const sessions = await Promise.all(ports.map((port) => open('many', {}, port)));
    const ids = await Promise.all(
      sessions.map(async (session) => (await session.run('set spark.app.id')).rows[0]?.[1]),
    );
    expect(new Set(ids).size).toBe(1);
    const ofMany = [...gateway.processes(), ...second.processes()].filter(({ commandLine }) =>
      commandLine.includes('/many/'),
    );
    expect(new Set(ofMany.map(({ pid }) => pid)).size).toBe(1);
    for (const session of sessions) await session.close();
    // Other gateways use shared engines: one that ends leaves them, so this test does away with them itself.
    for (const { pid } of engines(second)) process.kill(pid, 'SIGTERM');
  } finally {
    await second.stop();
  }
});
