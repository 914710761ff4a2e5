import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameSplitter } from '../../../src/discovery/zookeeper/frame-splitter.ts';

function framed(body: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + body.length);
  frame.writeInt32BE(body.length);
  frame.set(body, 4);
  return frame;
}

test('messages come out whole however their bytes come in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (bodies, sizes) => {
        const bytes = Buffer.concat(bodies.map(framed));
        const splitter = new FrameSplitter();
        const found: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          found.push(...splitter.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(bodies.map(framed));
      },
    ),
  );
});

test('half a message is forgotten with its connection', () => {
  const splitter = new FrameSplitter();
  expect([...splitter.push(framed(Buffer.from('lost')).subarray(0, 6))]).toEqual([]);
  splitter.clear();
  const next = framed(Buffer.from('next'));
  expect([...splitter.push(next)]).toEqual([next]);
});

test('a length that cannot be is refused before bytes are kept', () => {
  const splitter = new FrameSplitter();
  expect(() => [...splitter.push(Buffer.from([0x7f, 0xff, 0xff, 0xff]))]).toThrow(RangeError);
});
