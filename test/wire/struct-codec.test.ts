import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessageHeader } from '../../src/wire/message-header.ts';
import {
  applicationErrorType,
  decodeReply,
  decodeRequest,
  encodeApplicationException,
  encodeCall,
  encodeReply,
  isMethodName,
  methodNames,
  ThriftApplicationError,
} from '../../src/wire/struct-codec.ts';
import type { MethodName, RequestOf, ResponseOf } from '../../src/wire/struct-codec.ts';
import { WireError } from '../../src/wire/wire-error.ts';

const id = { guid: Buffer.alloc(16, 1), secret: Buffer.alloc(16, 2) };
const operationHandle = { operationId: id, operationType: 0, hasResultSet: true };
const status = { statusCode: 0 };

function throughCall<M extends MethodName>(method: M, request: RequestOf<M>): RequestOf<M> {
  const frame = encodeCall(method, 7, request);
  return decodeRequest(method, frame, readMessageHeader(frame).bodyAt);
}

function throughReply<M extends MethodName>(method: M, response: ResponseOf<M>): ResponseOf<M> {
  return decodeReply(method, encodeReply(method, 7, response));
}

describe('a call', () => {
  it('has the bytes that other clients write', () => {
    const frame = encodeCall('CloseSession', 5, { sessionHandle: { sessionId: id } });
    const expected =
      '80010001' +
      '0000000c' +
      Buffer.from('CloseSession').toString('hex') +
      '00000005' +
      '0c0001' +
      '0c0001' +
      '0c0001' +
      `0b000100000010${'01'.repeat(16)}` +
      `0b000200000010${'02'.repeat(16)}` +
      '0000' +
      '0000';
    expect(frame.toString('hex')).toBe(expected);
  });

  it('comes back as it was given, absent fields absent', () => {
    const request = {
      client_protocol: 10,
      username: 'zoë',
      configuration: { 'use:database': 'd', 'set:hiveconf:a': '日本' },
    };
    expect(throughCall('OpenSession', request)).toEqual(request);
  });

  it('keeps the defaults of the IDL and hides Int64', () => {
    const request = { sessionHandle: { sessionId: id }, statement: 'select 1' };
    expect(throughCall('ExecuteStatement', request)).toEqual({
      ...request,
      runAsync: false,
      queryTimeout: 0,
    });
  });

  it('keeps unknown enum values as plain numbers', () => {
    expect(throughCall('OpenSession', { client_protocol: 42247 }).client_protocol).toBe(42247);
  });

  it('cannot be made without a required field', () => {
    const request = { sessionHandle: { sessionId: { guid: id.guid } } } as never;
    expect(() => encodeCall('CloseSession', 1, request)).toThrow(
      new WireError('missing-field', 'Required field secret is unset!'),
    );
  });
});

describe('a request', () => {
  it('is refused when a required field is missing, however deep', () => {
    const body = Buffer.from(
      '0c00010c00010c0001' + `0b000100000010${'01'.repeat(16)}` + '00000000',
      'hex',
    );
    expect(() => decodeRequest('CloseSession', body, 0)).toThrow(/Required field secret is unset/);
    expect(() => decodeRequest('CloseSession', Buffer.from([0]), 0)).toThrow(/'req' is unset/);
  });

  it('is read over fields that the IDL does not know', () => {
    const frame = encodeCall('OpenSession', 1, { client_protocol: 9 });
    const at = readMessageHeader(frame).bodyAt;
    const extra = Buffer.from('0f05010800000002' + '0000000100000002', 'hex');
    const body = Buffer.concat([frame.subarray(at, at + 3), extra, frame.subarray(at + 3)]);
    expect(decodeRequest('OpenSession', body, 0)).toEqual({ client_protocol: 9 });
  });

  it('is refused when bytes follow it', () => {
    const frame = encodeCall('OpenSession', 1, { client_protocol: 9 });
    const longer = Buffer.concat([frame, Buffer.from([0])]);
    expect(() => decodeRequest('OpenSession', longer, readMessageHeader(frame).bodyAt)).toThrow(
      '1 bytes follow the message',
    );
  });

  it('is refused when a list says that it holds another type than the IDL', () => {
    const frame = encodeCall('GetTables', 1, { sessionHandle: { sessionId: id }, tableTypes: [] });
    const at = readMessageHeader(frame).bodyAt;
    const list = frame.lastIndexOf(Buffer.from('0f0005', 'hex'));
    const wrong = Buffer.concat([
      frame.subarray(at, list),
      Buffer.from('0f0005' + '02' + '00000002' + '0101' + '0000', 'hex'),
    ]);
    expect(() => decodeRequest('GetTables', wrong, 0)).toThrow(/type 2 stands for type 11/);
  });

  it('is refused at once when a length or a count exceeds the message', () => {
    const before = Buffer.from('0c0001' + '080001' + '00000009', 'hex');
    for (const tail of [
      '0b00027fffffff',
      '0b0002ffffffff',
      '0d00040b0b7fffffff',
      '0f7fff007fffffff',
    ]) {
      const body = Buffer.concat([before, Buffer.from(tail, 'hex')]);
      expect(() => decodeRequest('OpenSession', body, 0)).toThrow(WireError);
    }
  });

  it('is refused when it is nested beyond any struct', () => {
    const body = Buffer.alloc(3 * 100_000);
    for (let at = 0; at < body.length; at += 3) body.writeUIntBE(0x0c0009, at, 3);
    expect(() => decodeRequest('OpenSession', body, 0)).toThrow(WireError);
  });
});

describe('a reply', () => {
  it('keeps every digit of an i64', () => {
    const values = [
      0,
      -1,
      42,
      2 ** 53 - 1,
      1 - 2 ** 53,
      2n ** 63n - 1n,
      -(2n ** 63n),
      -(2n ** 53n),
    ];
    const results = {
      startRowOffset: 0,
      rows: [],
      columns: [{ i64Val: { values, nulls: Buffer.from([0]) } }],
    };
    expect(throughReply('FetchResults', { status, results })).toEqual({ status, results });
  });

  it('carries every kind of column', () => {
    const nulls = Buffer.from([2]);
    const results = {
      startRowOffset: 3,
      rows: [],
      columns: [
        { boolVal: { values: [true, false], nulls } },
        { byteVal: { values: [-128, 127], nulls } },
        { i16Val: { values: [-32768, 32767], nulls } },
        { i32Val: { values: [-(2 ** 31), 2 ** 31 - 1], nulls } },
        { doubleVal: { values: [Number.NaN, -Infinity], nulls } },
        { stringVal: { values: ['', '狐'], nulls } },
        { binaryVal: { values: [Buffer.from([0xff]), Buffer.alloc(0)], nulls } },
      ],
    };
    expect(throughReply('FetchResults', { status, results, hasMoreRows: true })).toEqual({
      status,
      results,
      hasMoreRows: true,
    });
  });

  it('carries schema, qualifiers and progress', () => {
    const typeQualifiers = { qualifiers: { precision: { i32Value: 10 }, scale: { i32Value: 2 } } };
    const schema = {
      columns: [
        {
          columnName: 'd',
          typeDesc: { types: [{ primitiveEntry: { type: 15, typeQualifiers } }] },
          position: 0,
        },
      ],
    };
    expect(throughReply('GetResultSetMetadata', { status, schema }).schema).toEqual(schema);
    const progressUpdateResponse = {
      headerNames: ['STAGES'],
      rows: [['Stage-1'], []],
      progressedPercentage: 0.5,
      status: 0,
      footerSummary: 'STAGES: 01/02',
      startTime: 1_700_000_000_000,
    };
    const response = { status, operationState: 1, progressUpdateResponse };
    expect(throughReply('GetOperationStatus', response)).toEqual(response);
  });

  it('shows text that is not UTF-8 with the replacement character', () => {
    const frame = encodeReply('GetQueryId', 1, { queryId: 'ab' });
    frame[frame.indexOf('ab')] = 0xff;
    expect(decodeReply('GetQueryId', frame).queryId).toBe('\ufffdb');
  });

  it('is refused under another name, without a strict header, and without a result', () => {
    const frame = encodeReply('GetQueryId', 1, { queryId: 'q' });
    expect(() => decodeReply('CloseSession', frame)).toThrow(/names GetQueryId/);
    expect(() =>
      decodeReply('GetQueryId', encodeCall('GetQueryId', 1, { operationHandle })),
    ).toThrow('message kind 1 is no reply');
    expect(() => decodeReply('GetQueryId', frame.subarray(4))).toThrow(WireError);
    const empty = Buffer.concat([frame.subarray(0, 22), Buffer.from([0])]);
    expect(() => decodeReply('GetQueryId', empty)).toThrow(/returned no result/);
  });

  it('shows an application exception with its type', () => {
    const frame = encodeApplicationException(
      'GetLog',
      3,
      applicationErrorType.unknownMethod,
      'no GetLog',
    );
    expect(frame.toString('hex')).toBe(
      '80010003' +
        '00000006' +
        Buffer.from('GetLog').toString('hex') +
        '00000003' +
        '0b000100000009' +
        Buffer.from('no GetLog').toString('hex') +
        '08000200000001' +
        '00',
    );
    const other = encodeApplicationException('GetInfo', 3, 1, 'no such method');
    expect(() => decodeReply('GetInfo', other)).toThrow(
      new ThriftApplicationError(1, 'no such method'),
    );
  });
});

describe('bytes from anywhere', () => {
  const method = fc.constantFrom(...methodNames);

  it('are decoded or refused with a WireError, as request and as reply', () => {
    fc.assert(
      fc.property(method, fc.uint8Array({ maxLength: 300 }), (name, bytes) => {
        const body = Buffer.from(bytes);
        onlyTypedErrors(() => decodeRequest(name, body, 0));
        onlyTypedErrors(() => decodeReply(name, body));
        const header = encodeCall('GetInfo', 1, { sessionHandle: { sessionId: id }, infoType: 1 });
        const reply = Buffer.concat([header.subarray(0, 19), body]);
        reply[3] = 2;
        onlyTypedErrors(() => decodeReply('GetInfo', reply));
      }),
      { numRuns: 2000 },
    );
  });

  it('are refused wherever a good message is cut or one byte of it changed', () => {
    const response = {
      status: { statusCode: 3, errorMessage: 'x', infoMessages: ['*a:b:0:-1'] },
      hasMoreRows: false,
      results: {
        startRowOffset: 0,
        rows: [{ colVals: [{ stringVal: { value: 'v' } }] }],
        columns: [
          { stringVal: { values: ['a', 'b'], nulls: Buffer.alloc(0) } },
          { i64Val: { values: [1, 2], nulls: Buffer.alloc(1) } },
        ],
      },
    };
    const frame = encodeReply('FetchResults', 1, response);
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeReply('FetchResults', frame.subarray(0, length))).toThrow(WireError);
    }
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(frame);
        changed[at] = byte;
        onlyTypedErrors(() => decodeReply('FetchResults', changed));
      }),
      { numRuns: 3000 },
    );
  });

  it('lose a configuration key of __proto__, and pollute nothing with it', () => {
    const sent = encodeCall('OpenSession', 1, {
      client_protocol: 9,
      configuration: { ['__prot0__']: 'x', a: 'b' },
    });
    sent.write('__proto__', sent.indexOf('__prot0__'));
    const { bodyAt } = readMessageHeader(sent);
    expect(decodeRequest('OpenSession', sent, bodyAt).configuration).toEqual({ a: 'b' });
    expect(Object.prototype).not.toHaveProperty('x');
    expect(({} as { a?: string }).a).toBeUndefined();
  });

  it('round-trip for any configuration and statement', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    // The generated code reads a map into a plain object, which can't hold the first and is read by the second.
    const key = text.filter((name) => name !== '__proto__' && name !== 'hasOwnProperty');
    fc.assert(
      fc.property(
        fc.dictionary(key, text, { noNullPrototype: true }),
        text,
        (confOverlay, statement) => {
          const request = {
            sessionHandle: { sessionId: id },
            statement,
            confOverlay,
            runAsync: true,
            queryTimeout: 3,
          };
          expect(throughCall('ExecuteStatement', request)).toEqual(request);
        },
      ),
    );
  });
});

it('knows the methods by name', () => {
  expect(methodNames).toHaveLength(25);
  expect(isMethodName('FetchResults')).toBe(true);
  expect(isMethodName('toString')).toBe(false);
});

function onlyTypedErrors(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof WireError) && !(error instanceof ThriftApplicationError)) throw error;
  }
}
