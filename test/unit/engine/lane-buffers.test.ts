import { describe, expect, it } from 'vitest';
import { LaneBuffers } from '../../../src/engine/lane-buffers.ts';

describe('LaneBuffers', () => {
  it('lend the same memory again, to one taker at a time', () => {
    const buffers = new LaneBuffers();
    const first = buffers.take();
    expect(buffers.take()).not.toBe(first);
    buffers.giveBack(first);
    expect(buffers.take()).toBe(first);
  });

  it('lend large ones up to a bound, and small ones beyond it', () => {
    const buffers = new LaneBuffers();
    const lent = Array.from({ length: 64 }, () => buffers.take());
    expect(new Set(lent.map(({ length }) => length))).toEqual(new Set([256 * 1024]));
    const beyond = buffers.take();
    expect(beyond).toHaveLength(buffers.shared.length);
    buffers.giveBack(beyond);
    expect(buffers.take()).toHaveLength(buffers.shared.length);
    for (const buffer of lent) buffers.giveBack(buffer);
    expect(buffers.take()).toHaveLength(256 * 1024);
  });

  it('keep few of those that nobody needs', () => {
    const buffers = new LaneBuffers();
    const lent = new Set(Array.from({ length: 64 }, () => buffers.take()));
    for (const buffer of lent) buffers.giveBack(buffer);
    const again = Array.from({ length: 64 }, () => buffers.take());
    expect(again.filter((buffer) => lent.has(buffer))).toHaveLength(8);
  });
});
