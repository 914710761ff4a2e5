import { createServer, request as httpRequest, Agent } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  Agent as TlsAgent,
  createServer as createTlsServer,
  request as tlsRequest,
} from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineLane } from '../../../src/engine/engine-lane.ts';
import { LaneBuffers } from '../../../src/engine/lane-buffers.ts';
import { HttpAnswer } from '../../../src/frontend/thrift/http/http-answer.ts';
import { tlsTexts } from '../../support/certificates.ts';
import type { TlsTexts } from '../../support/certificates.ts';
import { openStreamingLane } from '../../support/streaming-door.ts';
import { callForBytes, replyBytes, StreamingEngine } from '../../support/streaming-engine.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Transport = 'plain' | 'TLS';

let dir: string;
let tls: TlsTexts;

beforeAll(() => {
  dir = makeTempDir('http-streams');
  tls = tlsTexts(dir);
});

afterAll(() => removeTempDir(dir));

/** Answers `GET /bytes` with so many bytes that an engine sends, over a connection of its own for each request. */
interface Door {
  readonly port: number;
  readonly transport: Transport;
  readonly engine: StreamingEngine;
  /** The door's own ends, in the order of the clients' arrival. */
  readonly clients: Socket[];
  /** How each answer ended, as the lane saw it. */
  readonly ended: string[];
}

async function openDoor(transport: Transport, isCompressed = false): Promise<Door> {
  const engine = await StreamingEngine.start();
  const buffers = new LaneBuffers();
  const clients: Socket[] = [];
  const lanes: EngineLane[] = [];
  const ended: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    request.resume();
    const lane = await openStreamingLane(engine.port, buffers);
    lanes.push(lane);
    const relay = new HttpAnswer(response, isCompressed);
    try {
      const call = callForBytes(Number(request.url?.slice(1)));
      const frame = await lane.exchange(call, relay);
      ended.push(frame === undefined ? 'relayed' : 'gathered');
      if (frame !== undefined) relay.send(frame.subarray(4));
    } catch {
      ended.push('failed');
    }
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response);
  const server = transport === 'TLS' ? createTlsServer(tls, onRequest) : createServer(onRequest);
  server.on(transport === 'TLS' ? 'secureConnection' : 'connection', (socket: Socket) =>
    clients.push(socket),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  endings.push(async () => {
    server.closeAllConnections();
    for (const lane of lanes) lane.close();
    await engine.stop();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return { port: (server.address() as AddressInfo).port, transport, engine, clients, ended };
}

/** One connection that is kept from request to request. */
class Client {
  readonly #door: Door;
  readonly #agent: Agent;

  constructor(door: Door) {
    const kept = { keepAlive: true, maxSockets: 1 };
    this.#door = door;
    this.#agent =
      door.transport === 'TLS' ? new TlsAgent({ ...kept, ca: tls.ca }) : new Agent(kept);
    endings.push(() => this.#agent.destroy());
  }

  get(size: number): Promise<IncomingMessage> {
    const { port, transport } = this.#door;
    const send = transport === 'TLS' ? tlsRequest : httpRequest;
    const options = { host: 'localhost', port, path: `/${size}`, agent: this.#agent };
    return new Promise((resolve, reject) => {
      send(options, resolve).on('error', reject).end();
    });
  }
}

/** Where a body parts from what the engine sent; undefined where it does not. */
function differenceOf(body: Buffer, size: number): string | undefined {
  if (body.length !== size) return `${body.length} bytes instead of ${size}`;
  for (let at = 0; at < size; at += 1 << 20) {
    const expected = replyBytes(size, at, size - at);
    if (!body.subarray(at, at + expected.length).equals(expected)) return `after ${at} bytes`;
  }
  return undefined;
}

const patience = { timeout: 20_000 };
const bufferBytes = 256 * 1024;
/** More than the kernel keeps of two connections. */
const endless = 1_000_000_000;
const sizes = [1, 65_532, 65_533, 262_140, 262_141, 5_000_000, 2, 20_000_000, 70_000, 3];

describe.each(['plain', 'TLS'] as const)('answers over %s', patience, (transport) => {
  it.each([false, true])('come byte by byte over one connection (gzip: %s)', async (isGzip) => {
    const door = await openDoor(transport, isGzip);
    const client = new Client(door);
    for (const size of sizes) {
      const response = await client.get(size);
      const body = await buffer(response);
      expect(response.headers['content-length']).toBe(isGzip ? undefined : String(size));
      expect(differenceOf(isGzip ? gunzipSync(body) : body, size)).toBeUndefined();
    }
    expect(door.clients).toHaveLength(1);
    expect(door.ended.filter((how) => how === 'relayed')).toHaveLength(6);
  });

  it('a client that does not read costs one buffer and what the kernel holds', async () => {
    const door = await openDoor(transport);
    const stalled = await new Client(door).get(endless);
    stalled.pause();
    await expect.poll(() => door.clients[0]?.writableLength ?? 0, patience).toBeGreaterThan(0);
    const other = await new Client(door).get(20_000_000);
    expect(differenceOf(await buffer(other), 20_000_000)).toBeUndefined();
    expect(door.clients[0]?.writableLength).toBeLessThanOrEqual(bufferBytes + 1024); // and the head
    expect(door.engine.taken(door.engine.sockets[0])).toBeLessThan(endless / 4);
    let received = 0;
    stalled.on('data', (chunk: Buffer) => (received += chunk.length)).resume();
    await expect.poll(() => received, patience).toBeGreaterThan(50_000_000);
    stalled.on('error', () => {}).destroy();
  });

  it('to a client that has left are read from the engine and dropped', async () => {
    const door = await openDoor(transport);
    const leaving = await new Client(door).get(60_000_000);
    leaving.on('error', () => {}).pause();
    await expect.poll(() => door.clients[0]?.writableLength ?? 0, patience).toBeGreaterThan(0);
    leaving.destroy();
    await expect.poll(() => door.ended, patience).toEqual(['relayed']);
    expect(door.engine.taken(door.engine.sockets[0])).toBeGreaterThan(60_000_000);
  });

  it('end with the connection when the engine dies in the middle', async () => {
    const door = await openDoor(transport);
    const broken = await new Client(door).get(endless);
    broken.pause();
    await expect.poll(() => door.clients[0]?.writableLength ?? 0, patience).toBeGreaterThan(0);
    door.engine.sockets[0]?.resetAndDestroy();
    await expect(buffer(broken)).rejects.toThrow('aborted');
    expect(door.ended).toEqual(['failed']);
  });
});

it('answers to requests that were sent ahead come in their order', patience, async () => {
  const door = await openDoor('plain');
  const socket = connect(door.port, '127.0.0.1');
  const ahead = [3_000_000, 10, 100_000, 66_000, 65_000, 1, 900_000];
  const heads = ahead.map((size, at) => {
    const more = at < ahead.length - 1 ? '' : 'Connection: close\r\n';
    return `GET /${size} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  });
  socket.write(heads.join(''));
  let rest = await buffer(socket);
  for (const size of ahead) {
    const bodyAt = rest.indexOf('\r\n\r\n') + 4;
    expect(rest.subarray(0, bodyAt).toString('latin1')).toContain(`Content-Length: ${size}\r\n`);
    expect(differenceOf(rest.subarray(bodyAt, bodyAt + size), size)).toBeUndefined();
    rest = rest.subarray(bodyAt + size);
  }
  expect(rest).toHaveLength(0);
});
