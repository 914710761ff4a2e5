import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDesk } from '../../support/open-desk.ts';
import { EngineLane } from '../../../src/engine/engine-lane.ts';
import { ClientConnection } from '../../../src/frontend/thrift/client-connection.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { CertificateAuthority } from '../../support/certificates.ts';
import { callForBytes, replyBytes, StreamingEngine } from '../../support/streaming-engine.ts';
import { LaneBuffers } from '../../../src/engine/lane-buffers.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newSecret } from '../../support/secrets.ts';

const password = newSecret();

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Transport = 'plain' | 'TLS';

let dir: string;
/** PEM texts. */
let tls: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };

beforeAll(() => {
  dir = makeTempDir('streams');
  const authority = new CertificateAuthority(dir, 'authority');
  const { certificate, key } = authority.issue();
  tls = {
    ca: readFileSync(authority.file),
    cert: readFileSync(certificate),
    key: readFileSync(key),
  };
});

afterAll(() => removeTempDir(dir));

/** A door whose every client has an engine's connection to itself: real sockets, and nothing between the two but the relay. */
interface Door {
  readonly port: number;
  readonly transport: Transport;
  readonly engine: StreamingEngine;
  /** The door's own ends, in the order of the clients' arrival. */
  readonly clients: Socket[];
  readonly lanes: EngineLane[];
  /** Replies of which the lane has seen the end, and requests that failed. */
  readonly ended: string[];
}

async function openDoor(transport: Transport = 'plain'): Promise<Door> {
  const engine = await StreamingEngine.start();
  const buffers = new LaneBuffers();
  const clients: Socket[] = [];
  const lanes: EngineLane[] = [];
  const ended: string[] = [];
  const log = createLog({ level: 'error', format: 'json' });
  const desk = await openDesk();
  const accept = (socket: Socket): void => {
    const lane = openLane(engine.port, buffers);
    clients.push(socket);
    new ClientConnection(socket, {
      clientAddress: '127.0.0.1',
      logins: desk,
      refuse: (_message, _context, error) => {
        throw error;
      },
      http: undefined,
      isHttpOnly: false,
      maxMessageBytes: 1 << 20,
      log,
      onOpen: () => {},
      onClosed: () => {},
      dispatch: async (message, context) => {
        const open = await lane;
        if (!lanes.includes(open)) lanes.push(open);
        try {
          const frame = await open.exchange(message, context.relay());
          ended.push(frame === undefined ? 'relayed' : 'gathered');
          return frame === undefined ? { kind: 'relayed' } : { kind: 'frame', frame };
        } catch (failure) {
          ended.push('failed');
          throw failure;
        }
      },
    });
  };
  const server =
    transport === 'TLS'
      ? createTlsServer({ ...tls, noDelay: true }, accept)
      : createServer({ noDelay: true }, accept);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  endings.push(async () => {
    for (const socket of clients) socket.destroy();
    for (const lane of lanes) lane.close();
    await engine.stop();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { port, transport, engine, clients, lanes, ended };
}

function openLane(port: number, buffers: LaneBuffers): Promise<EngineLane> {
  return EngineLane.open(
    {
      host: '127.0.0.1',
      port,
      certificate: undefined,
      user: 'alice',
      password: () => password,
      connectTimeoutMs: 5000,
      maxReplyBytes: 0x7fffffff,
      buffers,
      onClosed: () => {},
    },
    new AbortController().signal,
  );
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

  constructor({ port, transport }: Door, isFramed = true) {
    this.#isFramed = isFramed;
    this.#plain = connect(port, '127.0.0.1');
    const { ca } = tls;
    this.socket = transport === 'TLS' ? connectTls({ socket: this.#plain, ca }) : this.#plain;
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
async function stalledClient(door: Door): Promise<{ client: CheckingClient; socket: Socket }> {
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
