import { readByte, readBytes, readI32 } from './binary-protocol.ts';
import { WireError } from './wire-error.ts';

/** Message kinds of TBinaryProtocol. */
export const messageKind = { call: 1, reply: 2, exception: 3, oneway: 4 } as const;

/** Names are at most this long: the longest of the interface has 21 letters. */
const maxNameBytes = 256;

export interface MessageHeader {
  readonly name: string;
  readonly kind: number;
  readonly seqId: number;
  /** Where the sequence id stands. */
  readonly seqIdAt: number;
  /** Where the args or result struct begins. */
  readonly bodyAt: number;
}

/**
 * Reads either form of header (hiveserver2-wire 1.1):
 * strict `80 01 00 kind | i32 length, name | i32 seqid`, old `i32 length, name | kind | i32 seqid`.
 */
export function readMessageHeader(frame: Buffer, at = 0): MessageHeader {
  const first = readI32(frame, at);
  const isStrict = first < 0;
  if (isStrict && (first & 0xffff0000) >>> 0 !== 0x80010000) {
    throw new WireError('malformed', 'not a TBinaryProtocol message');
  }
  const nameAt = isStrict ? at + 4 : at;
  if (readI32(frame, nameAt) > maxNameBytes) {
    throw new WireError('malformed', `method name longer than ${maxNameBytes} bytes`);
  }
  const name = readBytes(frame, nameAt);
  const afterName = nameAt + 4 + name.length;
  const kind = isStrict ? first & 0xff : readByte(frame, afterName);
  const seqIdAt = isStrict ? afterName : afterName + 1;
  return {
    name: name.toString('latin1'),
    kind,
    seqId: readI32(frame, seqIdAt),
    seqIdAt,
    bodyAt: seqIdAt + 4,
  };
}

/** A strict header. */
export function writeMessageHeader(kind: number, name: string, seqId: number): Buffer {
  const length = Buffer.byteLength(name, 'latin1');
  const header = Buffer.allocUnsafe(12 + length);
  header.writeUInt32BE((0x80010000 | kind) >>> 0, 0);
  header.writeInt32BE(length, 4);
  header.write(name, 8, 'latin1');
  header.writeInt32BE(seqId, 8 + length);
  return header;
}
