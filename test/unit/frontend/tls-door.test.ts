import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority, toPkcs12 } from '../../support/certificates.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Address, Hs2Client } from '../../support/hs2-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newSecret } from '../../support/secrets.ts';

const storePassword = newSecret();

const columns = [['x', 3]] as const;
const statements = {
  'select 1': { columns, batches: [[{ i32Val: { values: [1], nulls: Buffer.alloc(1) } }]] },
} as const;

let dir: string;
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
let own: MadeCertificate;
let alice: MadeCertificate;
let engine: FakeHs2Server;

beforeAll(async () => {
  dir = makeTempDir('tls');
  authority = new CertificateAuthority(dir, 'authority');
  stranger = new CertificateAuthority(dir, 'stranger');
  own = authority.issue();
  alice = authority.issue('/O=Torii/CN=alice/UID=a17');
  engine = await FakeHs2Server.start({ statements });
});

afterAll(async () => {
  await engine.stop();
  removeTempDir(dir);
});

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface Door {
  readonly gateway: InProcessGateway;
  readonly lines: string[];
  readonly files: MadeCertificate;
}

/** A gateway with TLS on, whose certificate files are its own. */
async function door(conf: Readonly<Record<string, string>> = {}): Promise<Door> {
  const files = {
    certificate: join(dir, `door${endings.length}.pem`),
    key: join(dir, `door${endings.length}.key`),
  };
  install(own, files);
  const { log, lines } = collectedLog();
  const gateway = await startInProcess({
    enginePort: engine.port,
    log,
    conf: {
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.ssl.certificate.file': files.certificate,
      'torii.frontend.ssl.key.file': files.key,
      ...conf,
    },
  });
  endings.push(() => gateway.stop());
  return { gateway, lines, files };
}

function install(made: MadeCertificate, files: MadeCertificate): void {
  copyFileSync(made.certificate, files.certificate);
  copyFileSync(made.key, files.key);
}

/** What a client trusts, and its own certificate where it has one. */
function trusting(certificate?: MadeCertificate): ConnectionOptions {
  return {
    ca: readFileSync(authority.file),
    ...(certificate === undefined
      ? {}
      : { cert: readFileSync(certificate.certificate), key: readFileSync(certificate.key) }),
  };
}

async function client(
  { gateway }: Door,
  tls: ConnectionOptions | undefined,
  more: Partial<Hs2Address> = {},
): Promise<Hs2Client> {
  const connected = await connectHs2({
    port: gateway.port,
    user: 'bob',
    limitMs: 5000,
    ...(tls === undefined ? {} : { tls }),
    ...more,
  });
  endings.push(() => connected.end());
  return connected;
}

async function rowsOf(connected: Hs2Client): Promise<unknown> {
  return (await (await connected.openSession()).run('select 1')).rows;
}

async function userOf(connected: Hs2Client): Promise<unknown> {
  const session = await connected.openSession();
  return (await session.run('kyuubi desc session')).rows[0]?.[1];
}

/** A handshake alone: the socket, or the failure. */
async function handshake({ gateway }: Door, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: gateway.port, ...options });
  endings.push(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve).once('error', reject);
  });
  return socket;
}

describe('a port with TLS', () => {
  it.each(['plain', 'nosasl'] as const)('serves %s clients rows', async (auth) => {
    expect(await rowsOf(await client(await door(), trusting(), { auth }))).toEqual([[1]]);
  });

  it('serves from a PKCS12 keystore, whose password is in a file', async () => {
    const keystore = toPkcs12(own, join(dir, 'own.p12'), storePassword);
    const { log, lines } = collectedLog();
    const gateway = await startInProcess({
      enginePort: engine.port,
      log,
      conf: {
        'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
        'kyuubi.frontend.ssl.keystore.path': keystore,
        'kyuubi.frontend.ssl.keystore.password': storePassword,
      },
    });
    endings.push(() => gateway.stop());
    const files = { certificate: keystore, key: keystore };
    expect(await rowsOf(await client({ gateway, lines, files }, trusting()))).toEqual([[1]]);
    expect(lines.join('')).not.toContain(storePassword);
  });

  it.each([
    ['plain', /SASL status 3: this endpoint requires TLS\nHint: Add ssl=true/],
    ['nosasl', /this endpoint requires TLS/],
  ] as const)('refuses %s clients without TLS, and says so', async (auth, text) => {
    const opened = await door();
    const opening = client(opened, undefined, { auth }).then((plain) => plain.openSession());
    await expect(opening).rejects.toThrow(text);
    expect(opened.lines.join('')).toContain('this endpoint requires TLS');
    expect(opened.gateway.sessions.size).toBe(0);
  });

  it('serves both, where that is allowed', async () => {
    const both = await door({ 'torii.frontend.thrift.binary.ssl.plain.allowed': 'true' });
    for (const tls of [undefined, trusting()]) {
      for (const auth of ['plain', 'nosasl'] as const) {
        expect(await rowsOf(await client(both, tls, { auth }))).toEqual([[1]]);
      }
    }
  });

  it('refuses TLS 1.1, and speaks 1.2 and 1.3', async () => {
    const opened = await door();
    const old = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    await expect(handshake(opened, { ...trusting(), ...old })).rejects.toThrow(
      /alert protocol version/,
    );
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const exact = { minVersion: version, maxVersion: version };
      const socket = await handshake(opened, { ...trusting(), ...exact });
      expect(socket.getProtocol()).toBe(version);
    }
    expect(opened.lines.join('')).toContain('TLS handshake failed');
  });

  it('speaks only the version and the cipher suites that it is told', async () => {
    const opened = await door({
      'kyuubi.frontend.thrift.binary.ssl.disallowed.protocols': 'SSLv3,TLSv1.3',
      'kyuubi.frontend.thrift.binary.ssl.include.ciphersuites':
        'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    });
    const socket = await handshake(opened, trusting());
    expect(socket.getProtocol()).toBe('TLSv1.2');
    expect(socket.getCipher().name).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    const other = {
      ...trusting(),
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      maxVersion: 'TLSv1.2',
    } as const;
    await expect(handshake(opened, other)).rejects.toThrow(/handshake failure/);
  });

  it('is not trusted by a client that knows another authority', async () => {
    const opened = await door();
    const ca = readFileSync(stranger.file);
    await expect(handshake(opened, { ca })).rejects.toThrow(/unable to verify|self.signed/);
  });

  it('refuses TLS within TLS, and garbage within it, and serves the next', async () => {
    const opened = await door();
    for (const bytes of [Buffer.from([0x16, 3, 1, 0, 5]), Buffer.from([0xff, 1, 2, 3, 4])]) {
      const socket = await handshake(opened, trusting());
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {}).write(bytes);
      await closed;
    }
    expect(await rowsOf(await client(opened, trusting()))).toEqual([[1]]);
  });

  it('takes a hello that comes byte by byte', async () => {
    const opened = await door();
    const hello = await helloOf(trusting());
    const socket = connectPlain(opened.gateway.port, '127.0.0.1');
    endings.push(() => void socket.destroy());
    const answered = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.setNoDelay(true);
    for (const byte of hello) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect((await answered)[0]).toBe(0x16); // the server's own hello, no alert
  });
});

describe('connections that are not through their handshake', () => {
  it('are closed at the limit, whatever they send', async () => {
    const opened = await door({ 'torii.frontend.handshake.timeout': 'PT0.5S' });
    const hello = await helloOf(trusting());
    const sent = [Buffer.alloc(0), hello.subarray(0, 1), hello.subarray(0, 60), hello];
    await Promise.all(sent.map((bytes) => untilClosed(opened, bytes)));
    const silent = await handshake(opened, trusting());
    await new Promise((resolve) => silent.on('error', () => {}).once('close', resolve));
    await expect.poll(() => opened.gateway.frontend.connections).toBe(0);
  });

  it('give way, the oldest first, when they are too many; who logs in is served', async () => {
    const opened = await door({ 'torii.frontend.max.unauthenticated.connections': '20' });
    const hello = await helloOf(trusting());
    let closed = 0;
    for (let i = 0; i < 1000; i++)
      void untilClosed(opened, hello.subarray(0, 100)).then(() => closed++);
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(980);
    expect(opened.gateway.frontend.connections).toBe(20);
    expect(await rowsOf(await client(opened, trusting()))).toEqual([[1]]);
  });
});

describe('certificates of clients', () => {
  const asking = (more: Record<string, string>): Record<string, string> => ({
    'torii.frontend.ssl.client.ca.file': authority.file,
    ...more,
  });

  it('are required where they are needed', async () => {
    const opened = await door(asking({ 'torii.frontend.ssl.client.auth': 'NEED' }));
    expect(await rowsOf(await client(opened, trusting(alice)))).toEqual([[1]]);
    await expect(client(opened, trusting())).rejects.toThrow(
      /certificate of the client is required/,
    );
    await expect(client(opened, trusting(stranger.issue('/CN=alice')))).rejects.toThrow(
      /certificate is not accepted: /,
    );
    const nameless = await client(opened, trusting(), { auth: 'nosasl' });
    await expect(nameless.openSession()).rejects.toThrow(/certificate of the client is required/);
    expect(opened.gateway.sessions.size).toBe(1); // the accepted one's
  });

  it('may be left out where they are wanted, and are never wrong', async () => {
    const opened = await door(asking({ 'torii.frontend.ssl.client.auth': 'WANT' }));
    expect(await rowsOf(await client(opened, trusting()))).toEqual([[1]]);
    expect(await rowsOf(await client(opened, trusting(alice)))).toEqual([[1]]);
    await expect(client(opened, trusting(stranger.issue('/CN=alice')))).rejects.toThrow(
      /certificate is not accepted/,
    );
  });

  it.each([
    ['CN', 'alice'],
    ['UID', 'a17'],
  ])('log a client without SASL in as their %s', async (rule, user) => {
    const opened = await door(
      asking({ 'torii.frontend.ssl.client.auth': 'WANT', 'torii.frontend.ssl.client.user': rule }),
    );
    const named = await client(opened, trusting(alice), { auth: 'nosasl', user: 'root' });
    expect(await userOf(named)).toBe(user);
    expect(await userOf(await client(opened, trusting(alice)))).toBe('bob'); // the login's, not the certificate's
    const twice = authority.issue(`/${rule}=alice/${rule}=root`);
    await expect(client(opened, trusting(twice))).rejects.toThrow(`has not one ${rule}`);
  });

  it('log in under the short name, as every other proof does', async () => {
    const opened = await door(
      asking({
        'torii.frontend.ssl.client.auth': 'WANT',
        'torii.frontend.ssl.client.user': 'CN',
        'torii.authentication.short.names': 'a.example',
      }),
    );
    const [known, foreign] = ['a', 'b'].map((name) => authority.issue(`/CN=alice@${name}.example`));
    const named = await client(opened, trusting(known), { auth: 'nosasl', user: 'root' });
    expect(await userOf(named)).toBe('alice');
    const refused = await client(opened, trusting(foreign), { auth: 'nosasl' });
    await expect(refused.openSession()).rejects.toThrow('users of its domain are not let in');
  });

  it('name nobody unless a rule says how', async () => {
    const opened = await door(asking({ 'torii.frontend.ssl.client.auth': 'NEED' }));
    const named = await client(opened, trusting(alice), { auth: 'nosasl', user: 'carol' });
    expect(await userOf(named)).toBe('carol');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'are checked anew by a changed authority, whatever session of %s the client resumes',
    async (version) => {
      const ca = join(dir, `trusted-${version}.pem`);
      copyFileSync(authority.file, ca);
      const opened = await door({
        'torii.frontend.ssl.client.auth': 'NEED',
        'torii.frontend.ssl.client.ca.file': ca,
      });
      const tls = {
        ...trusting(alice),
        servername: 'localhost',
        minVersion: version,
        maxVersion: version,
      };
      const first = await client(opened, tls);
      await first.openSession();
      const socket = first.connection.socket as TLSSocket; // it was made with TLS
      const session = socket.getSession();
      const resuming = { ...tls, ...(session === undefined ? {} : { session }) };
      const resumed = (await client(opened, resuming)).connection.socket as TLSSocket;
      expect(resumed.isSessionReused()).toBe(true);
      copyFileSync(stranger.file, ca);
      await opened.gateway.tls?.reload();
      await expect(client(opened, resuming)).rejects.toThrow(/certificate is not accepted/);
      await first.openSession(); // who was in stays
    },
  );

  it('of those whom the gateway’s own authority signed are not accepted for that', async () => {
    const chain = new CertificateAuthority(dir, 'servers');
    const signed = chain.issue();
    const { gateway, files, lines } = await door({
      'torii.frontend.ssl.client.auth': 'NEED',
      'torii.frontend.ssl.client.ca.file': authority.file,
    });
    const both = Buffer.concat([readFileSync(signed.certificate), readFileSync(chain.file)]);
    writeFileSync(files.certificate, both);
    copyFileSync(signed.key, files.key);
    await gateway.tls?.reload();
    const tls = { ...trusting(chain.issue('/CN=alice')), ca: readFileSync(chain.file) };
    await expect(client({ gateway, files, lines }, tls)).rejects.toThrow(/is not accepted/);
  });
});

describe('new files of certificate and key', () => {
  it('are for new connections, and break none of a hundred that are open', async () => {
    const opened = await door({ 'torii.frontend.ssl.reload.interval': 'PT0.05S' });
    const clients = await Promise.all(
      Array.from({ length: 100 }, () => client(opened, trusting())),
    );
    const [first] = clients;
    const session = await first?.openSession();
    const serial = async (): Promise<string> =>
      (await handshake(opened, trusting())).getPeerCertificate().serialNumber;
    const before = await serial();
    install(authority.issue(), opened.files); // one file after the other, so for a moment they do not fit
    await expect.poll(serial).not.toBe(before);
    for (const connected of clients) {
      expect((await session?.over(connected).run('select 1'))?.rows).toEqual([[1]]);
    }
  });

  it.each([
    ['cut off', ({ certificate }: MadeCertificate) => truncateSync(certificate, 200), /is cut off/],
    [
      'empty',
      ({ certificate }: MadeCertificate) => truncateSync(certificate, 0),
      /holds no certificate/,
    ],
    [
      'of another key',
      ({ key }: MadeCertificate) => copyFileSync(alice.key, key),
      /is not the key of/,
    ],
  ])('that are %s leave the old ones in use, and are told of once', async (_, spoil, problem) => {
    const opened = await door();
    const before = (await handshake(opened, trusting())).getPeerCertificate().serialNumber;
    spoil(opened.files);
    await opened.gateway.tls?.reload();
    await opened.gateway.tls?.reload();
    expect((await handshake(opened, trusting())).getPeerCertificate().serialNumber).toBe(before);
    const told = opened.lines.filter((line) => line.includes('not replaced'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(problem);
    expect(opened.lines.join('')).not.toContain('PRIVATE KEY');
    install(authority.issue(), opened.files);
    await opened.gateway.tls?.reload();
    expect((await handshake(opened, trusting())).getPeerCertificate().serialNumber).not.toBe(
      before,
    );
  });
});

/** The first flight of a client, as it is on the wire. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const hello = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) => socket.once('data', resolve));
  });
  const socket = connectTls({ host: '127.0.0.1', port, ...options }).on('error', () => {});
  const bytes = await hello;
  socket.destroy();
  server.close();
  return bytes;
}

function untilClosed({ gateway }: Door, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectPlain(gateway.port, '127.0.0.1', () => socket.write(bytes));
    endings.push(() => void socket.destroy());
    socket
      .on('data', () => {})
      .on('error', () => {})
      .on('close', () => resolve());
  });
}
