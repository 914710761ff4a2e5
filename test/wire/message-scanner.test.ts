import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageScanner } from '../../src/wire/message-scanner.ts';
import { encodeCall } from '../../src/wire/struct-codec.ts';
import { WireError } from '../../src/wire/wire-error.ts';

const handle = { guid: Buffer.alloc(16, 1), secret: Buffer.alloc(16, 2) };
const messages = [
  encodeCall('OpenSession', 1, {
    client_protocol: 9,
    username: 'alice',
    configuration: { 'use:database': 'default', 'set:hiveconf:a': 'ü' },
  }),
  encodeCall('GetTables', 2, {
    sessionHandle: { sessionId: handle },
    tableTypes: ['TABLE', 'VIEW'],
  }),
  encodeCall('ExecuteStatement', 3, {
    sessionHandle: { sessionId: handle },
    statement: `select '${'x'.repeat(3000)}'`,
    confOverlay: {},
  }),
];

function scan(scanner: MessageScanner, chunks: readonly Buffer[]): Buffer[] {
  return chunks.flatMap((chunk) => [...scanner.push(chunk)]);
}

describe('MessageScanner', () => {
  it('finds every message, however the stream is cut', () => {
    const stream = Buffer.concat(messages);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 }),
        (cuts) => {
          const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
          const chunks = edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
          expect(scan(new MessageScanner(10_000), chunks)).toEqual(messages);
        },
      ),
    );
  });

  it('finds messages that come byte by byte', () => {
    const bytes = [...Buffer.concat(messages)].map((byte) => Buffer.from([byte]));
    expect(scan(new MessageScanner(10_000), bytes)).toEqual(messages);
  });

  it('walks over maps and lists of structs in the old form of header', () => {
    const strict = messages[0] ?? Buffer.alloc(0);
    const old = Buffer.concat([
      strict.subarray(4, 8 + 'OpenSession'.length),
      Buffer.from([1]),
      strict.subarray(8 + 'OpenSession'.length),
    ]);
    expect(scan(new MessageScanner(10_000), [old])).toEqual([old]);
  });

  it('refuses a message over the limit before it has come', () => {
    const scanner = new MessageScanner(1000);
    expect(() => scan(scanner, [(messages[2] ?? Buffer.alloc(0)).subarray(0, 200)])).toThrow(
      WireError,
    );
    expect(scanner.heldBytes).toBe(0);
  });

  it('refuses an endless message of many small fields', () => {
    const scanner = new MessageScanner(1000);
    const start = (messages[1] ?? Buffer.alloc(0)).subarray(0, 21);
    const field = Buffer.from([2, 0, 9, 1]);
    expect(() => {
      scan(scanner, [start]);
      for (let i = 0; i < 1000; i++) scan(scanner, [field]);
    }).toThrow('a message of over 1000 bytes');
  });

  it('answers random bytes with a WireError or by waiting, and keeps no more than the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
        const scanner = new MessageScanner(256);
        try {
          scan(scanner, [
            Buffer.from([0x80, 1, 0, 1]),
            ...chunks.map((chunk) => Buffer.from(chunk)),
          ]);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WireError);
        }
        expect(scanner.heldBytes).toBeLessThanOrEqual(256 + 64);
      }),
    );
  });
});
