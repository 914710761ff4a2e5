import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../support/certificates.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { post } from '../../support/hs2-http-client.ts';
import { encodeCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { curl as send, negotiate } from '../../support/kerberos/curl.ts';
import type { CurlReply } from '../../support/kerberos/curl.ts';
import { Initiator } from '../../support/kerberos/initiator.ts';
import { type Kdc, realm, startKdc } from '../../support/kerberos/kdc.ts';
import { openedSession } from '../../support/opened-session.ts';
import { newUser, Slapd, suffix } from '../../support/slapd.ts';

const service = 'HTTP/localhost';
const ldapUser = newUser('alice');
const openCall = encodeCall('OpenSession', { client_protocol: 9 }, 1);

let kdc: Kdc;
let slapd: Slapd;
let engine: FakeHs2Server;
let gateway: InProcessGateway;
let authority: CertificateAuthority;
let lines: string[];
let keytab: string;

beforeAll(async () => {
  kdc = await startKdc();
  process.env['KRB5_CONFIG'] = kdc.krb5Conf;
  slapd = await Slapd.start({ users: [ldapUser] });
  await kdc.addPrincipals(service, 'other/localhost', 'alice', 'alice/host', 'bob');
  keytab = await kdc.keytab(service);
  authority = new CertificateAuthority(kdc.dir, 'authority');
  const own = authority.issue();
  engine = await FakeHs2Server.start();
  const collected = collectedLog();
  lines = collected.lines;
  gateway = await startInProcess({
    enginePort: engine.port,
    log: collected.log,
    conf: {
      'kyuubi.authentication': 'KERBEROS,LDAP',
      'kyuubi.spnego.principal': `${service}@${realm}`,
      'kyuubi.spnego.keytab': keytab,
      'kyuubi.kinit.principal': `hive/localhost@${realm}`,
      'kyuubi.kinit.keytab': await hiveKeytab(),
      'kyuubi.authentication.ldap.url': slapd.url,
      'kyuubi.authentication.ldap.userDNPattern': `uid=%s,ou=people,${suffix}`,
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.thrift.binary.ssl.plain.allowed': 'true',
      'torii.frontend.ssl.certificate.file': own.certificate,
      'torii.frontend.ssl.key.file': own.key,
      'torii.audit.destination': 'log',
      'kyuubi.frontend.protocols': 'THRIFT_BINARY,REST',
      'kyuubi.frontend.rest.bind.port': '0',
      'kyuubi.server.administrators': 'alice',
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await engine.stop();
  await slapd.stop();
  await kdc.stop();
});

async function hiveKeytab(): Promise<string> {
  await kdc.addPrincipals('hive/localhost');
  return kdc.keytab('hive/localhost');
}

/** Opens a session as curl does it, with the tickets of this cache. */
const curl = (cache: string, ...options: readonly string[]): Promise<CurlReply> =>
  send(openCall, kdc.environment(cache), '--cacert', authority.file, ...options);

const place = (scheme: string, query = ''): string =>
  `${scheme}://localhost:${gateway.port}/cliservice${query}`;
/** The user of the session that a reply opened. */
const userOf = (body: Buffer): string => openedSession(gateway, body).facts.user;

describe.each(['http', 'https'])('curl over %s', (scheme) => {
  it.each([['alice'], ['alice/host']])('logs in by a ticket of %s', async (name) => {
    const { status, head, body } = await curl(await kdc.kinit(name), ...negotiate, place(scheme));
    expect([status, userOf(body)]).toEqual(['200', 'alice']);
    expect(head).toMatch(/^www-authenticate: negotiate \S+/im); // the gateway's own proof, which curl has checked
  });

  it('needs one ticket for many requests, by the cookie', async () => {
    const jar = join(kdc.dir, `jar-${scheme}`);
    const cache = await kdc.kinit('bob');
    expect((await curl(cache, ...negotiate, '--cookie-jar', jar, place(scheme))).status).toBe(
      '200',
    );
    const { status, body } = await curl(kdc.noTickets, '--cookie', jar, place(scheme));
    expect([status, userOf(body)]).toEqual(['200', 'bob']);
  });

  it('logs in by a password on the same port', async () => {
    const config = join(kdc.dir, 'curl-password');
    writeFileSync(config, `user = "alice:${ldapUser.password}"\n`, { mode: 0o600 });
    const { status, body } = await curl(kdc.noTickets, '--config', config, place(scheme));
    expect([status, userOf(body)]).toEqual(['200', 'alice']);
  });

  it('is asked for a ticket or a password where it has none', async () => {
    const { status, head, body } = await curl(kdc.noTickets, ...negotiate, place(scheme));
    expect(status).toBe('401');
    expect(head).toMatch(/^www-authenticate: negotiate\r$/im);
    expect(head).toMatch(/^www-authenticate: basic realm=/im);
    expect(body.toString()).toMatch(/^Authentication Error: /);
  });

  it('is refused a user that it may not act for', async () => {
    const cache = await kdc.kinit('alice');
    const { status } = await curl(cache, ...negotiate, place(scheme, '?doAs=bob'));
    expect(status).toBe('403');
  });
});

describe('the HTTP API', () => {
  /** By curl, on the API's own port. */
  const sessions = async (cache: string): Promise<CurlReply> =>
    curl(
      cache,
      ...[...negotiate, '--request', 'GET'],
      `http://localhost:${gateway.frontend.restAddress?.port}/api/v1/admin/sessions`,
    );

  it('is open to an administrator with a ticket, who is told of in the trail', async () => {
    const { status, head, body } = await sessions(await kdc.kinit('alice'));
    expect([status, JSON.parse(body.toString())]).toEqual(['200', expect.any(Array)]);
    expect(head).toMatch(/^www-authenticate: negotiate \S+/im);
    const told = { action: 'admin', outcome: 'ok', user: 'alice', realUser: 'alice' };
    const line = lines.map((each) => JSON.parse(each) as object).at(-1); // the log writes JSON
    expect(line).toMatchObject({ ...told, method: 'GET /api/v1/admin/sessions' });
  });

  it('refuses whoever has a ticket and is no administrator, and asks for one who has none', async () => {
    const { status, body } = await sessions(await kdc.kinit('bob'));
    expect([status, JSON.parse(body.toString())]).toMatchObject([
      '403',
      {
        code: 'ADMINISTRATOR_REQUIRED',
        message: expect.stringMatching(/^bob is no administrator/),
      },
    ]);
    const asked = await sessions(kdc.noTickets);
    expect(asked.status).toBe('401');
    expect(asked.head).toMatch(/^www-authenticate: negotiate\r$/im);
  });
});

/** A token as JDBC drivers make it: Kerberos without SPNEGO around it, for a server that is not asked to prove itself. */
async function rawToken(user: string, to: string): Promise<string> {
  const cache = await kdc.kinit(user);
  const initiator = new Initiator({ cache, service: `${to}@${realm}`, flags: 0 });
  return initiator.step().token.toString('base64');
}

const bring = (token: string): ReturnType<typeof post> =>
  post({ port: gateway.port, headers: { authorization: `Negotiate ${token}` }, body: openCall });

describe('a Kerberos token without SPNEGO', () => {
  it('logs in once, and a second time it is a replay', async () => {
    const token = await rawToken('alice', service);
    const first = await bring(token);
    expect([first.status, userOf(first.body)]).toEqual([200, 'alice']);
    expect(first.headers['www-authenticate']).toBeUndefined();
    const again = await bring(token);
    expect(again.status).toBe(401);
    expect(again.body.toString()).toMatch(/replay|used before/i);
  });

  it('of another service is refused', async () => {
    const { status, body } = await bring(await rawToken('alice', 'other/localhost'));
    expect(status).toBe(401);
    expect(body.toString()).toMatch(/^Authentication Error: .*service/);
  });

  it.each([
    ['NTLM', Buffer.from('NTLMSSP\0\x01\0\0\0').toString('base64')],
    ['garbage', Buffer.from('garbage').toString('base64')],
  ])('%s in its place is refused', async (_, token) => {
    const { status, body } = await bring(token);
    expect(status).toBe(401);
    expect(body.toString()).toMatch(/^Authentication Error: /);
  });
});

it('the audit trail tells of logins and refusals, and holds no token', () => {
  const logins = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ action, method }) => action === 'login' && method === 'NEGOTIATE');
  expect(logins).toContainEqual(expect.objectContaining({ outcome: 'ok', realUser: 'alice' }));
  expect(logins).toContainEqual(expect.objectContaining({ outcome: 'refused' }));
  expect(lines.join('')).not.toMatch(/Negotiate [A-Za-z0-9+/]{20}|YII/);
  expect(lines.join('')).not.toContain(ldapUser.password);
});

describe('a start', () => {
  const start = (conf: Readonly<Record<string, string>>): Promise<InProcessGateway> =>
    startInProcess({ conf: { 'kyuubi.authentication': 'KERBEROS,LDAP', ...conf } });

  it.each<[string, () => Readonly<Record<string, string>>, RegExp]>([
    [
      'a principal that is not HTTP’s',
      () => ({
        'kyuubi.spnego.principal': `other/localhost@${realm}`,
        'kyuubi.spnego.keytab': keytab,
      }),
      /kyuubi\.spnego\.principal does not begin with HTTP\//,
    ],
    [
      'no keytab',
      () => ({ 'kyuubi.spnego.principal': `${service}@${realm}` }),
      /kyuubi\.spnego\.keytab is not set/,
    ],
    [
      'a keytab without the principal',
      () => ({
        'kyuubi.spnego.principal': `HTTP/elsewhere@${realm}`,
        'kyuubi.spnego.keytab': keytab,
      }),
      /kyuubi\.spnego\.keytab/,
    ],
    [
      'no way in at the HTTP port',
      () => ({
        'kyuubi.authentication': 'KERBEROS',
        'kyuubi.frontend.protocols': 'THRIFT_BINARY,THRIFT_HTTP',
      }),
      /lists KERBEROS alone, and THRIFT_HTTP would let nobody in/,
    ],
  ])('ends at %s', async (_, conf, message) => {
    const binary = {
      'kyuubi.kinit.principal': `hive/localhost@${realm}`,
      'kyuubi.kinit.keytab': await kdc.keytab('hive/localhost'),
      'kyuubi.authentication.ldap.url': slapd.url,
      'kyuubi.authentication.ldap.userDNPattern': `uid=%s,ou=people,${suffix}`,
    };
    await expect(start({ ...binary, ...conf() })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
