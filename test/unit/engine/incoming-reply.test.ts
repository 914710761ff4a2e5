import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatheredReply } from '../../../src/engine/gathered-reply.ts';
import type { IncomingReply, ReplyProgress } from '../../../src/engine/incoming-reply.ts';
import { LaneBuffers } from '../../../src/engine/lane-buffers.ts';
import { RelayedReply } from '../../../src/engine/relayed-reply.ts';
import type { ReplyRelay } from '../../../src/wire/reply-relay.ts';

/** Reads as a socket does: into the room there is, as many bytes as come at once. */
function feed(reply: IncomingReply, bytes: Buffer): ReplyProgress {
  const { room } = reply;
  if (room === undefined) throw new Error('the reply takes no more bytes');
  return reply.took(bytes.copy(room));
}

/** Keeps a copy of what it is given, and is done with it at once unless it `holds`. */
class KeepingRelay implements ReplyRelay {
  readonly chunks: Buffer[] = [];
  holds = false;
  isBroken = false;
  #written: (() => void) | undefined;

  write(chunk: Buffer, written: () => void): boolean {
    this.chunks.push(Buffer.from(chunk));
    if (this.holds) this.#written = written;
    return !this.holds;
  }

  broken(): void {
    this.isBroken = true;
  }

  release(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }
}

const lengths = fc.integer({ min: 4, max: 400_000 });
const steps = fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 5 });

function frameOf(length: number): Buffer {
  const frame = Buffer.alloc(length, 'the bytes of a reply, ');
  frame.writeInt32BE(length - 4);
  return frame;
}

/** Feeds a frame in pieces of these sizes, taken in turn; gives the last progress. */
function feedAll(reply: IncomingReply, frame: Buffer, sizes: readonly number[]): ReplyProgress {
  let at = Math.min(frame.length, Math.max(4, Math.min(sizes[0] ?? 4, 65_536)));
  let progress = reply.begin(frame.subarray(0, at));
  for (let turn = 1; progress === 'more'; turn++) {
    const most = Math.min(sizes[turn % sizes.length] ?? 1, reply.room?.length ?? 0);
    progress = feed(reply, frame.subarray(at, at + most));
    at += most;
  }
  expect(at).toBeGreaterThanOrEqual(frame.length);
  return progress;
}

describe('a gathered reply', () => {
  it('is the frame, however it was cut', () => {
    fc.assert(
      fc.property(lengths, steps, (length, sizes) => {
        const frame = frameOf(length);
        const reply = new GatheredReply(length);
        expect(feedAll(reply, frame, sizes)).toBe('whole');
        expect(reply.frame?.equals(frame)).toBe(true);
        expect(reply.room).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('takes memory for what has come, not for what its length promises', () => {
    const reply = new GatheredReply(1 << 30);
    reply.begin(Buffer.alloc(4));
    expect(reply.room?.buffer.byteLength).toBeLessThanOrEqual(128 * 1024);
    feed(reply, Buffer.alloc(64 * 1024 - 4));
    expect(reply.room?.buffer.byteLength).toBe(128 * 1024);
    expect(reply.frame).toBeUndefined();
  });

  it('that is longer than it said is refused', () => {
    expect(new GatheredReply(10).begin(Buffer.alloc(11))).toBe('too-long');
  });
});

describe('a relayed reply', () => {
  it('hands on the frame, however it was cut', () => {
    fc.assert(
      fc.property(lengths, steps, (length, sizes) => {
        const frame = frameOf(length);
        const relay = new KeepingRelay();
        const reply = new RelayedReply(relay, length, new LaneBuffers(), () => {});
        expect(feedAll(reply, frame, sizes)).toBe('whole');
        expect(Buffer.concat(relay.chunks).equals(frame)).toBe(true);
        expect(reply.room).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('keeps its buffer to itself until the last byte is written, even when it has ended', () => {
    const buffers = new LaneBuffers();
    const relay = new KeepingRelay();
    relay.holds = true;
    let told = 0;
    const reply = new RelayedReply(relay, 100, buffers, () => told++);
    const { room } = reply;
    expect(reply.begin(Buffer.alloc(60))).toBe('paused');
    relay.release();
    expect(told).toBe(1);
    expect(feed(reply, Buffer.alloc(30))).toBe('paused');
    reply.end();
    expect(relay.isBroken).toBe(true);
    const other = buffers.take();
    expect(other).not.toBe(room);
    relay.release();
    expect(told).toBe(1);
    expect(buffers.take()).toBe(room);
  });

  it('that has come whole is not broken by its end', () => {
    const relay = new KeepingRelay();
    const reply = new RelayedReply(relay, 100, new LaneBuffers(), () => {});
    expect(reply.begin(Buffer.alloc(60))).toBe('more');
    expect(feed(reply, Buffer.alloc(40))).toBe('whole');
    reply.end();
    expect(relay.isBroken).toBe(false);
  });

  it('that is longer than it said is refused before the excess is passed on', () => {
    const relay = new KeepingRelay();
    const reply = new RelayedReply(relay, 100, new LaneBuffers(), () => {});
    reply.begin(Buffer.alloc(60));
    expect(feed(reply, Buffer.alloc(41))).toBe('too-long');
    expect(relay.chunks.map(({ length }) => length)).toEqual([60]);
  });
});
