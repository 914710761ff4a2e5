import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatPasswordHash, hashPassword } from '../../../src/core/password-hash.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Address, Hs2Client } from '../../support/hs2-client.ts';
import { basic, callOverHttp } from '../../support/hs2-http-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { audience, issuer, newKey, signToken, TokenIssuer } from '../../support/token-issuer.ts';
import type { IssuedKey } from '../../support/token-issuer.ts';
import { newSecret } from '../../support/secrets.ts';

const alicesPassword = newSecret();
const bobsPassword = newSecret();

const endings: (() => Promise<void> | void)[] = [];
let dir: string;

beforeEach(() => {
  dir = makeTempDir('logins');
  endings.push(() => removeTempDir(dir));
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function gateway(conf: Readonly<Record<string, string>>): Promise<InProcessGateway> {
  const engine = await FakeHs2Server.start({
    statements: {
      'select 1': {
        columns: [['x', 3]],
        batches: [[{ i32Val: { values: [1], nulls: Buffer.alloc(1) } }]],
      },
    },
  });
  endings.push(() => engine.stop());
  const started = await startInProcess({ enginePort: engine.port, conf });
  endings.push(() => started.stop());
  return started;
}

async function client(address: Hs2Address): Promise<Hs2Client> {
  const connected = await connectHs2({ limitMs: 10_000, ...address });
  endings.push(() => connected.end());
  return connected;
}

function openHttpSession({
  port,
  user,
  password,
}: {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}): Promise<unknown> {
  const request = { client_protocol: 9, configuration: {} };
  return callOverHttp({ port, headers: basic(user, password) }, 'OpenSession', request);
}

async function passwordFile(users: Readonly<Record<string, string>>): Promise<string> {
  const path = join(dir, 'users');
  const lines = Object.entries(users).map(
    async ([user, password]) =>
      `${user}:${formatPasswordHash(await hashPassword(password, { logN: 14, r: 8, p: 1 }))}\n`,
  );
  writeFileSync(path, (await Promise.all(lines)).join(''));
  chmodSync(path, 0o600);
  return path;
}

async function withPasswordFile(): Promise<InProcessGateway> {
  return gateway({
    'kyuubi.authentication': 'PASSWORD_FILE',
    'torii.authentication.password.file': await passwordFile({ alice: alicesPassword }),
  });
}

describe('a password file', () => {
  it('lets in who is in it', async () => {
    const { port, sessions } = await withPasswordFile();
    const session = await (
      await client({ port, user: 'alice', password: alicesPassword })
    ).openSession();
    expect((await session.run('select 1')).rows).toEqual([[1]]);
    expect([...sessions].map((each) => each.facts.user)).toEqual(['alice']);
  });

  it.each([
    ['a wrong password', 'alice', `${alicesPassword}x`],
    ['an unknown user', 'bob', alicesPassword],
    ['no password', 'alice', ''],
    ['no name', '', alicesPassword],
    ['a name in other letters', 'ALICE', alicesPassword],
  ])('refuses %s, always in the same words', async (_, user, password) => {
    const { port } = await withPasswordFile();
    await expect(client({ port, user, password })).rejects.toThrow(
      'SASL status 3: Error validating the login\nHint: Check the user name and the password.',
    );
  });

  it('lets in who is added, and keeps out who is taken out', async () => {
    const { port } = await withPasswordFile();
    await passwordFile({ bob: bobsPassword });
    await client({ port, user: 'bob', password: bobsPassword });
    await expect(client({ port, user: 'alice', password: alicesPassword })).rejects.toThrow(
      'Error validating the login',
    );
  });
});

describe('a name with a domain', () => {
  const withDomains = async (
    more: Readonly<Record<string, string>> = {},
  ): Promise<InProcessGateway> =>
    gateway({
      'kyuubi.authentication': 'PASSWORD_FILE',
      'torii.authentication.password.file': await passwordFile({
        'alice@a.example': alicesPassword,
        'alice@b.example': bobsPassword,
        'alice)(uid=*': alicesPassword,
        'hue@a.example': alicesPassword,
      }),
      'hadoop.proxyuser.hue.hosts': '*',
      'hadoop.proxyuser.hue.users': 'bob',
      ...more,
    });
  const usersOf = ({ sessions }: InProcessGateway): unknown[] =>
    [...sessions].map(({ facts }) => [facts.user, facts.realUser, facts.ref.routingUser]);

  it('is checked whole and counts as its short one, over SASL as over HTTP', async () => {
    const started = await withDomains();
    const given = { port: started.port, user: 'alice@a.example', password: alicesPassword };
    await (await client(given)).openSession();
    await openHttpSession(given);
    expect(usersOf(started)).toEqual([
      ['alice', 'alice', 'alice'],
      ['alice', 'alice', 'alice'],
    ]);
    await expect(client({ ...given, user: 'alice' })).rejects.toThrow('Error validating the login');
  });

  it('of a second domain does not come to what is the first one’s', async () => {
    const started = await withDomains();
    const first = { port: started.port, user: 'alice@a.example', password: alicesPassword };
    const second = { port: started.port, user: 'alice@b.example', password: bobsPassword };
    await client(first);
    await expect(client(second)).rejects.toThrow(
      'another domain has a user of that short name here',
    );
    await expect(openHttpSession(second)).rejects.toThrow('HTTP 401');
    await client(first);
  });

  it('stays whole where nothing is to be cut off', async () => {
    const started = await withDomains({ 'torii.authentication.short.names': 'off' });
    await (
      await client({ port: started.port, user: 'alice@b.example', password: bobsPassword })
    ).openSession();
    expect(usersOf(started)).toEqual([['alice@b.example', 'alice@b.example', 'alice@b.example']]);
  });

  it('acts, and is acted for, by rules for short names', async () => {
    const started = await withDomains();
    const hue = await client({
      port: started.port,
      user: 'hue@a.example',
      password: alicesPassword,
    });
    const proxy = (name: string) => ({ configuration: { 'hive.server2.proxy.user': name } });
    await hue.openSession(proxy('bob@a.example'));
    await hue.openSession(proxy('hue@a.example'));
    await expect(hue.openSession(proxy('@a.example'))).rejects.toThrow('proxy privilege');
    expect(usersOf(started)).toEqual([
      ['bob', 'hue', 'bob'],
      ['hue', 'hue', 'hue'],
    ]);
  });

  it('stands in a token, whose holder may give the short one', async () => {
    const key = await newKey('k1');
    const issuing = await TokenIssuer.start(key);
    endings.push(() => issuing.stop());
    const started = await gateway({
      'kyuubi.authentication': 'JWT',
      'torii.authentication.jwt.jwks.url': issuing.url,
      'torii.authentication.jwt.issuer': issuer,
      'torii.authentication.jwt.audience': audience,
      'torii.authentication.short.names': 'a.example',
    });
    const tokenOf = (sub: string): Promise<string> => signToken(key, { claims: { sub } });
    const { port } = started;
    const password = await tokenOf('alice@a.example');
    for (const user of ['', 'alice', 'alice@a.example']) {
      await (await client({ port, user, password })).openSession();
    }
    expect(new Set(usersOf(started).map(String))).toEqual(new Set(['alice,alice,alice']));
    await expect(
      client({ port, user: 'alice', password: await tokenOf('alice@evil.example') }),
    ).rejects.toThrow('users of its domain are not let in');
    await expect(client({ port, user: 'alice@b.example', password })).rejects.toThrow(
      'it is for another user',
    );
  });

  it('is cut where nobody has to prove a name, too', async () => {
    const started = await gateway({});
    await (await client({ port: started.port, user: 'alice@a.example' })).openSession();
    await (
      await client({ port: started.port, user: 'alice@b.example', auth: 'nosasl' })
    ).openSession();
    expect(usersOf(started)).toEqual([
      ['alice', 'alice', 'alice'],
      ['alice', 'alice', 'alice'],
    ]);
  });
});

describe('a token', () => {
  const setUp = async (
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ gateway: InProcessGateway; key: IssuedKey; issuing: TokenIssuer }> => {
    const key = await newKey('k1');
    const issuing = await TokenIssuer.start(key);
    endings.push(() => issuing.stop());
    const started = await gateway({
      'kyuubi.authentication': 'PASSWORD_FILE,JWT',
      'torii.authentication.password.file': await passwordFile({ alice: alicesPassword }),
      'torii.authentication.jwt.jwks.url': issuing.url,
      'torii.authentication.jwt.issuer': issuer,
      'torii.authentication.jwt.audience': audience,
      'torii.authentication.jwt.groups.claim': 'groups',
      ...more,
    });
    return { gateway: started, key, issuing };
  };

  it('lets in whom it names, and its groups choose the engine', async () => {
    const { gateway: door, key } = await setUp({ 'kyuubi.engine.share.level': 'GROUP' });
    const password = await signToken(key, { claims: { groups: ['/analysts', 'all'] } });
    const session = await (await client({ port: door.port, user: '', password })).openSession();
    expect((await session.run('select 1')).rows).toEqual([[1]]);
    const [opened] = [...door.sessions];
    expect(opened?.facts.user).toBe('alice');
    const [launch] = door.launcher.submitted;
    expect(launch?.conf.get('kyuubi.ha.namespace')).toMatch(/_GROUP_SPARK_SQL\/analysts\/default$/);
  });

  it('of another key, or for another user, lets nobody in', async () => {
    const { gateway: door, key } = await setUp();
    const forged = await signToken(await newKey('k1'));
    await expect(client({ port: door.port, user: 'alice', password: forged })).rejects.toThrow(
      'SASL status 3: Error validating the login: the token was refused, its signature is wrong',
    );
    const password = await signToken(key);
    await expect(client({ port: door.port, user: 'bob', password })).rejects.toThrow(
      'it is for another user',
    );
    await client({ port: door.port, user: 'alice', password });
  });

  it('is checked by the keys of a file, as they are now', async () => {
    const [first, second] = [await newKey('k1'), await newKey('k2')];
    const path = join(dir, 'keys');
    const publish = (key: IssuedKey): void =>
      writeFileSync(path, JSON.stringify({ keys: [key.published] }), { mode: 0o600 });
    publish(first);
    const { port } = await gateway({
      'kyuubi.authentication': 'JWT',
      'torii.authentication.jwt.jwks.file': path,
      'torii.authentication.jwt.issuer': issuer,
      'torii.authentication.jwt.audience': audience,
    });
    await client({ port, user: 'alice', password: await signToken(first) });
    publish(second);
    await client({ port, user: 'alice', password: await signToken(second) });
    await expect(client({ port, user: 'alice', password: await signToken(first) })).rejects.toThrow(
      'its issuer publishes no such key',
    );
    await expect(client({ port, user: 'alice', password: 'no token' })).rejects.toThrow(
      'SASL status 3: Error validating the login',
    );
  });

  it('that can not be checked is told so, and passwords go on', async () => {
    const { gateway: door, key, issuing } = await setUp();
    await issuing.stop();
    const password = await signToken(key);
    await expect(client({ port: door.port, user: 'alice', password })).rejects.toThrow(
      'the keys of its issuer can not be fetched',
    );
    await client({ port: door.port, user: 'alice', password: alicesPassword });
  });
});

describe('a client without a login', () => {
  const noLogin = async (port: number): Promise<Hs2Client> => client({ port, auth: 'nosasl' });

  it('is refused where a login is required, with the reason as its answer', async () => {
    const { port, sessions } = await withPasswordFile();
    const stranger = await noLogin(port);
    await expect(stranger.openSession()).rejects.toMatchObject({
      message: expect.stringContaining('this endpoint requires a login'),
      sqlState: '28000',
    });
    await expect(stranger.openSession()).rejects.toThrow('closed');
    expect([...sessions]).toEqual([]);
  });

  it("can do nothing with another's session", async () => {
    const { port } = await withPasswordFile();
    const session = await (
      await client({ port, user: 'alice', password: alicesPassword })
    ).openSession();
    const stolen = session.over(await noLogin(port));
    await expect(stolen.run('select 1')).rejects.toThrow('this endpoint requires a login');
    expect((await session.run('select 1')).rows).toEqual([[1]]);
  });

  it.each(['NONE', 'NOSASL'])('is served where authentication is %s', async (method) => {
    const { port } = await gateway({ 'kyuubi.authentication': method });
    const session = await (await noLogin(port)).openSession();
    expect((await session.run('select 1')).rows).toEqual([[1]]);
  });
});
