import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordGatherer } from '../../../src/engine/record-gatherer.ts';

const recordBytes = 16 * 1024;

interface Reader {
  readonly gatherer: RecordGatherer;
  readonly read: Buffer[];
  /** So many more pieces are taken before one pauses. */
  patience: number;
}

/** A reader with a room of its own of this size. */
function reader(roomBytes: number): Reader {
  const scratch = Buffer.alloc(64 * 1024);
  const room = Buffer.alloc(roomBytes);
  const self: Reader = {
    read: [],
    patience: Infinity,
    gatherer: new RecordGatherer({
      room: () => room,
      take: (length) => {
        self.read.push(Buffer.from(room.subarray(0, length)));
        return self.patience-- > 0;
      },
      scratch,
    }),
  };
  return self;
}

const record = (value: number, length = recordBytes): Buffer => Buffer.alloc(length, value);
const lengths = ({ read }: Reader): number[] => read.map((piece) => piece.length);

describe('records of TLS', () => {
  it('are handed over together at the end of the turn, or behind a short one', () => {
    const all = reader(256 * 1024);
    for (const value of [1, 2, 3]) all.gatherer.push(record(value));
    expect(lengths(all)).toEqual([]);
    expect(all.gatherer.isDue).toBe(true);
    all.gatherer.handOver();
    expect(lengths(all)).toEqual([3 * recordBytes]);
    all.gatherer.push(record(4));
    all.gatherer.push(record(5, 10));
    expect(lengths(all)).toEqual([3 * recordBytes, recordBytes + 10]);
    expect(all.gatherer.isDue).toBe(false);
  });

  it('are handed over once the room is full', () => {
    const small = reader(recordBytes + 100);
    small.gatherer.push(record(1));
    small.gatherer.push(record(2));
    expect(lengths(small)).toEqual([recordBytes + 100]);
  });

  it('that come too early wait for the reader, and no longer', () => {
    const slow = reader(256 * 1024);
    slow.patience = 0;
    expect(slow.gatherer.push(record(1, 5))).toBe(false);
    expect(slow.gatherer.push(record(2, 5))).toBe(false);
    expect(slow.gatherer.push(record(3, 5))).toBe(false);
    expect(lengths(slow)).toEqual([5]);
    slow.patience = 0;
    expect(slow.gatherer.resume()).toBe(false);
    expect(lengths(slow)).toEqual([5, 5]);
    slow.patience = Infinity;
    expect(slow.gatherer.resume()).toBe(true);
    expect(Buffer.concat(slow.read)).toEqual(Buffer.concat([1, 2, 3].map((v) => record(v, 5))));
  });

  it('stay in order, whoever is how slow', () => {
    const sizes = fc.array(fc.constantFrom(1, 7, 5000, recordBytes - 1, recordBytes), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 3 * recordBytes }),
        fc.array(fc.boolean()),
        (all, roomBytes, resumes) => {
          const some = reader(roomBytes);
          some.patience = 2;
          const sent = all.map((length, at) => record(at + 1, length));
          for (const [at, one] of sent.entries()) {
            some.gatherer.push(one);
            if (resumes[at] !== true) continue;
            some.patience = 1;
            some.gatherer.resume();
          }
          some.patience = Infinity;
          some.gatherer.resume();
          expect(Buffer.concat(some.read).equals(Buffer.concat(sent))).toBe(true);
        },
      ),
    );
  });
});
