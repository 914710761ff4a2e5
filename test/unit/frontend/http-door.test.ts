import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { formatPasswordHash, hashPassword } from '../../../src/core/password-hash.ts';
import { CertificateAuthority } from '../../support/certificates.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { basic, callOverHttp, post } from '../../support/hs2-http-client.ts';
import type { HttpPost } from '../../support/hs2-http-client.ts';
import { decodeReply, encodeCall } from '../../support/hs2-wire.ts';
import type { Hs2Reply } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newSecret } from '../../support/secrets.ts';

const alicesPassword = newSecret();
const bobsPassword = newSecret();

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const protocol = 9;

async function gateway(conf: Readonly<Record<string, string>> = {}): Promise<InProcessGateway> {
  const engine = await FakeHs2Server.start({
    statements: { many: { columns: [['id', 4]], numbers: 60_000 } },
  });
  endings.push(() => engine.stop());
  const started = await startInProcess({ enginePort: engine.port, conf });
  endings.push(() => started.stop());
  return started;
}

async function withLogin(conf: Readonly<Record<string, string>> = {}): Promise<InProcessGateway> {
  const dir = makeTempDir('http-door');
  endings.push(() => removeTempDir(dir));
  const hashed = async (user: string, password: string): Promise<string> =>
    `${user}:${formatPasswordHash(await hashPassword(password, { logN: 14, r: 8, p: 1 }))}\n`;
  const path = join(dir, 'users');
  writeFileSync(
    path,
    (await hashed('alice', alicesPassword)) + (await hashed('bob', bobsPassword)),
  );
  chmodSync(path, 0o600);
  return gateway({
    'kyuubi.authentication': 'PASSWORD_FILE',
    'torii.authentication.password.file': path,
    ...conf,
  });
}

type SessionHandle = NonNullable<Hs2Reply<'OpenSession'>['sessionHandle']>;

/** Lines of the audit trail that a gateway has written until it ended. */
async function auditOf(
  conf: Readonly<Record<string, string>>,
  use: (port: number) => Promise<void>,
): Promise<Record<string, unknown>[]> {
  const dir = makeTempDir('http-audit');
  endings.push(() => removeTempDir(dir));
  const file = join(dir, 'audit.log');
  const started = await withLogin({
    'torii.audit.destination': 'file',
    'torii.audit.file': file,
    ...conf,
  });
  await use(started.port);
  await expect.poll(() => readFileSync(file, 'utf8')).toContain('last');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function open(to: HttpPost): Promise<SessionHandle> {
  const { status, sessionHandle } = await callOverHttp(to, 'OpenSession', {
    client_protocol: protocol,
  });
  expect(status.statusCode).toBe(0);
  if (!sessionHandle) throw new Error('no session');
  return sessionHandle;
}

async function execute(
  to: HttpPost,
  sessionHandle: SessionHandle,
): Promise<NonNullable<Hs2Reply<'ExecuteStatement'>['operationHandle']>> {
  const { operationHandle } = await callOverHttp(to, 'ExecuteStatement', {
    sessionHandle,
    statement: 'many',
  });
  if (!operationHandle) throw new Error('no operation');
  return operationHandle;
}

const openCall = encodeCall('OpenSession', { client_protocol: protocol }, 1);
const fetchOf = (
  operationHandle: NonNullable<Hs2Reply<'ExecuteStatement'>['operationHandle']>,
  maxRows: number,
) => ({ operationHandle, orientation: 0, maxRows: maxRows as never });

describe('a session over HTTP', () => {
  it.each([
    ['each call over a connection of its own', undefined],
    ['all calls over one connection', new Agent({ keepAlive: true, maxSockets: 1 })],
  ])('gets all rows, %s', async (_, agent) => {
    const { port, sessions } = await gateway();
    const to = { port, ...(agent === undefined ? {} : { agent }) };
    const opened = await open(to);
    const operation = await execute(to, opened);
    let next = 0;
    for (let more = true; more;) {
      const { results, hasMoreRows } = await callOverHttp(
        to,
        'FetchResults',
        fetchOf(operation, 17_000),
      );
      for (const value of results?.columns?.[0]?.i64Val?.values ?? []) {
        expect(Number(value)).toBe(next++);
      }
      more = hasMoreRows === true;
    }
    expect(next).toBe(60_000);
    expect(sessions.size).toBe(1);
    await callOverHttp(to, 'CloseSession', { sessionHandle: opened });
    expect(sessions.size).toBe(0);
    agent?.destroy();
  });

  it('has its length told, and the same bytes as over a socket', async () => {
    const { port } = await gateway();
    const operation = await execute({ port }, await open({ port }));
    const body = encodeCall('FetchResults', fetchOf(operation, 60_000), 3);
    const reply = await post({ port, body });
    expect(reply.headers['content-type']).toBe('application/x-thrift');
    expect(Number(reply.headers['content-length'])).toBe(reply.body.length);
    const socket = await connectHs2({ port, user: 'anonymous', limitMs: 5000 });
    endings.push(() => socket.end());
    const first = { ...fetchOf(operation, 60_000), orientation: 4 };
    const same = await socket.connection.callForBytes('FetchResults', first);
    const hash = (bytes: Buffer): string =>
      createHash('sha256').update(bytes.subarray(24)).digest('hex');
    expect(hash(reply.body)).toBe(hash(same));
  });

  it('is compressed only where that is on and asked for', async () => {
    const [plain, packed] = [
      await gateway(),
      await gateway({ 'kyuubi.frontend.thrift.http.compression.enabled': 'true' }),
    ];
    const sizes: number[] = [];
    for (const { port } of [plain, packed]) {
      const operation = await execute({ port }, await open({ port }));
      const body = encodeCall('FetchResults', fetchOf(operation, 50_000), 3);
      const reply = await post({ port, body, headers: { 'accept-encoding': 'gzip, deflate' } });
      const isPacked = reply.headers['content-encoding'] === 'gzip';
      sizes.push(reply.body.length, (isPacked ? gunzipSync(reply.body) : reply.body).length);
    }
    expect(sizes[0]).toBe(sizes[1]);
    expect(sizes[3]).toBe(sizes[0]);
    expect(sizes[2]).toBeLessThan((sizes[0] ?? 0) / 2);
    const asked = await post({
      port: packed.port,
      body: openCall,
      headers: { 'accept-encoding': 'identity' },
    });
    expect(asked.headers['content-encoding']).toBeUndefined();
  });

  it('goes on when a client has left in the middle of its rows', async () => {
    const { port } = await gateway();
    const opened = await open({ port });
    const operation = await execute({ port }, opened);
    const body = encodeCall('FetchResults', fetchOf(operation, 60_000), 3);
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST /cliservice HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    await new Promise<void>((resolve) => {
      socket.once('data', () => {
        socket.destroy();
        resolve();
      });
    });
    const again = { ...fetchOf(operation, 10), orientation: 4 };
    const { results } = await callOverHttp({ port }, 'FetchResults', again);
    expect(results?.columns?.[0]?.i64Val?.values.map(Number)[9]).toBe(9);
  });
});

describe('who asks over HTTP', () => {
  it('is whoever says so without authentication, and nobody by name without a header', async () => {
    const { port, sessions } = await gateway();
    const users = async (headers: Record<string, string>): Promise<string> => {
      const { sessionId: id } = await open({ port, headers });
      const handle = { guid: Buffer.from(id.guid), secret: Buffer.from(id.secret) };
      return sessions.find(handle, () => true, { clientAddress: '', holdsSessions: false }).facts
        .user;
    };
    expect(await users({})).toBe('anonymous');
    expect(await users(basic('carol', 'anything'))).toBe('carol');
  });

  it('has to log in where a login is required', async () => {
    const { port } = await withLogin();
    const refused = [
      {},
      basic('alice', 'wrong'),
      basic('alice', ''),
      { authorization: 'Basic' },
      { authorization: `Basic ${Buffer.from('no colon').toString('base64')}` },
      { authorization: 'Bearer abc' },
      { authorization: 'Digest abc' },
      { cookie: 'hive.server2.auth=eyJ1c2VyIjoiYWxpY2UifQ.AAAA' },
    ];
    for (const headers of refused) {
      const reply = await post({ port, headers, body: openCall });
      expect([headers, reply.status]).toEqual([headers, 401]);
      expect(reply.body.toString()).toMatch(/^Authentication Error: /);
      expect(reply.headers['www-authenticate']).toBe('Basic realm="Torii"');
      expect(reply.headers['set-cookie']).toBeUndefined();
    }
    expect(
      (await post({ port, headers: basic('alice', alicesPassword), body: openCall })).status,
    ).toBe(200);
  });

  it('by a delegation token is refused by name, also beside a password and a cookie', async () => {
    const { port } = await withLogin();
    const token = { 'X-Hive-Delegation-Token': newSecret() };
    const good = basic('alice', alicesPassword);
    const { headers } = await post({ port, headers: good, body: openCall });
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    for (const more of [{}, good, { cookie }]) {
      const reply = await post({ port, headers: { ...token, ...more }, body: openCall });
      expect(reply.status).toBe(401);
      expect(reply.body.toString()).toMatch(
        /^Authentication Error: delegation tokens are not issued or taken here\nHint: .*auth=jwt/,
      );
    }
    expect((await post({ port, headers: { cookie }, body: openCall })).status).toBe(200);
  });

  it('is known by a signed cookie afterwards, at every gateway with the same secret', async () => {
    const [first, second] = [await withLogin(), await withLogin()];
    const reply = await post({
      port: first.port,
      headers: basic('alice', alicesPassword),
      body: openCall,
    });
    const [set = ''] = reply.headers['set-cookie'] ?? [];
    expect(set).toMatch(/^hive\.server2\.auth=[\w-]+\.[\w-]+; Max-Age=86400; HttpOnly$/);
    const cookie = set.split(';')[0] ?? '';
    for (const sent of [cookie, `a=b; ${set}`, `hive.server2.auth=old; ${cookie}`]) {
      for (const { port } of [first, second]) {
        const known = await post({ port, headers: { cookie: sent }, body: openCall });
        expect([sent, known.status]).toEqual([sent, 200]);
        expect(known.headers['set-cookie']).toBeUndefined();
      }
    }
    const [name = '', signature = ''] = cookie.split('.').slice(-2);
    const forged = Buffer.from(
      Buffer.from(name.split('=')[1] ?? '', 'base64url')
        .toString()
        .replace('alice', 'admin'),
    ).toString('base64url');
    for (const bad of [
      `${forged}.${signature}`,
      `${name.split('=')[1]}.${signature}A`,
      `${forged}.`,
    ]) {
      const tried = await post({
        port: first.port,
        headers: { cookie: `hive.server2.auth=${bad}` },
        body: openCall,
      });
      expect([bad, tried.status]).toEqual([bad, 401]);
    }
  });

  it('has to log in again once the cookie is old', async () => {
    const { port } = await withLogin({ 'kyuubi.frontend.thrift.http.cookie.max.age': 'PT0.2S' });
    const reply = await post({ port, headers: basic('alice', alicesPassword), body: openCall });
    const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    await expect
      .poll(async () => (await post({ port, headers: { cookie }, body: openCall })).status)
      .toBe(401);
  });

  it('gets no cookie as Thrift’s Python client, which fails at one', async () => {
    const { port } = await withLogin();
    const headers = {
      ...basic('alice', alicesPassword),
      'user-agent': 'Python/THttpClient (pyhive)',
    };
    const reply = await post({ port, headers, body: openCall });
    expect(reply.status).toBe(200);
    expect(reply.headers['set-cookie']).toBeUndefined();
  });

  it('cannot use a handle of another user', async () => {
    const { port } = await withLogin();
    const opened = await open({ port, headers: basic('alice', alicesPassword) });
    const { status } = await callOverHttp(
      { port, headers: basic('bob', bobsPassword) },
      'ExecuteStatement',
      { sessionHandle: opened, statement: 'many' },
    );
    expect(status.statusCode).toBe(3);
    expect(status.errorMessage).toContain('Invalid SessionHandle');
  });
});

describe('acting for another over HTTP', () => {
  const rules = {
    'hadoop.proxyuser.bob.hosts': '*',
    'hadoop.proxyuser.bob.users': 'alice',
  };

  it('is allowed by rule, with a password and with a cookie, and goes before what the request says', async () => {
    const { port } = await withLogin(rules);
    const path = '/cliservice?DoAs=alice';
    const body = encodeCall(
      'OpenSession',
      { client_protocol: protocol, configuration: { 'hive.server2.proxy.user': 'carol' } },
      1,
    );
    const first = await post({ port, path, headers: basic('bob', bobsPassword), body });
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    for (const reply of [first, await post({ port, path, headers: { cookie }, body })]) {
      expect(reply.status).toBe(200);
      expect(decodeReply('OpenSession', reply.body).status.statusCode).toBe(0);
    }
    const refused = await post({
      port,
      path: '/cliservice?doAs=bob',
      headers: basic('alice', alicesPassword),
      body,
    });
    expect(refused.status).toBe(403);
    const forAdmin = await post({ port, path: '/cliservice?doAs=root', headers: { cookie }, body });
    expect(forAdmin.status).toBe(403);
  });

  it('and every login is told of in the audit trail, those of each request once', async () => {
    const lines = await auditOf(rules, async (port) => {
      const headers = { ...basic('bob', bobsPassword), 'user-agent': 'Python/THttpClient' };
      for (let i = 0; i < 3; i++)
        await post({ port, path: '/?doas=alice', headers, body: openCall });
      await post({ port, headers: basic('bob', 'wrong'), body: openCall });
      await post({ port, headers: { authorization: 'Digest last' }, body: openCall });
      await post({ port, headers: basic('last', 'wrong'), body: openCall });
    });
    const logins = lines.filter((line) => line['action'] === 'login');
    const seen = logins.map(({ outcome, user, realUser, method }) => [
      outcome,
      user,
      realUser,
      method,
    ]);
    expect(seen).toEqual([
      ['ok', 'alice', 'bob', 'BASIC'],
      ['refused', 'bob', 'bob', 'BASIC'],
      ['refused', undefined, undefined, 'HTTP'],
      ['refused', 'last', 'last', 'BASIC'],
    ]);
    expect(JSON.stringify(lines)).not.toContain(bobsPassword);
    expect(JSON.stringify(lines)).not.toContain('wrong');
  });
});

describe('HTTP within TLS', () => {
  it('gets rows and a Secure cookie; a certificate is a login; plain HTTP is told why not', async () => {
    const dir = makeTempDir('https');
    endings.push(() => removeTempDir(dir));
    const authority = new CertificateAuthority(dir, 'authority');
    const [own, alice] = [authority.issue(), authority.issue('/O=Torii/CN=alice')];
    const { port } = await withLogin({
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.ssl.certificate.file': own.certificate,
      'torii.frontend.ssl.key.file': own.key,
      'torii.frontend.ssl.client.auth': 'WANT',
      'torii.frontend.ssl.client.ca.file': authority.file,
      'torii.frontend.ssl.client.user': 'CN',
    });
    const ca = readFileSync(authority.file);
    const reply = await post({
      port,
      tls: { ca },
      headers: basic('bob', bobsPassword),
      body: openCall,
    });
    expect(reply.status).toBe(200);
    expect(reply.headers['set-cookie']?.[0]).toMatch(/; Secure; HttpOnly$/);
    expect((await post({ port, tls: { ca }, body: openCall })).status).toBe(401);
    const identity = { ca, cert: readFileSync(alice.certificate), key: readFileSync(alice.key) };
    const operation = await execute({ port, tls: identity }, await open({ port, tls: identity }));
    const { results } = await callOverHttp(
      { port, tls: identity },
      'FetchResults',
      fetchOf(operation, 60_000),
    );
    expect(results?.columns?.[0]?.i64Val?.values).toHaveLength(60_000);
    const plain = await post({ port, headers: basic('bob', bobsPassword), body: openCall });
    expect([plain.status, plain.body.toString()]).toEqual([
      403,
      expect.stringContaining('requires TLS'),
    ]);
  });
});

describe('what is no call over HTTP', () => {
  it.each([
    ['GET', '/cliservice', 405],
    ['OPTIONS', '/cliservice', 405],
    ['TRACE', '/cliservice', 405],
    ['POST', '/elsewhere', 404],
    ['POST', '/cliservice2', 404],
    ['POST', '/cliservice', 400],
  ])('%s %s is answered with %i', async (method, path, status) => {
    const { port } = await gateway();
    const body = method === 'POST' ? { body: Buffer.from('no message') } : {};
    const reply = await post({ port, method, path, ...body });
    expect(reply.status).toBe(status);
    expect(reply.body.length).toBeGreaterThan(5);
  });

  it.each(['/', '/cliservice', '/cliservice/', '/cliservice/x?doAs='])(
    'POST %s is one',
    async (path) => {
      const { port } = await gateway();
      expect((await post({ port, path, body: openCall })).status).toBe(200);
    },
  );

  it('too long a body or head is refused, and the client reads why', async () => {
    const { port } = await gateway({ 'kyuubi.frontend.thrift.max.message.size': '100000' });
    expect((await post({ port, body: Buffer.alloc(5_000_000) })).status).toBe(413);
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await post({ port, headers: chunked, body: Buffer.alloc(5_000_000) })).status).toBe(
      413,
    );
    expect(
      (await post({ port, headers: { cookie: 'x'.repeat(70_000) }, body: openCall })).status,
    ).toBe(431);
    expect(
      (await post({ port, headers: { cookie: 'x'.repeat(50_000) }, body: openCall })).status,
    ).toBe(200);
  });

  it('two lengths in one request end the connection', async () => {
    const { port } = await gateway();
    const socket = connect(port, '127.0.0.1');
    socket.end(
      'POST /cliservice HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    );
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket
        .on('data', (chunk) => (text += chunk.toString('latin1')))
        .on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('a head that never ends is given up', async () => {
    const { port } = await gateway({ 'torii.frontend.handshake.timeout': 'PT1S' });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /cliservice HTTP/1.1\r\n');
    await new Promise<void>((resolve) => {
      socket.on('close', () => resolve()).resume();
    });
    expect(socket.destroyed).toBe(true);
  }, 60_000);
});

describe('ports', () => {
  it('HTTP has one of its own where it is asked for, and nothing else is spoken there', async () => {
    const started = await gateway({
      'kyuubi.frontend.protocols': 'THRIFT_BINARY,THRIFT_HTTP',
      'kyuubi.frontend.thrift.http.bind.port': '0',
      'torii.frontend.http.on.binary.port': 'false',
    });
    const httpPort = started.frontend.httpAddress?.port ?? 0;
    expect((await post({ port: httpPort, body: openCall })).status).toBe(200);
    await expect(connectHs2({ port: httpPort, user: 'alice', limitMs: 3000 })).rejects.toThrow(
      /closed/,
    );
    expect((await post({ port: started.port, body: openCall })).status).toBe(400);
    const binary = await connectHs2({ port: started.port, user: 'alice', limitMs: 3000 });
    expect((await binary.openSession()).protocol).toBe(9);
    binary.end();
  });
});
