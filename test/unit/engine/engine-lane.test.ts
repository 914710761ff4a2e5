import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineLane } from '../../../src/engine/engine-lane.ts';
import type { LaneOptions } from '../../../src/engine/engine-lane.ts';
import { negotiationMessage, saslStatus } from '../../../src/wire/sasl-negotiation.ts';
import { callForBytes, StreamingEngine } from '../../support/streaming-engine.ts';
import { LaneBuffers } from '../../../src/engine/lane-buffers.ts';
import { newSecret } from '../../support/secrets.ts';

const password = newSecret();

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface TestLane {
  readonly lane: EngineLane;
  /** Counts how often the lane said that it is closed. */
  readonly closed: () => number;
}

async function openLane(port: number, options: Partial<LaneOptions> = {}): Promise<TestLane> {
  let closed = 0;
  const lane = await EngineLane.open(
    {
      host: '127.0.0.1',
      port,
      certificate: undefined,
      user: 'alice',
      password: () => password,
      connectTimeoutMs: 5000,
      maxReplyBytes: 1 << 30,
      buffers: new LaneBuffers(),
      onClosed: () => closed++,
      ...options,
    },
    new AbortController().signal,
  );
  endings.push(() => lane.close());
  return { lane, closed: () => closed };
}

/** An engine that does what the test says with each connection once it has sent something. */
async function scripted(play: (socket: Socket, chunk: Buffer) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('data', (chunk) => play(socket, chunk)).on('error', () => {});
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return (server.address() as AddressInfo).port; // it listens on TCP
}

/** An engine that lets everybody in and answers the first request with these bytes. */
function answering(answer: Buffer, extra: Buffer = Buffer.alloc(0)): Promise<number> {
  const seen = new WeakSet<Socket>();
  return scripted((socket) => {
    if (seen.has(socket)) return socket.write(answer);
    seen.add(socket);
    return socket.write(Buffer.concat([negotiationMessage(saslStatus.complete, ''), extra]));
  });
}

function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(length);
  return bytes;
}

const message = callForBytes(1);

describe('the log-in of a lane', () => {
  it('says what the engine answered when it refuses', async () => {
    const port = await scripted((socket) => {
      socket.write(negotiationMessage(saslStatus.bad, 'no such key'));
    });
    await expect(openLane(port)).rejects.toMatchObject({
      code: 'ENGINE_REFUSED',
      message: `the engine at 127.0.0.1:${port} refused the log-in: no such key`,
    });
  });

  it('fails by itself where the engine says nothing, or leaves', async () => {
    const silent = await scripted(() => {});
    await expect(openLane(silent, { connectTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
    });
    const leaving = await scripted((socket) => socket.destroy());
    await expect(openLane(leaving)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('takes an answer that comes byte by byte', async () => {
    const answer = negotiationMessage(saslStatus.complete, '');
    let isSent = false;
    const port = await scripted((socket) => {
      if (isSent) return;
      isSent = true;
      const next = (at: number): void => {
        socket.write(answer.subarray(at, at + 1), () => {
          if (at + 1 < answer.length) setImmediate(next, at + 1);
        });
      };
      next(0);
    });
    expect((await openLane(port)).lane.isIdle).toBe(true);
  });
});

describe('a reply', () => {
  it('is given whole, of any size, one after another', async () => {
    const engine = await StreamingEngine.start();
    endings.push(() => engine.stop());
    const { lane } = await openLane(engine.port);
    for (const size of [0, 1, 65_531, 65_532, 65_533, 131_072, 3_000_000, 1]) {
      const frame = await lane.exchange(callForBytes(size));
      expect(frame).toHaveLength(4 + size);
      expect(frame?.readInt32BE(0)).toBe(size);
      expect(lane.isIdle).toBe(true);
    }
  });

  it('whose length comes in two pieces is a reply as any', async () => {
    const reply = Buffer.concat([prefix(5), Buffer.from('hello')]);
    let requests = 0;
    const port = await scripted((socket) => {
      if (requests++ === 0) socket.write(negotiationMessage(saslStatus.complete, ''));
      else
        socket.write(reply.subarray(0, 3), () =>
          setImmediate(() => socket.write(reply.subarray(3))),
        );
    });
    const { lane } = await openLane(port);
    expect((await lane.exchange(message))?.toString('utf8', 4)).toBe('hello');
  });

  it.each([
    ['longer than it said', Buffer.concat([prefix(2), Buffer.from('abc')]), 'more bytes than'],
    ['over the limit', prefix(1001), 'a reply of 1001 bytes; the limit is 1000'],
    ['of a negative length', prefix(-1), 'a reply of -1 bytes'],
  ])('%s ends the lane', async (_, answer, text) => {
    const { lane, closed } = await openLane(await answering(answer), { maxReplyBytes: 1000 });
    await expect(lane.exchange(message)).rejects.toMatchObject({
      code: 'ENGINE_LOST',
      message: expect.stringContaining(text) as string,
    });
    expect(closed()).toBe(1);
    expect(lane.isIdle).toBe(false);
  });

  it('that nobody asked for ends the lane', async () => {
    const { lane, closed } = await openLane(await answering(Buffer.alloc(0), prefix(1)));
    await expect.poll(closed).toBe(1);
    expect(lane.isIdle).toBe(false);
  });

  it('that is held up by whom it is relayed to waits in the engine, and one buffer here', async () => {
    const engine = await StreamingEngine.start();
    endings.push(() => engine.stop());
    const { lane } = await openLane(engine.port);
    const size = 8_000_000;
    let passed = 0;
    let most = 0;
    let isBroken = false;
    const held = Promise.withResolvers<() => void>();
    let isHolding = true;
    const reply = lane.exchange(callForBytes(size), {
      write: (chunk, written) => {
        passed += chunk.length;
        most = Math.max(most, chunk.length);
        if (isHolding) held.resolve(written);
        return !isHolding;
      },
      broken: () => {
        isBroken = true;
      },
    });
    const release = await held.promise;
    const other = await openLane(engine.port);
    expect(await other.lane.exchange(callForBytes(20_000_000))).toHaveLength(20_000_004);
    expect(passed).toBeLessThanOrEqual(256 * 1024);
    expect(lane.isIdle).toBe(false);
    isHolding = false;
    release();
    expect(await reply).toBeUndefined();
    expect(passed).toBe(4 + size);
    expect(most).toBeLessThanOrEqual(256 * 1024);
    expect(isBroken).toBe(false);
    expect(lane.isIdle).toBe(true);
    expect(await lane.exchange(callForBytes(3))).toHaveLength(7);
  });

  it('that was passed on whole stands, whatever becomes of the engine', async () => {
    const engine = await StreamingEngine.start();
    endings.push(() => engine.stop());
    const { lane } = await openLane(engine.port);
    const size = 100_000;
    let passed = 0;
    let isBroken = false;
    const all = Promise.withResolvers<void>();
    const reply = lane.exchange(callForBytes(size), {
      write: (chunk, written) => {
        passed += chunk.length;
        const isLast = passed === 4 + size;
        if (isLast) all.resolve();
        else setImmediate(written);
        return false;
      },
      broken: () => {
        isBroken = true;
      },
    });
    await all.promise;
    expect(lane.isIdle).toBe(false);
    lane.close();
    expect(await reply).toBeUndefined();
    expect(isBroken).toBe(false);
  });

  it('of an engine that dies breaks the relay and fails the request', async () => {
    const engine = await StreamingEngine.start();
    endings.push(() => engine.stop());
    const { lane, closed } = await openLane(engine.port);
    let isBroken = false;
    const reply = lane.exchange(callForBytes(1 << 30), {
      write: () => {
        engine.sockets[0]?.resetAndDestroy();
        return true;
      },
      broken: () => {
        isBroken = true;
      },
    });
    await expect(reply).rejects.toMatchObject({ code: 'ENGINE_LOST' });
    expect(isBroken).toBe(true);
    expect(closed()).toBe(1);
  });
});
