import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { basic, callOverHttp } from '../../support/hs2-http-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { audience, issuer, newKey, signToken } from '../../support/token-issuer.ts';
import { newUser, serviceDn, Slapd, suffix } from '../../support/slapd.ts';

const alice = newUser('alice', { groups: ['analysts'] });
const hue = newUser('hue', { groups: ['analysts'] });
const erin = newUser('erin', { groups: ['engineers'] });
const mallory = newUser('mallory', { groups: ['zoologists'] });
const key = 'kyuubi.authentication.ldap.';
const protocol = 9;

let dir: string;
let slapd: Slapd;
let engine: FakeHs2Server;
let gateway: InProcessGateway;
let token: string;
let zoologistsToken: string;
let strangers: string;

/** Names and passwords, tokens beside them, at every door; groups from the directory. */
beforeAll(async () => {
  dir = makeTempDir('doors');
  slapd = await Slapd.start({ users: [alice, hue, erin, mallory] });
  engine = await FakeHs2Server.start();
  const [published, other] = [await newKey('one'), await newKey('one')];
  token = await signToken(published, { claims: { groups: ['engineers'] } });
  zoologistsToken = await signToken(published, { claims: { groups: ['zoologists'] } });
  strangers = await signToken(other);
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [published.published] }));
  gateway = await startInProcess({
    enginePort: engine.port,
    conf: {
      'kyuubi.authentication': 'LDAP,JWT',
      [`${key}url`]: slapd.url,
      [`${key}baseDN`]: suffix,
      [`${key}binddn`]: serviceDn,
      [`${key}bindpw`]: `\${file:${slapd.passwordFile}}`,
      [`${key}groupFilter`]: 'analysts',
      'torii.authentication.jwt.jwks.file': keys,
      'torii.authentication.jwt.issuer': issuer,
      'torii.authentication.jwt.audience': audience,
      'torii.authentication.jwt.groups.claim': 'groups',
      'kyuubi.session.group.provider': 'ldap',
      'kyuubi.engine.share.level': 'GROUP',
      'hadoop.proxyuser.hue.hosts': '*',
      'hadoop.proxyuser.hue.groups': 'engineers',
      'hadoop.proxyuser.alice.hosts': '*',
      'hadoop.proxyuser.alice.users': 'erin',
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await engine.stop();
  await slapd.stop();
  removeTempDir(dir);
});

/** The engine's place that a login leads to, by a socket. */
async function bySocket(user: string, password: string, actsFor?: string): Promise<string> {
  const client = await connectHs2({ port: gateway.port, user, password, limitMs: 10_000 });
  try {
    const configuration = actsFor === undefined ? {} : { 'hive.server2.proxy.user': actsFor };
    const { handle } = await client.openSession({ configuration });
    return placeOf(handle.sessionId);
  } finally {
    client.end();
  }
}

async function overHttp(headers: Record<string, string>): Promise<string> {
  const to = { port: gateway.port, headers };
  const { sessionHandle } = await callOverHttp(to, 'OpenSession', { client_protocol: protocol });
  if (!sessionHandle) throw new Error('no session');
  return placeOf(sessionHandle.sessionId);
}

function placeOf(id: { readonly guid: Uint8Array; readonly secret: Uint8Array }): string {
  const handle = { guid: Buffer.from(id.guid), secret: Buffer.from(id.secret) };
  const nobody = { clientAddress: '', holdsSessions: false };
  return gateway.sessions.find(handle, () => true, nobody).facts.ref.paths.space;
}

const bearer = (value: string): Record<string, string> => ({ authorization: `Bearer ${value}` });

describe('at every door', () => {
  it('a directory’s user comes in, in the group that the directory names', async () => {
    expect(await bySocket('alice', alice.password)).toMatch(/\/analysts\//);
    expect(await overHttp(basic('alice', alice.password))).toMatch(/\/analysts\//);
  });

  it('a token’s user comes in, in the group that the token names', async () => {
    expect(await bySocket('alice', token)).toMatch(/\/engineers\//);
    expect(await bySocket('', token)).toMatch(/\/engineers\//);
    expect(await overHttp(bearer(token))).toMatch(/\/engineers\//);
    expect(await overHttp(basic('alice', token))).toMatch(/\/engineers\//);
  });

  it('whoever is acted for is in the group that the directory names, and it decides who may', async () => {
    expect(await bySocket('hue', hue.password, 'erin')).toMatch(/\/engineers\//);
    await expect(bySocket('hue', hue.password, 'alice')).rejects.toThrow('proxy privilege of hue');
    await expect(bySocket('hue', hue.password, 'nobody)(cn=*')).rejects.toThrow('proxy privilege');
  });

  it('a token’s groups are its own user’s: who is acted for has the directory’s', async () => {
    expect(await bySocket('alice', token)).toMatch(/\/engineers\//);
    expect(await bySocket('alice', zoologistsToken, 'erin')).toMatch(/\/engineers\//);
    expect(await bySocket('alice', zoologistsToken)).toMatch(/\/zoologists\//);
  });

  it.each<[string, () => [string, string]]>([
    ['a wrong password', () => ['alice', mallory.password]],
    ['no password', () => ['alice', '']],
    ['a user outside the group', () => ['mallory', mallory.password]],
    ['a name that tries to be a filter', () => ['alice)(uid=*', alice.password]],
    ['a token of another key', () => ['alice', strangers]],
    ['another’s token', () => ['mallory', token]],
  ])('%s is refused', async (_, login) => {
    const [user, password] = login();
    await expect(bySocket(user, password)).rejects.toThrow(
      /Error validating the login|user name or password is wrong/,
    );
    await expect(overHttp(basic(user, password))).rejects.toThrow(/HTTP 401: Authentication Error/);
  });

  it('a bearer that is no token of ours is refused', async () => {
    await expect(overHttp(bearer(strangers))).rejects.toThrow(/HTTP 401/);
    await expect(overHttp(bearer(alice.password))).rejects.toThrow(/HTTP 401/);
  });

  it('a directory that is gone refuses by another code, and tokens go on', async () => {
    await slapd.kill();
    await expect(bySocket('alice', `${alice.password}x`)).rejects.toThrow(/not/);
    await expect(overHttp(basic('alice', `${alice.password}x`))).rejects.toThrow(/HTTP 503/);
    expect(await overHttp(bearer(token))).toMatch(/\/engineers\//);
    await slapd.resume();
  });
});
