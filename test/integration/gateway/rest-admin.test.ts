import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatPasswordHash, hashPassword } from '../../../src/core/password-hash.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import { basic, post } from '../../support/hs2-http-client.ts';
import { newSecret } from '../../support/secrets.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const passwords = { alice: newSecret(), root: newSecret() };
const endless = 'select count(*) from range(1000000000000)';

let dir: string;
let gateway: RunningGateway;
let settings: string;

beforeAll(async () => {
  dir = makeTempDir('rest-admin');
  const users = join(dir, 'users');
  const hashed = Object.entries(passwords).map(async ([user, password]) => {
    const hash = await hashPassword(password, { logN: 14, r: 8, p: 1 });
    return `${user}:${formatPasswordHash(hash)}\n`;
  });
  writeFileSync(users, (await Promise.all(hashed)).join(''), { mode: 0o600 });
  settings = join(dir, 'settings.conf');
  writeFileSync(settings, 'kyuubi.server.limit.connections.user.deny.list=\n');
  gateway = await startGateway({
    conf: {
      'kyuubi.authentication': 'PASSWORD_FILE',
      'torii.authentication.password.file': users,
      'kyuubi.frontend.protocols': 'THRIFT_BINARY,REST',
      'kyuubi.frontend.rest.bind.port': '0',
      'kyuubi.server.administrators': 'root',
    },
    args: ['--properties-file', settings],
  });
});
afterAll(async () => {
  await gateway.stop();
  removeTempDir(dir);
});

async function open(): Promise<Hs2Session> {
  const { port } = gateway;
  const client = await connectHs2({ port, user: 'alice', password: passwords.alice });
  return client.openSession();
}

/** One call of root's: the JSON or the text of its answer. */
async function admin<T>(method: string, path: string): Promise<T> {
  const port = Number(String(gateway.ready['rest']).split(':').at(-1));
  const headers = basic('root', passwords.root);
  const to = { port, method, path: `/api/v1/admin/${path}`, headers };
  const { status, body, headers: given } = await post(to);
  if (status !== 200) throw new Error(`HTTP ${status}: ${body.toString()}`);
  const isJson = given['content-type']?.startsWith('application/json') ?? false;
  return (isJson ? JSON.parse(body.toString()) : body.toString()) as T; // as the caller knows
}

interface Listed {
  readonly identifier: string;
  readonly statement: string;
  readonly state: string;
  readonly engineId: string;
}

it('an administrator sees who runs what, ends a statement, and retires and kills engines', async () => {
  const first = await open();
  const engine = String((await first.run('set spark.app.id')).rows[0]?.[1]);
  expect(await admin('GET', 'server')).toMatchObject([{ status: 'Running', port: gateway.port }]);
  const running = await first.execute(endless, { async: true });
  const [session] = await admin<Listed[]>('GET', 'sessions?users=alice');
  expect(session?.engineId).toBe(engine);
  const operations = await admin<Listed[]>('GET', 'operations');
  const statement = operations.find((each) => each.statement === endless);
  expect(statement?.state).toBe('RUNNING');
  await admin('DELETE', `operations/${statement?.identifier}`);
  await expect(running.status()).rejects.toThrow(/Invalid OperationHandle/);
  // The only task slot is free again.
  expect((await first.run('select sum(id) from range(10)')).rows).toEqual([[45n]]);

  expect(await admin('GET', 'engine?proxyUser=alice')).toMatchObject([{ user: 'alice' }]);
  expect(await admin('DELETE', 'engine?proxyUser=alice')).toMatch(/ends with its last one\.$/);
  const second = await open();
  expect(String((await second.run('set spark.app.id')).rows[0]?.[1])).not.toBe(engine);
  expect((await first.run('select 1')).rows).toEqual([[1]]);

  expect(await admin('DELETE', 'engine?proxyUser=alice&kill=true')).toMatch(/ has ended\.$/);
  await expect(second.run('select 1')).rejects.toMatchObject({ sqlState: '08S01' });
  expect(await admin('GET', 'engine?all=true')).toEqual([]);
  await admin('DELETE', `sessions/${session?.identifier}`);
  await expect(first.run('select 1')).rejects.toThrow(/Invalid SessionHandle/);
  const engines = (): number =>
    gateway.processes().filter(({ commandLine }) => commandLine.includes('EngineMain')).length;
  await expect.poll(engines, { timeout: 30_000 }).toBe(0);
});

it('whom the file denies from now on gets no session once it is read again', async () => {
  writeFileSync(settings, 'kyuubi.server.limit.connections.user.deny.list=alice\n');
  await admin('POST', 'refresh/deny_users');
  await expect(open()).rejects.toThrow(/deny user list/);
});
