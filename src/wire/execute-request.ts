import { isUtf8 } from 'node:buffer';
import type { HandleId } from '../core/handle.ts';
import { findField, readByte, readBytes, readI32, ttype } from './binary-protocol.ts';
import { messageKind, writeMessageHeader } from './message-header.ts';
import { boolField, bytesField, copyFieldsExcept, i64Field } from './request-spans.ts';
import { WireError } from './wire-error.ts';

const overlayFieldId = 3;
const handleFieldId = 1;

/** What the gateway looks at in an ExecuteStatement request; the statement stays bytes. */
export interface ExecuteFields {
  readonly statement: Buffer;
  readonly isUtf8: boolean;
  readonly runAsync: boolean;
  readonly queryTimeoutSeconds: number;
  readonly confOverlay: ReadonlyMap<string, string>;
}

export function readExecuteFields(frame: Buffer, requestAt: number): ExecuteFields {
  const statement = bytesField(frame, requestAt, 2);
  if (statement === undefined)
    throw new WireError('missing-field', "Required field 'statement' is unset!");
  return {
    statement,
    isUtf8: isUtf8(statement),
    runAsync: boolField(frame, requestAt, 4) ?? false,
    queryTimeoutSeconds: Number(i64Field(frame, requestAt, 5) ?? 0n),
    confOverlay: stringMap(frame, requestAt, overlayFieldId),
  };
}

/**
 * The client's request for the engine: its handle in place of the client's, its overlay with `additions`, every other field as
 * the client wrote it.
 */
export function engineExecuteRequest(
  frame: Buffer,
  requestAt: number,
  options: {
    readonly seqId: number;
    readonly engineSession: HandleId;
    readonly confOverlay: ReadonlyMap<string, string>;
  },
): Buffer {
  const copied = copyFieldsExcept(frame, requestAt, overlayFieldId).filter(
    (part) => part.readInt16BE(1) !== handleFieldId,
  );
  return Buffer.concat([
    writeMessageHeader(messageKind.call, 'ExecuteStatement', options.seqId),
    fieldHeader(ttype.struct, 1),
    sessionHandleField(options.engineSession),
    ...copied,
    overlayField(options.confOverlay),
    Buffer.from([ttype.stop, ttype.stop]),
  ]);
}

/** `1: TSessionHandle{1: THandleIdentifier{1: guid, 2: secret}}`. */
function sessionHandleField(handle: HandleId): Buffer {
  return Buffer.concat([
    fieldHeader(ttype.struct, handleFieldId),
    fieldHeader(ttype.struct, 1),
    fieldHeader(ttype.string, 1),
    prefixed(handle.guid),
    fieldHeader(ttype.string, 2),
    prefixed(handle.secret),
    Buffer.from([ttype.stop, ttype.stop]),
  ]);
}

/** `3: map<string, string>`. */
function overlayField(overlay: ReadonlyMap<string, string>): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(ttype.map, 0);
  head.writeInt16BE(overlayFieldId, 1);
  head.writeUInt8(ttype.string, 3);
  head.writeUInt8(ttype.string, 4);
  head.writeInt32BE(overlay.size, 5);
  const parts: Buffer[] = [head];
  for (const [key, value] of overlay)
    parts.push(prefixed(Buffer.from(key)), prefixed(Buffer.from(value)));
  return Buffer.concat(parts);
}

function stringMap(frame: Buffer, structAt: number, id: number): Map<string, string> {
  const field = findField(frame, structAt, id);
  const entries = new Map<string, string>();
  if (field?.type !== ttype.map) return entries;
  const count = readI32(frame, field.at + 2);
  if (
    count > 0 &&
    (readByte(frame, field.at) !== ttype.string || readByte(frame, field.at + 1) !== ttype.string)
  ) {
    throw new WireError('malformed', 'a configuration maps strings to strings');
  }
  let at = field.at + 6;
  for (let i = 0; i < count; i++) {
    const key = readBytes(frame, at);
    const value = readBytes(frame, at + 4 + key.length);
    at += 8 + key.length + value.length;
    entries.set(key.toString('utf8'), value.toString('utf8'));
  }
  return entries;
}

function fieldHeader(type: number, id: number): Buffer {
  return Buffer.from([type, id >> 8, id & 0xff]);
}

function prefixed(bytes: Buffer): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}
