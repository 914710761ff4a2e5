import type { HandleId } from '../core/handle.ts';
import {
  fieldsOf,
  findField,
  readByte,
  readBytes,
  readI16,
  readI32,
  readI64,
  ttype,
} from './binary-protocol.ts';
import type { FieldSpan } from './binary-protocol.ts';
import { WireError } from './wire-error.ts';

/** Where a request names its session or operation, and where its own fields begin. */
export interface RequestSpans {
  /** Start of the fields of the request struct. */
  readonly requestAt: number;
  readonly handle: HandleSpans;
}

/** Where the 16 bytes of a guid and of a secret stand. */
export interface HandleSpans {
  readonly guidAt: number;
  readonly secretAt: number;
}

/**
 * Walks `args{1: req{1: handle{1: identifier{1: guid, 2: secret}}}}`, in whatever order the client wrote the fields.
 * Both TSessionHandle and TOperationHandle have this shape.
 */
export function locateRequest(frame: Buffer, bodyAt: number): RequestSpans {
  const request = structField(frame, bodyAt, 1, 'req');
  const handle = structField(frame, request, 1, 'handle');
  return { requestAt: request, handle: locateIdentifier(frame, handle) };
}

/** The operation handle of `result{0: success{2: operationHandle}}`, where the reply has one. */
export function locateReplyHandle(
  frame: Buffer,
  bodyAt: number,
):
  | { readonly handle: HandleSpans; readonly operationType: number; readonly hasResultSet: boolean }
  | undefined {
  const success = structField(frame, bodyAt, 0, 'success');
  const handle = findField(frame, success, 2);
  if (handle?.type !== ttype.struct) return undefined;
  return {
    handle: locateIdentifier(frame, handle.at),
    operationType: i32Field(frame, handle.at, 2) ?? 0,
    hasResultSet: boolField(frame, handle.at, 3) ?? true,
  };
}

/** The status code of a reply: `result{0: success{1: status{1: code}}}`. */
export function replyStatusCode(frame: Buffer, bodyAt: number): number | undefined {
  const success = findField(frame, bodyAt, 0);
  if (success?.type !== ttype.struct) return undefined;
  const status = findField(frame, success.at, 1);
  return status?.type === ttype.struct ? i32Field(frame, status.at, 1) : undefined;
}

/** The operation state of a GetOperationStatus reply: `result{0: success{2: state}}`. */
export function replyOperationState(frame: Buffer, bodyAt: number): number | undefined {
  const success = findField(frame, bodyAt, 0);
  return success?.type === ttype.struct ? i32Field(frame, success.at, 2) : undefined;
}

/** Guid and secret as they stand in the frame: views, not copies. */
export function readHandle(frame: Buffer, spans: HandleSpans): HandleId {
  return {
    guid: frame.subarray(spans.guidAt, spans.guidAt + 16),
    secret: frame.subarray(spans.secretAt, spans.secretAt + 16),
  };
}

/** Puts another handle in the place of the one that stands there: fields keep their length, so nothing moves. */
export function spliceHandle(frame: Buffer, at: HandleSpans, handle: HandleId): void {
  handle.guid.copy(frame, at.guidAt);
  handle.secret.copy(frame, at.secretAt);
}

export function i16Field(frame: Buffer, structAt: number, id: number): number | undefined {
  const field = findField(frame, structAt, id);
  return field?.type === ttype.i16 ? readI16(frame, field.at) : undefined;
}

export function i32Field(frame: Buffer, structAt: number, id: number): number | undefined {
  const field = findField(frame, structAt, id);
  return field?.type === ttype.i32 ? readI32(frame, field.at) : undefined;
}

export function i64Field(frame: Buffer, structAt: number, id: number): bigint | undefined {
  const field = findField(frame, structAt, id);
  return field?.type === ttype.i64 ? readI64(frame, field.at) : undefined;
}

export function boolField(frame: Buffer, structAt: number, id: number): boolean | undefined {
  const field = findField(frame, structAt, id);
  return field?.type === ttype.bool ? readByte(frame, field.at) !== 0 : undefined;
}

export function bytesField(frame: Buffer, structAt: number, id: number): Buffer | undefined {
  const field = findField(frame, structAt, id);
  return field?.type === ttype.string ? readBytes(frame, field.at) : undefined;
}

/** Fields of a struct other than `without`, copied as they were written. */
export function copyFieldsExcept(frame: Buffer, structAt: number, without: number): Buffer[] {
  const parts: Buffer[] = [];
  for (const field of fieldsOf(frame, structAt)) {
    if (field.id !== without) parts.push(frame.subarray(field.from, field.to));
  }
  return parts;
}

function locateIdentifier(frame: Buffer, handleAt: number): HandleSpans {
  const identifier = structField(frame, handleAt, 1, 'handle identifier');
  return {
    guidAt: identifierPart(frame, findField(frame, identifier, 1), 'guid'),
    secretAt: identifierPart(frame, findField(frame, identifier, 2), 'secret'),
  };
}

function identifierPart(frame: Buffer, field: FieldSpan | undefined, name: string): number {
  if (field?.type !== ttype.string)
    throw new WireError('missing-field', `Required field '${name}' is unset!`);
  if (readBytes(frame, field.at).length !== 16) {
    throw new WireError('malformed', `a handle's ${name} has 16 bytes`);
  }
  return field.at + 4;
}

function structField(frame: Buffer, structAt: number, id: number, name: string): number {
  const field = findField(frame, structAt, id);
  if (field?.type !== ttype.struct)
    throw new WireError('missing-field', `Required field '${name}' is unset!`);
  return field.at;
}
