import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../support/certificates.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Address, Hs2Session } from '../../support/hs2-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { proxyV2 } from '../../support/proxy-header.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface Door {
  readonly gateway: InProcessGateway;
  readonly lines: string[];
}

async function door(trusted: string, conf: Readonly<Record<string, string>> = {}): Promise<Door> {
  const engine = await FakeHs2Server.start();
  endings.push(() => engine.stop());
  const { log, lines } = collectedLog();
  const gateway = await startInProcess({
    enginePort: engine.port,
    log,
    conf: { 'torii.frontend.proxy.protocol.trusted': trusted, ...conf },
  });
  endings.push(() => gateway.stop());
  return { gateway, lines };
}

async function open({ gateway }: Door, more: Partial<Hs2Address>): Promise<Hs2Session> {
  const client = await connectHs2({ port: gateway.port, limitMs: 5000, ...more });
  endings.push(() => client.end());
  return await client.openSession();
}

/** Addresses of the clients of all sessions. */
function addresses({ gateway }: Door): string[] {
  return [...gateway.sessions].map(({ facts }) => facts.clientAddress);
}

const line = Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n');
const binary = proxyV2(0x21, 0x11, Buffer.from([192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2]));

describe('a balancer that is trusted', () => {
  it.each<[what: string, prelude: Buffer, address: string]>([
    ['version 1', line, '192.0.2.1'],
    ['version 1 over IPv6', Buffer.from('PROXY TCP6 2001:db8:0::9 ::1 1 2\r\n'), '2001:db8::9'],
    ['version 2', binary, '192.0.2.1'],
    ['nobody, as version 1 may', Buffer.from('PROXY UNKNOWN\r\n'), '127.0.0.1'],
    ['itself, by LOCAL', proxyV2(0x20, 0, Buffer.alloc(0)), '127.0.0.1'],
  ])('names the client: %s', async (_, prelude, address) => {
    const opened = await door('10.0.0.0/8, 127.0.0.0/8');
    for (const auth of ['plain', 'nosasl'] as const) await open(opened, { prelude, auth });
    expect(addresses(opened)).toEqual([address, address]);
  });

  it.each([
    ['version 1', line],
    ['version 2', binary],
  ])('may send %s and what follows byte by byte', async (_, header) => {
    const opened = await door('127.0.0.1');
    const socket = connect(opened.gateway.port, '127.0.0.1').setNoDelay(true);
    endings.push(() => void socket.destroy());
    const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    const login = Buffer.from('\u0001\0\0\0\u0005PLAIN\u0005\0\0\0\u0004\0a\0b', 'latin1');
    for (const byte of Buffer.concat([header, login])) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect([...(await answer)]).toEqual([5, 0, 0, 0, 0]);
  });

  it('names the client in front of TLS, and never within it', async () => {
    const dir = makeTempDir('proxy');
    endings.push(() => removeTempDir(dir));
    const authority = new CertificateAuthority(dir, 'authority');
    const own = authority.issue();
    const opened = await door('127.0.0.1', {
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.ssl.certificate.file': own.certificate,
      'torii.frontend.ssl.key.file': own.key,
    });
    const tls = { ca: readFileSync(authority.file) };
    await open(opened, { prelude: binary, tls });
    expect(addresses(opened)).toEqual(['192.0.2.1']);
    await expect(open(opened, { prelude: Buffer.concat([binary, binary]), tls })).rejects.toThrow(
      /closed|ECONNRESET|disconnected/,
    );
    expect(addresses(opened)).toEqual(['192.0.2.1']);
  });

  it('names whom the limits and lists of addresses are for', async () => {
    const opened = await door('127.0.0.1', {
      'kyuubi.server.limit.connections.ip.deny.list': '192.0.2.1',
    });
    await expect(open(opened, { prelude: line })).rejects.toThrow('(ipAddress: 192.0.2.1)');
    await expect(
      open(opened, { prelude: proxyV2(0x20, 0, Buffer.alloc(0)) }),
    ).resolves.toBeDefined();
  });

  it.each<[what: string, prelude: Buffer]>([
    ['no header', Buffer.alloc(0)],
    ['a wrong one', Buffer.from('PROXY TCP4 192.0.2.300 192.0.2.2 1 2\r\n')],
    ['a line without end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(5000)}`)],
    ['one of 60 kB', proxyV2(0x21, 0x11, Buffer.alloc(60_000))],
    ['two', Buffer.concat([line, line])],
  ])('is refused with %s, and the next is served', async (_, prelude) => {
    const opened = await door('127.0.0.1');
    await expect(open(opened, { prelude })).rejects.toThrow(/closed|ECONNRESET|EPIPE/);
    expect(opened.lines.join('')).toContain('client refused');
    await open(opened, { prelude: line });
    expect(addresses(opened)).toEqual(['192.0.2.1']);
  });

  it('that never ends its header is closed at the handshake limit', async () => {
    const opened = await door('127.0.0.1', { 'torii.frontend.handshake.timeout': 'PT0.5S' });
    const socket = connect(opened.gateway.port, '127.0.0.1', () => socket.write('PROXY '));
    await new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
    await expect.poll(() => opened.gateway.frontend.connections).toBe(0);
  });
});

describe('whoever is not trusted', () => {
  it.each(['', '10.0.0.0/8,fd00::/8'])(
    'is refused with a header, where %j are',
    async (trusted) => {
      for (const prelude of [line, binary]) {
        const opened = await door(trusted);
        await expect(open(opened, { prelude })).rejects.toThrow(/closed|ECONNRESET|EPIPE/);
        expect(opened.lines.filter((each) => each.includes('"garbage"'))).toHaveLength(1);
        await open(opened, {});
        expect(addresses(opened)).toEqual(['127.0.0.1']);
      }
    },
  );
});
