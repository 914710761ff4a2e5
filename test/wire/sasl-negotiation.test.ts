import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NegotiationReader,
  negotiationMessage,
  parsePlain,
  plainResponse,
  saslStatus,
} from '../../src/wire/sasl-negotiation.ts';
import { WireError } from '../../src/wire/wire-error.ts';
import { newSecret } from '../support/secrets.ts';

const secret = newSecret();

describe('NegotiationReader', () => {
  it('reads messages that come in one segment or in many, and leaves what follows', () => {
    const stream = Buffer.concat([
      negotiationMessage(saslStatus.start, 'PLAIN'),
      negotiationMessage(saslStatus.complete, plainResponse('alice', 'pw')),
      Buffer.from('rest'),
    ]);
    for (const size of [1, 3, stream.length]) {
      const reader = new NegotiationReader(1000);
      const messages = [];
      for (let at = 0; at < stream.length; at += size) {
        reader.push(stream.subarray(at, at + size));
        if (messages.length === 2) continue;
        for (
          let next = reader.next();
          next !== undefined;
          next = messages.length < 2 ? reader.next() : undefined
        ) {
          messages.push({ status: next.status, payload: next.payload.toString('latin1') });
        }
      }
      expect(messages).toEqual([
        { status: 1, payload: 'PLAIN' },
        { status: 5, payload: '\0alice\0pw' },
      ]);
      expect(reader.rest().toString()).toBe('rest');
    }
  });

  it('refuses a payload over the limit', () => {
    const reader = new NegotiationReader(100);
    reader.push(Buffer.from([1, 0x7f, 0xff, 0xff, 0xff]));
    expect(() => reader.next()).toThrow(WireError);
  });

  it('answers any bytes with messages, by waiting, or with a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const reader = new NegotiationReader(64);
        reader.push(Buffer.from(bytes));
        try {
          for (let next = reader.next(); next !== undefined; next = reader.next())
            parsePlain(next.payload);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

describe('parsePlain', () => {
  it.each([
    [`\0alice\0${secret}`, { authorizationId: '', user: 'alice', password: secret }],
    [`alice\0alice\0${secret}`, { authorizationId: 'alice', user: 'alice', password: secret }],
    [`alice\0${secret}`, { authorizationId: '', user: 'alice', password: secret }],
    ['\0älïce\0pässwörd', { authorizationId: '', user: 'älïce', password: 'pässwörd' }],
    ['\0alice\0', { authorizationId: '', user: 'alice', password: '' }],
  ])('reads two parts and three (%#)', (text, expected) => {
    expect(parsePlain(Buffer.from(text))).toEqual(expected);
  });

  it.each(['alice', 'a\0b\0c\0d'])('refuses %j', (text) => {
    expect(() => parsePlain(Buffer.from(text))).toThrow('two or three parts');
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parsePlain(Buffer.from([0, 0xff, 0, 0x61]))).toThrow('UTF-8');
  });
});
