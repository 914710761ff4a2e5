import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { newSecret } from '../../support/secrets.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({
    conf: { 'torii.session.group.static.map': 'alice=analysts,bob=analysts,carol=finance' },
  });
});
afterAll(() => gateway.stop());

async function open(user: string, configuration: Record<string, string>): Promise<Hs2Session> {
  const client = await connectHs2({ port: gateway.port, user, password: newSecret() });
  return client.openSession({ configuration });
}

/** The application that Spark itself says it is. */
async function engineOf(session: Hs2Session): Promise<string> {
  const { rows } = await session.run('set spark.app.id');
  return String(rows[0]?.[1]);
}

async function enginesOf(
  level: string,
  users: readonly string[],
  more: Record<string, string> = {},
): Promise<string[]> {
  const configuration = { 'kyuubi.engine.share.level': level, ...more };
  const sessions = await Promise.all(users.map((user) => open(user, configuration)));
  const engines = await Promise.all(sessions.map(engineOf));
  for (const session of sessions) await session.close();
  return engines;
}

it('CONNECTION: each session has an engine of its own, which ends with it', async () => {
  const [first, second] = await enginesOf('CONNECTION', ['alice', 'alice']);
  expect(first).not.toBe(second);
  await expect
    .poll(
      () =>
        gateway
          .processes()
          .filter(({ commandLine }) => commandLine.includes('kyuubi.ha.engine.ref.id')),
      { timeout: 30_000 },
    )
    .toEqual([]);
});

it('USER: sessions of one user share, others do not; a subdomain is an engine of its own', async () => {
  const [first, second, bob] = await enginesOf('USER', ['alice', 'alice', 'bob']);
  expect(second).toBe(first);
  expect(bob).not.toBe(first);
  const [other] = await enginesOf('USER', ['alice'], {
    'kyuubi.engine.share.level.subdomain': 'other',
  });
  expect(other).not.toBe(first);
});

it('GROUP: users of one primary group share', async () => {
  const [alice, bob, carol] = await enginesOf('GROUP', ['alice', 'bob', 'carol']);
  expect(bob).toBe(alice);
  expect(carol).not.toBe(alice);
});

it('SERVER: all share', async () => {
  const [alice, carol] = await enginesOf('SERVER', ['alice', 'carol']);
  expect(carol).toBe(alice);
});
