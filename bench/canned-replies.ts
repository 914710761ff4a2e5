import { randomBytes } from 'node:crypto';
import { readMessageHeader } from '../src/wire/message-header.ts';
import {
  applicationErrorType,
  encodeApplicationException,
  encodeReply,
  type MethodName,
  type ResponseOf,
} from '../src/wire/struct-codec.ts';

const status = { statusCode: 0 };
const finished = 2; // FINISHED_STATE
const int = 3; // INT_TYPE
const operationHandle = {
  operationId: { guid: Buffer.alloc(16, 0x0e), secret: Buffer.alloc(16, 0x0f) },
  operationType: 0,
  hasResultSet: true,
};
/** Stands in the canned OpenSession reply where each session's own id goes. */
const sessionMark = Buffer.alloc(16, 0xa5);

interface Canned {
  readonly frame: Buffer;
  readonly seqIdAt: number;
  /** Where a fresh id goes, or -1. */
  readonly idAt: number;
}

const canned: ReadonlyMap<string, Canned> = new Map([
  can('OpenSession', {
    status,
    serverProtocolVersion: 9,
    sessionHandle: { sessionId: { guid: sessionMark, secret: Buffer.alloc(16, 0x0d) } },
    configuration: {},
  }),
  can('CloseSession', { status }),
  can('GetInfo', { status, infoValue: { stringValue: 'Spark SQL' } }),
  can('ExecuteStatement', { status, operationHandle }),
  can('GetOperationStatus', { status, operationState: finished, hasResultSet: true }),
  can('GetResultSetMetadata', {
    status,
    schema: {
      columns: [
        {
          columnName: '1',
          typeDesc: { types: [{ primitiveEntry: { type: int } }] },
          position: 1,
        },
      ],
    },
  }),
  can('FetchResults', {
    status,
    hasMoreRows: false,
    results: {
      startRowOffset: 0,
      rows: [],
      columns: [{ i32Val: { values: [1], nulls: Buffer.alloc(1) } }],
    },
  }),
  can('CancelOperation', { status }),
  can('CloseOperation', { status }),
]);

/** The framed reply to a request: the same bytes each time but for the sequence id and a session's own id. */
export function cannedReply(request: Buffer): Buffer {
  const { name, seqId } = readMessageHeader(request);
  const found = canned.get(name);
  if (found === undefined) {
    const text = `the protocol engine knows no ${name}`;
    return framed(
      encodeApplicationException(name, seqId, applicationErrorType.unknownMethod, text),
    );
  }
  const reply = Buffer.from(found.frame);
  reply.writeInt32BE(seqId, found.seqIdAt);
  if (found.idAt >= 0) randomBytes(16).copy(reply, found.idAt);
  return reply;
}

function can<M extends MethodName>(method: M, response: ResponseOf<M>): [string, Canned] {
  const message = encodeReply(method, 0, response);
  const frame = framed(message);
  const seqIdAt = 4 + readMessageHeader(message).seqIdAt;
  return [method, { frame, seqIdAt, idAt: frame.indexOf(sessionMark) }];
}

function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(4 + message.length);
  frame.writeInt32BE(message.length, 0);
  message.copy(frame, 4);
  return frame;
}
