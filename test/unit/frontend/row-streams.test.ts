import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tlsTexts } from '../../support/certificates.ts';
import type { TlsTexts } from '../../support/certificates.ts';
import { StreamingDoor } from '../../support/streaming-door.ts';
import { callForBytes, replyBytes } from '../../support/streaming-engine.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Transport = 'plain' | 'TLS';

let dir: string;
let tls: TlsTexts;

beforeAll(() => {
  dir = makeTempDir('streams');
  tls = tlsTexts(dir);
});

afterAll(() => removeTempDir(dir));

async function openDoor(transport: Transport = 'plain'): Promise<StreamingDoor> {
  const door = await StreamingDoor.open({ tls: transport === 'TLS' ? tls : undefined });
  endings.push(() => door.stop());
  return door;
}

/** A client that compares every byte with what the engine sent. */
class CheckingClient {
  readonly socket: Socket;
  readonly #plain: Socket;
  readonly #isFramed: boolean;
  #expected: { readonly size: number; readonly done: () => void }[] = [];
  /** Of the present reply, its length included where it has one. */
  #at = 0;
  received = 0;
  difference: string | undefined;

  constructor({ port, isTls }: StreamingDoor, isFramed = true) {
    this.#isFramed = isFramed;
    this.#plain = connect(port, '127.0.0.1');
    const { ca } = tls;
    this.socket = isTls ? connectTls({ socket: this.#plain, ca }) : this.#plain;
    this.socket.on('data', (chunk: Buffer) => this.#check(chunk)).on('error', () => {});
    endings.push(() => {
      this.socket.destroy();
    });
  }

  /** Sends the call, whether or not the last was answered; resolves once its reply is there. */
  ask(size: number): Promise<void> {
    const call = callForBytes(size);
    const length = Buffer.alloc(4);
    length.writeInt32BE(call.length);
    this.socket.write(this.#isFramed ? Buffer.concat([length, call]) : call);
    return new Promise((done) => {
      this.#expected.push({ size, done });
    });
  }

  /** Without a word, as a client does whose machine has gone. */
  vanish(): void {
    this.#plain.resetAndDestroy();
  }

  #check(chunk: Buffer): void {
    this.received += chunk.length;
    for (let rest = chunk; rest.length > 0;) {
      const [reply] = this.#expected;
      if (reply === undefined) {
        this.difference ??= `${rest.length} bytes that were not asked for`;
        return;
      }
      const { size } = reply;
      const prefixBytes = this.#isFramed ? 4 : 0;
      const bytes = this.#expectedBytes(size, prefixBytes, rest.length);
      if (!rest.subarray(0, bytes.length).equals(bytes)) {
        this.difference ??= `a reply of ${size} bytes differs after byte ${this.#at}`;
      }
      rest = rest.subarray(bytes.length);
      this.#at += bytes.length;
      if (this.#at < prefixBytes + size) continue;
      this.#at = 0;
      this.#expected.shift();
      reply.done();
    }
  }

  #expectedBytes(size: number, prefixBytes: number, most: number): Buffer {
    if (this.#at >= prefixBytes) {
      const at = this.#at - prefixBytes;
      return replyBytes(size, at, Math.min(most, size - at));
    }
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(size);
    return prefix.subarray(this.#at, this.#at + most);
  }
}

const bufferBytes = 256 * 1024;
/** More than the kernel keeps of two connections. */
const endless = 1_000_000_000;
/** For a machine that does other things; nothing waits for it to pass. */
const patience = { timeout: 20_000 };

/** A client that has asked for more than it will read; resolves once the door holds bytes for it. */
async function stalledClient(
  door: StreamingDoor,
): Promise<{ client: CheckingClient; socket: Socket }> {
  const client = new CheckingClient(door);
  void client.ask(endless);
  client.socket.pause();
  await expect.poll(() => door.clients.at(-1)?.writableLength ?? 0, patience).toBeGreaterThan(0);
  const socket = door.clients.at(-1);
  if (socket === undefined) throw new Error('no client has arrived');
  return { client, socket };
}

describe.each(['plain', 'TLS'] as const)('replies over %s', patience, (transport) => {
  it.each([
    ['framed', true],
    ['unframed', false],
  ] as const)('of all sizes come to a %s client byte by byte the same', async (_, isFramed) => {
    const door = await openDoor(transport);
    const client = new CheckingClient(door, isFramed);
    const sizes = [1, 65_532, 65_533, 262_140, 262_141, 5_000_000, 2, 20_000_000, 70_000, 3];
    for (const size of sizes) await client.ask(size);
    expect(client.difference).toBeUndefined();
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(client.received).toBe(total + (isFramed ? 4 * sizes.length : 0));
    expect(door.ended.filter((how) => how === 'relayed')).toHaveLength(6);
  });

  it('to requests that were sent ahead come in order', async () => {
    const door = await openDoor(transport);
    const client = new CheckingClient(door);
    const sizes = [3_000_000, 10, 100_000, 66_000, 65_000, 1, 900_000];
    await Promise.all(sizes.map((size) => client.ask(size)));
    expect(client.difference).toBeUndefined();
    expect(door.ended).toHaveLength(sizes.length);
  });
});

describe.each(['plain', 'TLS'] as const)(
  'a client that does not read over %s',
  patience,
  (transport) => {
    it('costs one buffer and what the kernel holds, and the others nothing', async () => {
      const door = await openDoor(transport);
      const { client, socket } = await stalledClient(door);
      const [engineSide] = door.engine.sockets;
      const other = new CheckingClient(door);
      await other.ask(40_000_000);
      expect(other.difference).toBeUndefined();
      expect(socket.writableLength).toBeLessThanOrEqual(bufferBytes);
      expect(door.engine.taken(engineSide)).toBeLessThan(endless / 4);
      const before = client.received;
      client.socket.resume();
      await expect.poll(() => client.received, patience).toBeGreaterThan(before + 50_000_000);
      expect(client.difference).toBeUndefined();
    });

    it('leaves, and the rest is read from the engine and dropped', async () => {
      const door = await openDoor(transport);
      const client = new CheckingClient(door);
      const size = 60_000_000;
      void client.ask(size);
      client.socket.pause();
      await expect.poll(() => door.clients[0]?.writableLength ?? 0, patience).toBeGreaterThan(0);
      client.vanish();
      await expect.poll(() => door.ended, patience).toEqual(['relayed']);
      expect(door.lanes[0]?.isIdle).toBe(true);
      expect(door.engine.taken(door.engine.sockets[0])).toBeGreaterThan(size);
      const other = new CheckingClient(door);
      await other.ask(5_000_000);
      expect(other.difference).toBeUndefined();
    });

    it('is told by its connection’s end when the engine dies', async () => {
      const door = await openDoor(transport);
      const { client } = await stalledClient(door);
      door.engine.sockets[0]?.resetAndDestroy();
      const closed = once(client.socket, 'close');
      client.socket.resume();
      await closed;
      expect(door.ended).toEqual(['failed']);
      expect(client.received).toBeLessThan(endless);
      expect(client.difference).toBeUndefined();
      const other = new CheckingClient(door);
      await other.ask(5_000_000);
      expect(other.difference).toBeUndefined();
    });
  },
);

describe('eight streams at once', patience, () => {
  it('all come, and none is starved', async () => {
    const door = await openDoor();
    const size = 30_000_000;
    const clients = Array.from({ length: 8 }, () => new CheckingClient(door));
    await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
    let whenFirstEnded: number[] | undefined;
    await Promise.all(
      clients.map(async (client) => {
        await client.ask(size);
        whenFirstEnded ??= clients.map(({ received }) => received);
      }),
    );
    expect(Math.min(...(whenFirstEnded ?? []))).toBeGreaterThan(size / 3);
    for (const client of clients) {
      expect(client.difference).toBeUndefined();
      expect(client.received).toBe(4 + size);
    }
  });
});
