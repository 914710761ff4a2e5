import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { EngineLane } from '../../../src/engine/engine-lane.ts';
import { LaneBuffers } from '../../../src/engine/lane-buffers.ts';
import { CertificateAuthority } from '../../support/certificates.ts';
import { callForBytes, replyBytes, StreamingEngine } from '../../support/streaming-engine.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly hash: string;
}

const endings: (() => Promise<unknown> | void)[] = [];
const dir = makeTempDir('lane-tls');
let own: Identity;
let other: Identity;

beforeAll(() => {
  const authority = new CertificateAuthority(dir, 'authority');
  const issued = (): Identity => {
    const made = authority.issue();
    const cert = readFileSync(made.certificate);
    const hash = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
    return { cert, key: readFileSync(made.key), hash };
  };
  own = issued();
  other = issued();
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});
afterAll(() => removeTempDir(dir));

async function openLane(
  port: number,
  certificate: string,
  password = (): string => 'the token',
): Promise<EngineLane> {
  const lane = await EngineLane.open(
    {
      ...{ host: '127.0.0.1', port, certificate, user: 'alice', password },
      connectTimeoutMs: 5000,
      maxReplyBytes: 1 << 30,
      buffers: new LaneBuffers(),
      onClosed: () => {},
    },
    new AbortController().signal,
  );
  endings.push(() => lane.close());
  return lane;
}

async function startEngine(identity: Identity): Promise<StreamingEngine> {
  const engine = await StreamingEngine.start(identity);
  endings.push(() => engine.stop());
  return engine;
}

/** The reply's message as it should be. */
function expected(size: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < size; at += 1 << 20) pieces.push(replyBytes(size, at, size - at));
  return Buffer.concat(pieces);
}

it('replies come whole through TLS, at every size', async () => {
  const engine = await startEngine(own);
  const lane = await openLane(engine.port, own.hash);
  for (const size of [0, 1, 16_384, 65_531, 65_532, 65_533, 3_000_000, 1]) {
    const frame = await lane.exchange(callForBytes(size));
    expect(frame?.readInt32BE(0)).toBe(size);
    expect(frame?.subarray(4).equals(expected(size))).toBe(true);
  }
});

it('a reply in TLS waits for whom it is relayed to, and nothing of it is lost or out of place', async () => {
  const engine = await startEngine(own);
  const lane = await openLane(engine.port, own.hash);
  const size = 8_000_000;
  const parts: Buffer[] = [];
  let writing = 0;
  let most = 0;
  const reply = lane.exchange(callForBytes(size), {
    write: (chunk, written) => {
      most = Math.max(most, ++writing);
      parts.push(Buffer.from(chunk));
      if (parts.length % 3 === 0) return writing-- > 0; // taken at once
      setTimeout(() => {
        writing--;
        written();
      }, 1);
      return false;
    },
    broken: () => {},
  });
  expect(await reply).toBeUndefined();
  expect(most).toBe(1);
  expect(Buffer.concat(parts).subarray(4).equals(expected(size))).toBe(true);
  expect(lane.isIdle).toBe(true);
});

it('a reply that is asked for ahead is left in TLS until it is taken', async () => {
  const engine = await startEngine(own);
  const lane = await openLane(engine.port, own.hash);
  lane.hold(callForBytes(2_000_000));
  await expect.poll(() => engine.taken(engine.sockets[0])).toBeGreaterThan(0);
  expect(lane.isHeld).toBe(true);
  const frame = await lane.take();
  expect(frame?.subarray(4).equals(expected(2_000_000))).toBe(true);
});

it('for who shows another certificate, not even a token is made', async () => {
  const engine = await startEngine(other);
  let isAsked = false;
  const opening = openLane(engine.port, own.hash, () => {
    isAsked = true;
    return 'the token';
  });
  await expect(opening).rejects.toMatchObject({
    code: 'ENGINE_UNREACHABLE',
    message: `what answers at 127.0.0.1:${engine.port} shows another certificate than the engine that is registered there`,
  });
  expect(isAsked).toBe(false);
});

it('who speaks no TLS sees no token', async () => {
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received.push(chunk);
      socket.write('\u0005\0\0\0\0'); // as if a log-in had gone well
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  endings.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await expect(openLane(port, own.hash)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  const all = Buffer.concat(received);
  expect(all[0]).toBe(0x16); // a TLS handshake
  expect(all.includes('PLAIN')).toBe(false);
  expect(all.includes('the token')).toBe(false);
});
