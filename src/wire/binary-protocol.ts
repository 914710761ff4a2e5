import { WireError } from './wire-error.ts';

/** TBinaryProtocol's type codes (hiveserver2-wire 1.1). */
export const ttype = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

/** Nesting that no HiveServer2 struct reaches; a deeper one is an attack on the stack. */
const maxDepth = 32;

const fixedSizes: readonly number[] = sizesByType();

/** Bytes of a value of this type, or 0 where its length stands in the data. */
export function fixedSize(type: number): number {
  return fixedSizes[type] ?? 0;
}

/** Where a field's value begins, and its type. */
export interface FieldSpan {
  readonly type: number;
  readonly at: number;
}

/** Finds a field of the struct whose fields begin at `at`; stops looking at the struct's end. */
export function findField(frame: Buffer, at: number, id: number): FieldSpan | undefined {
  let position = at;
  for (;;) {
    const type = readByte(frame, position);
    if (type === ttype.stop) return undefined;
    const fieldId = readI16(frame, position + 1);
    if (fieldId === id) return { type, at: position + 3 };
    position = skipValue(frame, position + 3, type, 0);
  }
}

/** Every field of a struct in the order it was written, with the span of its whole encoding. */
export function* fieldsOf(
  frame: Buffer,
  at: number,
): Generator<FieldSpan & { id: number; from: number; to: number }> {
  let position = at;
  for (;;) {
    const type = readByte(frame, position);
    if (type === ttype.stop) return;
    const id = readI16(frame, position + 1);
    const to = skipValue(frame, position + 3, type, 0);
    yield { id, type, at: position + 3, from: position, to };
    position = to;
  }
}

/** Position behind a value. Lengths are checked against the frame before they are believed. */
export function skipValue(frame: Buffer, at: number, type: number, depth: number): number {
  const size = fixedSize(type);
  if (size > 0) return within(frame, at + size);
  if (depth >= maxDepth) throw new WireError('malformed', `nested deeper than ${maxDepth} levels`);
  switch (type) {
    case ttype.string:
      return within(frame, at + 4 + readLength(frame, at));
    case ttype.struct: {
      let position = at;
      for (;;) {
        const fieldType = readByte(frame, position);
        if (fieldType === ttype.stop) return position + 1;
        position = skipValue(frame, position + 3, fieldType, depth + 1);
      }
    }
    case ttype.list:
    case ttype.set:
      return skipMany(frame, at + 5, readLength(frame, at + 1), [readByte(frame, at)], depth);
    case ttype.map: {
      const count = readLength(frame, at + 2);
      return skipMany(frame, at + 6, count, [readByte(frame, at), readByte(frame, at + 1)], depth);
    }
    default:
      throw new WireError('malformed', `unknown type code ${type}`);
  }
}

export function readByte(frame: Buffer, at: number): number {
  within(frame, at + 1);
  return frame.readUInt8(at);
}

export function readI16(frame: Buffer, at: number): number {
  within(frame, at + 2);
  return frame.readInt16BE(at);
}

export function readI32(frame: Buffer, at: number): number {
  within(frame, at + 4);
  return frame.readInt32BE(at);
}

export function readI64(frame: Buffer, at: number): bigint {
  within(frame, at + 8);
  return frame.readBigInt64BE(at);
}

/** The bytes of a string or binary value; a view, not a copy. */
export function readBytes(frame: Buffer, at: number): Buffer {
  const end = at + 4 + readLength(frame, at);
  within(frame, end);
  return frame.subarray(at + 4, end);
}

function readLength(frame: Buffer, at: number): number {
  const length = readI32(frame, at);
  if (length < 0) throw new WireError('malformed', `negative length ${length}`);
  return length;
}

function skipMany(
  frame: Buffer,
  at: number,
  count: number,
  types: readonly number[],
  depth: number,
): number {
  const sizes = types.map(fixedSize);
  if (sizes.every((size) => size > 0)) {
    return within(frame, at + count * sizes.reduce((sum, size) => sum + size, 0));
  }
  let position = at;
  for (let i = 0; i < count; i++) {
    for (const type of types) position = skipValue(frame, position, type, depth + 1);
  }
  return position;
}

function within(frame: Buffer, end: number): number {
  if (end > frame.length)
    throw new WireError('truncated', 'the message ends in the middle of a value');
  return end;
}

function sizesByType(): number[] {
  const sizes: number[] = [];
  sizes[ttype.bool] = 1;
  sizes[ttype.byte] = 1;
  sizes[ttype.double] = 8;
  sizes[ttype.i16] = 2;
  sizes[ttype.i32] = 4;
  sizes[ttype.i64] = 8;
  return sizes;
}
