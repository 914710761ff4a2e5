import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Client, Hs2Session } from '../../support/hs2-client.ts';
import { basic, callOverHttp, post } from '../../support/hs2-http-client.ts';
import { encodeCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { GssapiClient } from '../../support/kerberos/gssapi-client.ts';
import { Initiator } from '../../support/kerberos/initiator.ts';
import { type Kdc, startKdc } from '../../support/kerberos/kdc.ts';
import { startProcess } from '../../support/processes.ts';
import { saslStatus } from '../../../src/wire/sasl-negotiation.ts';
import { newSecret } from '../../support/secrets.ts';
import { watchLoop } from '../../support/watched-loop.ts';
import { newUser, Slapd, suffix } from '../../support/slapd.ts';

const alice = newUser('alice');
const wrongPassword = newSecret();
const openCall = encodeCall('OpenSession', { client_protocol: 9 }, 1);

let kdc: Kdc;
let slapd: Slapd;
let engine: FakeHs2Server;
let gateway: InProcessGateway;
let client: Hs2Client;
/** Of alice, opened while all was well. */
let session: Hs2Session;
let cookie: string;
let replays: string;

beforeAll(async () => {
  [kdc, slapd, engine] = await Promise.all([
    startKdc(),
    Slapd.start({ users: [alice] }),
    FakeHs2Server.start({
      statements: {
        'select 1': {
          columns: [['x', 3]],
          batches: [[{ i32Val: { values: [1], nulls: Buffer.alloc(1) } }]],
        },
      },
    }),
  ]);
  await kdc.addPrincipals('hive/localhost', 'alice');
  replays = join(kdc.dir, 'replays');
  const text = readFileSync(kdc.krb5Conf, 'utf8');
  const own = `[libdefaults]\n  default_rcache_name = file2:${replays}`;
  writeFileSync(kdc.krb5Conf, text.replace('[libdefaults]', own));
  process.env['KRB5_CONFIG'] = kdc.krb5Conf;
  gateway = await startInProcess({
    enginePort: engine.port,
    conf: {
      'kyuubi.authentication': 'KERBEROS,LDAP',
      'kyuubi.kinit.principal': `hive/localhost@${kdc.realm}`,
      'kyuubi.kinit.keytab': await kdc.keytab('hive/localhost'),
      'kyuubi.authentication.ldap.url': slapd.url,
      'kyuubi.authentication.ldap.userDNPattern': `uid=%s,ou=people,${suffix}`,
      'torii.authentication.ldap.connect.timeout': 'PT0.4S',
      'torii.authentication.ldap.operation.timeout': 'PT0.4S',
      'torii.authentication.ldap.retry.pause': 'PT0.2S',
      'torii.authentication.ldap.cache.lifetime': '0',
    },
  });
  client = await connect(alice.password);
  session = await client.openSession();
  const headers = basic('alice', alice.password);
  const first = await post({ port: gateway.port, headers, body: openCall });
  cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
});

beforeEach(() => slapd.resume());

afterAll(async () => {
  client.end();
  await gateway.stop();
  await Promise.all([engine.stop(), slapd.stop()]);
  delete process.env['KRB5_CONFIG'];
  await kdc.stop();
});

const connect = (password: string): Promise<Hs2Client> =>
  connectHs2({ port: gateway.port, user: 'alice', password, limitMs: 10_000 });

/** What comes of a login by a password: `ok`, or why not. */
async function bySocket(password = alice.password): Promise<string> {
  try {
    (await connect(password)).end();
    return 'ok';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

async function overHttp(password = alice.password): Promise<string> {
  const headers = basic('alice', password);
  const { status, body } = await post({ port: gateway.port, headers, body: openCall });
  return status === 200 ? 'ok' : `HTTP ${status}: ${body.toString()}`;
}

/** Who is in goes on: rows by the session, and a session by the cookie of an earlier login. */
async function othersGoOn(): Promise<void> {
  expect((await session.run('select 1')).rows).toEqual([[1]]);
  const known = { port: gateway.port, headers: { cookie } };
  const { status } = await callOverHttp(known, 'OpenSession', { client_protocol: 9 });
  expect(status.statusCode).toBe(0);
}

describe('while the directory', () => {
  it.each<[string, () => Promise<void>, RegExp]>([
    ['is down', () => slapd.kill(), /cannot connect \(ECONNREFUSED\)/],
    ['stands still', () => slapd.hold(), /no answer|no connection|cannot be asked/],
  ])('%s, logins say why, open sessions go on, and both come back', async (_, fail, reason) => {
    expect([await bySocket(), await overHttp()]).toEqual(['ok', 'ok']);
    await fail();
    const logins = Promise.all([bySocket(), overHttp(), bySocket(wrongPassword)]);
    for (let round = 0; round < 20; round += 1) await othersGoOn();
    const told = await logins;
    expect(told[1]).toMatch(/^HTTP 503: /);
    for (const each of told) expect(each).toMatch(reason);
    await othersGoOn();
    await slapd.resume();
    await expect.poll(bySocket, { timeout: 10_000 }).toBe('ok');
    expect(await bySocket(wrongPassword)).toMatch(/password is wrong/);
    expect(await overHttp()).toBe('ok');
  });

  it('comes and goes, statements of open sessions do not notice', async () => {
    let isOver = false;
    const outcomes: string[] = [];
    const callers = [bySocket, overHttp].map(async (login) => {
      while (!isOver) {
        outcomes.push(await login());
        await pause(10);
      }
    });
    const watch = watchLoop();
    for (const fail of [() => slapd.kill(), () => slapd.hold(), () => slapd.kill()]) {
      await fail();
      for (let round = 0; round < 20; round += 1) await othersGoOn();
      await slapd.resume();
      await expect.poll(() => outcomes.at(-1), { timeout: 10_000 }).toBe('ok');
    }
    const { busyMs } = watch.stop();
    isOver = true;
    await Promise.all(callers);
    expect(new Set(outcomes).size).toBeGreaterThan(1);
    for (const each of outcomes) expect(each).toMatch(/^ok$|directory cannot be asked/);
    expect(busyMs).toBeLessThan(50);
  });
});

describe('while Kerberos waits for its replay cache', () => {
  function gssapi(cache: string): GssapiClient {
    const service = `hive/localhost@${kdc.realm}`;
    return new GssapiClient(gateway.port, new Initiator({ cache, service }));
  }

  it('a login waits, and nobody else does', async () => {
    const cache = await kdc.kinit('alice');
    const before = gssapi(cache);
    expect(await before.logIn({ layer: 'auth' })).toEqual({
      status: saslStatus.complete,
      text: '',
    });
    before.end();
    const holder = startProcess('python3', ['-c', holdsFile, replays]);
    await holder.waitFor(/held/, 20_000);
    const waiting = gssapi(cache);
    let isThrough = false;
    const login = waiting.logIn({ layer: 'auth' }).finally(() => (isThrough = true));
    for (let round = 0; round < 20; round += 1) await othersGoOn();
    expect(await bySocket()).toBe('ok');
    await pause(200);
    expect(isThrough).toBe(false);
    await holder.stop();
    expect((await login).status).toBe(saslStatus.complete);
    waiting.end();
  });
});

/** Locks a file as Kerberos does, until it is ended. */
const holdsFile = `
import fcntl, sys, time
file = open(sys.argv[1], 'r+')
fcntl.lockf(file, fcntl.LOCK_EX)
print('held', flush=True)
time.sleep(60)
`;
