import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engineExecuteRequest, readExecuteFields } from '../../src/wire/execute-request.ts';
import { readMessageHeader } from '../../src/wire/message-header.ts';
import {
  locateReplyHandle,
  locateRequest,
  readHandle,
  replyOperationState,
  replyStatusCode,
  spliceHandle,
} from '../../src/wire/request-spans.ts';
import { decodeRequest, encodeCall, encodeReply } from '../../src/wire/struct-codec.ts';
import { WireError } from '../../src/wire/wire-error.ts';

const client = { guid: Buffer.alloc(16, 0xaa), secret: Buffer.alloc(16, 0xbb) };
const engine = { guid: Buffer.alloc(16, 0x11), secret: Buffer.alloc(16, 0x22) };

describe('locateRequest', () => {
  it('finds the handle, and another can be put in its place without moving a byte', () => {
    const message = encodeCall('FetchResults', 7, {
      operationHandle: { operationId: client, operationType: 0, hasResultSet: true },
      orientation: 0,
      maxRows: 1000,
      fetchType: 0,
    });
    const spans = locateRequest(message, readMessageHeader(message).bodyAt);
    expect(readHandle(message, spans.handle)).toEqual(client);
    const before = message.length;
    spliceHandle(message, spans.handle, engine);
    expect(message).toHaveLength(before);
    const request = decodeRequest('FetchResults', message, readMessageHeader(message).bodyAt);
    expect(request.operationHandle.operationId).toEqual(engine);
    expect(request.maxRows).toBe(1000);
  });

  it('names a missing handle as Java servers do', () => {
    const empty = Buffer.concat([
      encodeCall('CloseSession', 1, { sessionHandle: { sessionId: client } }).subarray(0, 24),
      Buffer.from([12, 0, 1, 0, 0]),
    ]);
    expect(() => locateRequest(empty, readMessageHeader(empty).bodyAt)).toThrow(
      "Required field 'handle' is unset!",
    );
  });

  it('refuses a guid that has not 16 bytes', () => {
    const short = encodeCall('CloseSession', 1, {
      sessionHandle: { sessionId: { guid: Buffer.alloc(15), secret: Buffer.alloc(16) } },
    });
    expect(() => locateRequest(short, readMessageHeader(short).bodyAt)).toThrow(
      "a handle's guid has 16 bytes",
    );
  });

  it('answers any bytes behind a header with spans or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          locateRequest(Buffer.from(bytes), 0);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WireError);
        }
      }),
    );
  });

  it('refuses nesting that would exhaust the stack', () => {
    const deep = Buffer.concat([
      ...Array.from({ length: 100_000 }, () => Buffer.from([12, 0, 9])),
      Buffer.alloc(100_001),
    ]);
    expect(() => locateRequest(deep, 0)).toThrow('nested deeper than');
  });
});

describe('replies', () => {
  it('show their status, state and handle', () => {
    const status = encodeReply('GetOperationStatus', 3, {
      status: { statusCode: 0 },
      operationState: 2,
    });
    const { bodyAt } = readMessageHeader(status);
    expect(replyStatusCode(status, bodyAt)).toBe(0);
    expect(replyOperationState(status, bodyAt)).toBe(2);
    const tables = encodeReply('GetTables', 4, {
      status: { statusCode: 0 },
      operationHandle: { operationId: engine, operationType: 4, hasResultSet: true },
    });
    const found = locateReplyHandle(tables, readMessageHeader(tables).bodyAt);
    expect(found && readHandle(tables, found.handle)).toEqual(engine);
    expect(found).toMatchObject({ operationType: 4, hasResultSet: true });
  });
});

describe('engineExecuteRequest', () => {
  it("is the client's request with the engine's handle and the enlarged overlay", () => {
    const sent = encodeCall('ExecuteStatement', 9, {
      sessionHandle: { sessionId: client },
      statement: "select 'ü'",
      confOverlay: { a: 'b', 'kyuubi.operation.handle': 'forged' },
      runAsync: true,
      queryTimeout: 30,
    });
    const spans = locateRequest(sent, readMessageHeader(sent).bodyAt);
    const fields = readExecuteFields(sent, spans.requestAt);
    expect(fields).toMatchObject({ isUtf8: true, runAsync: true, queryTimeoutSeconds: 30 });
    const message = engineExecuteRequest(sent, spans.requestAt, {
      seqId: 9,
      engineSession: engine,
      confOverlay: new Map([...fields.confOverlay, ['kyuubi.operation.handle', 'ours']]),
    });
    const header = readMessageHeader(message);
    expect(header).toMatchObject({ name: 'ExecuteStatement', seqId: 9 });
    expect(decodeRequest('ExecuteStatement', message, header.bodyAt)).toEqual({
      sessionHandle: { sessionId: engine },
      statement: "select 'ü'",
      confOverlay: { a: 'b', 'kyuubi.operation.handle': 'ours' },
      runAsync: true,
      queryTimeout: 30,
    });
  });

  it('sees a statement that is not UTF-8', () => {
    const sent = encodeCall('ExecuteStatement', 9, {
      sessionHandle: { sessionId: client },
      statement: 'xyz',
    });
    sent.write('\xff\xfe', sent.indexOf('xyz'), 'latin1');
    const spans = locateRequest(sent, readMessageHeader(sent).bodyAt);
    expect(readExecuteFields(sent, spans.requestAt).isUtf8).toBe(false);
  });
});
