import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../src/wire/frame-reader.ts';
import { WireError } from '../../src/wire/wire-error.ts';

function framed(body: Buffer): Buffer {
  const frame = Buffer.alloc(4 + body.length);
  frame.writeInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

describe('FrameReader', () => {
  it('gives back the frames of a stream, however it is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(200), { maxLength: 8 }), (contents, cuts) => {
        const expected = contents.map((content) => Buffer.from(content));
        const stream = Buffer.concat(expected.map(framed));
        const edges = [
          0,
          ...cuts.map((cut) => Math.min(cut, stream.length)).toSorted((a, b) => a - b),
          stream.length,
        ];
        const reader = new FrameReader(100);
        const frames = edges
          .slice(1)
          .flatMap((end, index) => [...reader.push(stream.subarray(edges[index], end))]);
        expect(frames.map((frame) => Buffer.from(frame))).toEqual(expected);
        expect(reader.heldBytes).toBe(0);
      }),
    );
  });

  it.each([101, 0x7fffffff, -1])('refuses a length of %i before anything is kept', (length) => {
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(length, 0);
    const reader = new FrameReader(100);
    expect(() => [...reader.push(prefix)]).toThrow(WireError);
    expect(reader.heldBytes).toBe(0);
  });
});
