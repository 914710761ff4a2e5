import thriftTypes from '#thrift/types';
import { reasonOf } from '../core/errors.ts';
import {
  findField,
  readBytes,
  readI16,
  readI32,
  readI64,
  readByte,
  skipValue,
  ttype,
} from './binary-protocol.ts';
import { messageKind, readMessageHeader, writeMessageHeader } from './message-header.ts';
import { WireError } from './wire-error.ts';

/** Every method of TCLIService; the requests and responses are named after them. */
export const methodNames = [
  'OpenSession',
  'CloseSession',
  'GetInfo',
  'ExecuteStatement',
  'GetTypeInfo',
  'GetCatalogs',
  'GetSchemas',
  'GetTables',
  'GetTableTypes',
  'GetColumns',
  'GetFunctions',
  'GetPrimaryKeys',
  'GetCrossReference',
  'GetOperationStatus',
  'CancelOperation',
  'CloseOperation',
  'GetResultSetMetadata',
  'FetchResults',
  'GetDelegationToken',
  'CancelDelegationToken',
  'RenewDelegationToken',
  'GetQueryId',
  'SetClientInfo',
  'UploadData',
  'DownloadData',
] as const;

export type MethodName = (typeof methodNames)[number];

/** An i64: a bigint only where a number would lose digits. */
export type I64 = number | bigint;

/** A generated struct as plain data: no class, no Int64, an absent field is absent, an enum is its number. */
export type Plain<T> = 0 extends 1 & T // the generated types know Int64 as `any`
  ? I64
  : T extends number
    ? number
    : T extends string | boolean | undefined | Buffer
      ? T
      : T extends (infer E)[]
        ? readonly Plain<E>[]
        : { readonly [K in keyof T]: Plain<T[K]> };

type Generated = typeof thriftTypes;
type StructOf<Name> = Name extends keyof Generated
  ? Generated[Name] extends abstract new (...args: never) => infer S
    ? Plain<S>
    : never
  : never;

/** A struct of the interface by its name in the IDL. */
export type Struct<Name extends keyof Generated> = StructOf<Name>;
export type RequestOf<M extends MethodName> = StructOf<`T${M}Req`>;
export type ResponseOf<M extends MethodName> = StructOf<`T${M}Resp`>;

/** The TApplicationException types (hiveserver2-wire 1.1). */
export const applicationErrorType = {
  unknown: 0,
  unknownMethod: 1,
  invalidMessageType: 2,
  wrongMethodName: 3,
  badSequenceId: 4,
  missingResult: 5,
  internalError: 6,
  protocolError: 7,
} as const;

/** The peer answered a call with a TApplicationException. */
export class ThriftApplicationError extends Error {
  readonly type: number;

  constructor(type: number, message: string) {
    super(message);
    this.name = 'ThriftApplicationError';
    this.type = type;
  }
}

export function isMethodName(name: string): name is MethodName {
  return (methodNames as readonly string[]).includes(name);
}

/** strict header (CALL) | field 1 struct: the request | stop */
export function encodeCall<M extends MethodName>(
  method: M,
  seqId: number,
  request: RequestOf<M>,
): Buffer {
  return encodeMessage(messageKind.call, method, seqId, 1, requestClass(method), request);
}

/** strict header (REPLY) | field 0 struct: the response | stop */
export function encodeReply<M extends MethodName>(
  method: M,
  seqId: number,
  response: ResponseOf<M>,
): Buffer {
  return encodeMessage(messageKind.reply, method, seqId, 0, responseClass(method), response);
}

/** The request of a CALL whose header ends, and whose args struct begins, at `offset`. */
export function decodeRequest<M extends MethodName>(
  method: M,
  body: Buffer,
  offset: number,
): RequestOf<M> {
  const request = decodeOnlyField(body, offset, 1, requestClass(method));
  if (request === undefined) {
    throw new WireError('missing-field', `Required field 'req' is unset! Struct:${method}_args`);
  }
  return request as RequestOf<M>; // the class of the method made it
}

/** The response of one whole REPLY message with a strict header. */
export function decodeReply<M extends MethodName>(method: M, frame: Buffer): ResponseOf<M> {
  if (readI32(frame, 0) >= 0) throw new WireError('malformed', 'the reply has no strict header');
  const { name, kind, bodyAt } = readMessageHeader(frame);
  if (kind === messageKind.exception) throw readApplicationError(frame, bodyAt);
  if (kind !== messageKind.reply)
    throw new WireError('malformed', `message kind ${kind} is no reply`);
  if (name !== method) throw new WireError('malformed', `the reply to ${method} names ${name}`);
  const response = decodeOnlyField(frame, bodyAt, 0, responseClass(method));
  if (response === undefined) throw new WireError('missing-field', `${method} returned no result`);
  return response as ResponseOf<M>; // the class of the method made it
}

/**
 * strict header (EXCEPTION) | field 1 string: message | field 2 i32: type | stop.
 * By hand: what npm thrift writes has no type, and clients probe for `unknownMethod`.
 */
export function encodeApplicationException(
  method: string,
  seqId: number,
  type: number,
  message: string,
): Buffer {
  const out = new StructWriter();
  out.writeFieldBegin('message', ttype.string, 1);
  out.writeString(message);
  out.writeFieldBegin('type', ttype.i32, 2);
  out.writeI32(type);
  out.writeFieldStop();
  return Buffer.concat([writeMessageHeader(messageKind.exception, method, seqId), out.bytes()]);
}

/** What the generated classes have and their declarations leave out. */
interface StructClass {
  new (args?: object): { read(input: StructReader): void; write(output: StructWriter): void };
}

function requestClass(method: MethodName): StructClass {
  return thriftTypes[`T${method}Req`] as unknown as StructClass; // see StructClass
}

function responseClass(method: MethodName): StructClass {
  return thriftTypes[`T${method}Resp`] as unknown as StructClass; // see StructClass
}

function encodeMessage(
  kind: number,
  method: MethodName,
  seqId: number,
  fieldId: number,
  type: StructClass,
  value: object,
): Buffer {
  const out = new StructWriter();
  out.writeFieldBegin('', ttype.struct, fieldId);
  construct(type, value).write(out);
  out.writeFieldStop();
  return Buffer.concat([writeMessageHeader(kind, method, seqId), out.bytes()]);
}

function decodeOnlyField(frame: Buffer, at: number, id: number, type: StructClass): unknown {
  const end = skipValue(frame, at, ttype.struct, 0); // checks every length and the nesting
  if (end !== frame.length) {
    throw new WireError('malformed', `${frame.length - end} bytes follow the message`);
  }
  const field = findField(frame, at, id);
  if (field === undefined) return undefined;
  if (field.type !== ttype.struct) throw new WireError('malformed', `field ${id} is no struct`);
  const struct = new type();
  struct.read(new StructReader(frame, field.at));
  construct(type, struct);
  return plain(struct);
}

/** The constructor of a generated class is what checks its required fields, all the way down. */
function construct(type: StructClass, value: object): InstanceType<StructClass> {
  try {
    return new type(value);
  } catch (cause) {
    const text = reasonOf(cause);
    throw new WireError(text.startsWith('Required field') ? 'missing-field' : 'malformed', text);
  }
}

function readApplicationError(frame: Buffer, at: number): ThriftApplicationError {
  skipValue(frame, at, ttype.struct, 0);
  const message = findField(frame, at, 1);
  const type = findField(frame, at, 2);
  return new ThriftApplicationError(
    type?.type === ttype.i32 ? readI32(frame, type.at) : applicationErrorType.unknown,
    message?.type === ttype.string ? readBytes(frame, message.at).toString() : 'no message',
  );
}

/** Generated objects to plain data: see `Plain`. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) {
    const first: unknown = value[0];
    const isFlat = typeof first !== 'object' || Buffer.isBuffer(first);
    return isFlat ? value : value.map(plain);
  }
  // The generated code puts an Int64 where an i64 has a default (queryTimeout).
  if ('toNumber' in value && typeof value.toNumber === 'function') return Number(value.toNumber());
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, plain(field)]));
}

/** The least number of bytes that a value of a type takes. */
const leastBytes: Readonly<Record<number, number>> = {
  [ttype.bool]: 1,
  [ttype.byte]: 1,
  [ttype.double]: 8,
  [ttype.i16]: 2,
  [ttype.i32]: 4,
  [ttype.i64]: 8,
  [ttype.string]: 4,
  [ttype.struct]: 1,
  [ttype.map]: 6,
  [ttype.set]: 5,
  [ttype.list]: 5,
};

/** The part of a Thrift protocol that generated `read` methods call, over one buffer. */
class StructReader {
  readonly #frame: Buffer;
  #at: number;
  /** The types that the first element of a container must have: generated code never looks at them. */
  #announced: number[] = [];

  constructor(frame: Buffer, at: number) {
    this.#frame = frame;
    this.#at = at;
  }

  readStructBegin(): void {
    this.#expect(ttype.struct);
  }
  readStructEnd(): void {}
  readFieldEnd(): void {}
  readListEnd(): void {}
  readMapEnd(): void {}

  readFieldBegin(): { ftype: number; fid: number } {
    const ftype = readByte(this.#frame, this.#advance(1));
    return { ftype, fid: ftype === ttype.stop ? 0 : readI16(this.#frame, this.#advance(2)) };
  }

  readListBegin(): { etype: number; size: number } {
    this.#expect(ttype.list);
    const etype = readByte(this.#frame, this.#advance(1));
    return { etype, size: this.#readSize([etype]) };
  }

  readMapBegin(): { ktype: number; vtype: number; size: number } {
    this.#expect(ttype.map);
    const ktype = readByte(this.#frame, this.#advance(1));
    const vtype = readByte(this.#frame, this.#advance(1));
    return { ktype, vtype, size: this.#readSize([ktype, vtype]) };
  }

  readBool(): boolean {
    this.#expect(ttype.bool);
    return readByte(this.#frame, this.#advance(1)) !== 0;
  }

  readByte(): number {
    this.#expect(ttype.byte);
    return (readByte(this.#frame, this.#advance(1)) << 24) >> 24;
  }

  readI16(): number {
    this.#expect(ttype.i16);
    return readI16(this.#frame, this.#advance(2));
  }

  readI32(): number {
    this.#expect(ttype.i32);
    return readI32(this.#frame, this.#advance(4));
  }

  readI64(): I64 {
    this.#expect(ttype.i64);
    const at = this.#advance(8);
    if (at + 8 > this.#frame.length) throw new WireError('truncated', 'an i64 is cut short');
    const value = readI32(this.#frame, at) * 0x100000000 + this.#frame.readUInt32BE(at + 4);
    return Number.isSafeInteger(value) ? value : readI64(this.#frame, at);
  }

  readDouble(): number {
    this.#expect(ttype.double);
    const at = this.#advance(8);
    readByte(this.#frame, at + 7);
    return this.#frame.readDoubleBE(at);
  }

  /** What is not UTF-8 becomes the replacement character. */
  readString(): string {
    this.#expect(ttype.string);
    const bytes = readBytes(this.#frame, this.#at);
    this.#at += 4 + bytes.length;
    return bytes.toString('utf8');
  }

  readBinary(): Buffer {
    this.#expect(ttype.string);
    const bytes = readBytes(this.#frame, this.#at);
    this.#at += 4 + bytes.length;
    return bytes;
  }

  skip(type: number): void {
    this.#at = skipValue(this.#frame, this.#at, type, 0);
  }

  #advance(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  #readSize(types: number[]): number {
    const size = readI32(this.#frame, this.#advance(4));
    const least = types.reduce((sum, type) => sum + (leastBytes[type] ?? 1), 0);
    if (size < 0 || size * least > this.#frame.length - this.#at) {
      throw new WireError('malformed', `a container of ${size} elements does not fit its message`);
    }
    if (size > 0) this.#announced = types;
    return size;
  }

  #expect(type: number): void {
    const announced = this.#announced.shift();
    if (announced !== undefined && announced !== type) {
      throw new WireError('malformed', `an element of type ${announced} stands for type ${type}`);
    }
  }
}

/** The part of a Thrift protocol that generated `write` methods call, into one growing buffer. */
class StructWriter {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  writeStructBegin(): void {}
  writeStructEnd(): void {}
  writeFieldEnd(): void {}
  writeListEnd(): void {}
  writeMapEnd(): void {}

  writeFieldBegin(_name: string, type: number, id: number): void {
    this.writeByte(type);
    this.writeI16(id);
  }

  writeFieldStop(): void {
    this.writeByte(ttype.stop);
  }

  writeListBegin(type: number, size: number): void {
    this.writeByte(type);
    this.writeI32(size);
  }

  writeMapBegin(keyType: number, valueType: number, size: number): void {
    this.writeByte(keyType);
    this.writeByte(valueType);
    this.writeI32(size);
  }

  writeBool(value: boolean): void {
    this.writeByte(value ? 1 : 0);
  }

  writeByte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer.writeInt8(value, at);
  }

  writeI16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeInt16BE(value, at);
  }

  writeI32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeInt32BE(value, at);
  }

  /** The generated code brings its own Int64 where an i64 has a default. */
  writeI64(value: I64 | { toNumber(): number }): void {
    const integer = typeof value === 'object' ? value.toNumber() : value;
    const at = this.#reserve(8);
    this.#buffer.writeBigInt64BE(BigInt(integer), at);
  }

  writeDouble(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  writeString(value: string): void {
    const length = Buffer.byteLength(value, 'utf8');
    this.writeI32(length);
    const at = this.#reserve(length);
    this.#buffer.write(value, at, 'utf8');
  }

  /** Generated code passes text where a caller gave text. */
  writeBinary(value: Uint8Array | string): void {
    if (typeof value === 'string') return this.writeString(value);
    this.writeI32(value.length);
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** Where the next `bytes` go. May replace `#buffer`: call it in a statement of its own. */
  #reserve(bytes: number): number {
    const at = this.#length;
    const needed = at + bytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#length = needed;
    return at;
  }
}
