import { createRequire } from 'node:module';
import types from '#thrift/types';

/**
 * Thrift messages for tests, by npm's Thrift and the generated structs alone: nothing of src/ takes part, so that
 * the tests judge the gateway's own codec from outside.
 */

interface ThriftInput {
  readMessageBegin(): { fname: string; mtype: number; rseqid: number };
  readStructBegin(): void;
  readFieldBegin(): { ftype: number; fid: number };
  readFieldEnd(): void;
  skip(type: number): void;
}

interface ThriftOutput {
  writeMessageBegin(name: string, type: number, seqId: number): void;
  writeMessageEnd(): void;
  writeStructBegin(name: string): void;
  writeStructEnd(): void;
  writeFieldBegin(name: string, type: number, id: number): void;
  writeFieldEnd(): void;
  writeFieldStop(): void;
  flush(): void;
}

interface ThriftLibrary {
  readonly TFramedTransport: new (input: Buffer | null) => object;
  readonly TBufferedTransport: new (
    input: null,
    onFlush: (message: Buffer) => void,
  ) => { readonly outBuffers: Buffer[] };
  readonly TBinaryProtocol: new (transport: object) => ThriftInput & ThriftOutput;
  readonly Thrift: {
    readonly TApplicationException: new () => Error & {
      type: number;
      read(input: ThriftInput): void;
    };
  };
}

interface Struct {
  read(input: unknown): void;
  write(output: unknown): void;
}

// The package has no types of its own, and a declaration here would stand beside the gateway's.
const { TFramedTransport, TBufferedTransport, TBinaryProtocol, Thrift } = createRequire(
  import.meta.url,
)('thrift') as ThriftLibrary;

const callType = 1;
const replyType = 2;
const exceptionType = 3;
const structType = 12;
const stopType = 0;

/** Every method of the service, with what it takes and what it answers. */
const methods = {
  OpenSession: [types.TOpenSessionReq, types.TOpenSessionResp],
  CloseSession: [types.TCloseSessionReq, types.TCloseSessionResp],
  SetClientInfo: [types.TSetClientInfoReq, types.TSetClientInfoResp],
  GetInfo: [types.TGetInfoReq, types.TGetInfoResp],
  ExecuteStatement: [types.TExecuteStatementReq, types.TExecuteStatementResp],
  GetTypeInfo: [types.TGetTypeInfoReq, types.TGetTypeInfoResp],
  GetCatalogs: [types.TGetCatalogsReq, types.TGetCatalogsResp],
  GetSchemas: [types.TGetSchemasReq, types.TGetSchemasResp],
  GetTables: [types.TGetTablesReq, types.TGetTablesResp],
  GetTableTypes: [types.TGetTableTypesReq, types.TGetTableTypesResp],
  GetColumns: [types.TGetColumnsReq, types.TGetColumnsResp],
  GetFunctions: [types.TGetFunctionsReq, types.TGetFunctionsResp],
  GetPrimaryKeys: [types.TGetPrimaryKeysReq, types.TGetPrimaryKeysResp],
  GetCrossReference: [types.TGetCrossReferenceReq, types.TGetCrossReferenceResp],
  GetOperationStatus: [types.TGetOperationStatusReq, types.TGetOperationStatusResp],
  CancelOperation: [types.TCancelOperationReq, types.TCancelOperationResp],
  CloseOperation: [types.TCloseOperationReq, types.TCloseOperationResp],
  GetResultSetMetadata: [types.TGetResultSetMetadataReq, types.TGetResultSetMetadataResp],
  FetchResults: [types.TFetchResultsReq, types.TFetchResultsResp],
  GetDelegationToken: [types.TGetDelegationTokenReq, types.TGetDelegationTokenResp],
  CancelDelegationToken: [types.TCancelDelegationTokenReq, types.TCancelDelegationTokenResp],
  RenewDelegationToken: [types.TRenewDelegationTokenReq, types.TRenewDelegationTokenResp],
  GetQueryId: [types.TGetQueryIdReq, types.TGetQueryIdResp],
  UploadData: [types.TUploadDataReq, types.TUploadDataResp],
  DownloadData: [types.TDownloadDataReq, types.TDownloadDataResp],
} as const;

export type Hs2Method = keyof typeof methods;
export type Hs2Request<M extends Hs2Method> = NonNullable<
  ConstructorParameters<(typeof methods)[M][0]>[0]
>;
export type Hs2Reply<M extends Hs2Method> = InstanceType<(typeof methods)[M][1]>;

/** A TApplicationException: the server could not make sense of the call as such. */
export class Hs2CallError extends Error {
  readonly method: string;
  readonly type: number;

  constructor(method: string, type: number, message: string) {
    super(message);
    this.name = 'Hs2CallError';
    this.method = method;
    this.type = type;
  }
}

/** The bytes of one call, without a frame. */
export function encodeCall<M extends Hs2Method>(
  method: M,
  request: Hs2Request<M>,
  seqId: number,
): Buffer {
  // The table pairs the request with its class; TypeScript can't follow the pair through the union.
  const Request = methods[method][0] as unknown as new (args: Hs2Request<M>) => Struct;
  return encodeMessage(method, seqId, (output) => {
    output.writeFieldBegin('req', structType, 1);
    new Request(request).write(output);
    output.writeFieldEnd();
  });
}

/** A call of any name with no arguments: for methods that the service does not have. */
export function encodeEmptyCall(method: string, seqId: number): Buffer {
  return encodeMessage(method, seqId, () => undefined);
}

function encodeMessage(
  method: string,
  seqId: number,
  writeFields: (output: ThriftOutput) => void,
): Buffer {
  const flushed: Buffer[] = [];
  const output = new TBinaryProtocol(
    new TBufferedTransport(null, (message) => flushed.push(message)),
  );
  output.writeMessageBegin(method, callType, seqId);
  output.writeStructBegin('args');
  writeFields(output);
  output.writeFieldStop();
  output.writeStructEnd();
  output.writeMessageEnd();
  output.flush();
  return Buffer.concat(flushed);
}

export interface MessageHeader {
  readonly method: string;
  readonly type: number;
  readonly seqId: number;
}

export function decodeHeader(message: Buffer): MessageHeader {
  const head = new TBinaryProtocol(new TFramedTransport(message)).readMessageBegin();
  return { method: head.fname, type: head.mtype, seqId: head.rseqid };
}

/** What a reply holds; throws Hs2CallError for an exception, and for anything that is no reply to this method. */
export function decodeReply<M extends Hs2Method>(method: M, message: Buffer): Hs2Reply<M> {
  const input = new TBinaryProtocol(new TFramedTransport(message));
  const head = input.readMessageBegin();
  if (head.fname !== method) throw new Error(`${method} was answered by ${head.fname}`);
  if (head.mtype === exceptionType) throw readException(method, input);
  if (head.mtype !== replyType) throw new Error(`${method} was answered by type ${head.mtype}`);
  // As in encodeCall: the pair is in the table.
  const reply = new (methods[method][1] as unknown as new () => Struct)();
  let isFilled = false;
  input.readStructBegin();
  for (;;) {
    const field = input.readFieldBegin();
    if (field.ftype === stopType) break;
    if (field.fid === 0 && field.ftype === structType) {
      reply.read(input);
      isFilled = true;
    } else {
      input.skip(field.ftype);
    }
    input.readFieldEnd();
  }
  if (!isFilled) throw new Error(`${method} was answered without a result`);
  return reply as unknown as Hs2Reply<M>;
}

/** The exception that answers a call which the service does not know. */
export function decodeException(message: Buffer): Hs2CallError {
  const input = new TBinaryProtocol(new TFramedTransport(message));
  const head = input.readMessageBegin();
  if (head.mtype !== exceptionType)
    throw new Error(`${head.fname} got an answer of type ${head.mtype}`);
  return readException(head.fname, input);
}

function readException(method: string, input: ThriftInput): Hs2CallError {
  const exception = new Thrift.TApplicationException();
  exception.read(input);
  return new Hs2CallError(method, exception.type, exception.message);
}

/** Where the first message of these unframed bytes ends; undefined while it is not complete. */
export function messageEnd(bytes: Buffer): number | undefined {
  try {
    const nameEnd = 8 + bytes.readInt32BE(4);
    return skipStruct(bytes, nameEnd + 4);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // more bytes are on their way
    throw error;
  }
}

function skipStruct(bytes: Buffer, at: number): number {
  let position = at;
  for (;;) {
    const type = bytes.readUInt8(position);
    if (type === stopType) return position + 1;
    position = skipValue(bytes, position + 3, type);
  }
}

const fixedSizes: Record<number, number> = { 2: 1, 3: 1, 4: 8, 6: 2, 8: 4, 10: 8 };

function skipValue(bytes: Buffer, at: number, type: number): number {
  const fixed = fixedSizes[type];
  if (fixed !== undefined) return within(bytes, at + fixed);
  if (type === 11) return within(bytes, at + 4 + bytes.readInt32BE(at));
  if (type === structType) return skipStruct(bytes, at);
  if (type === 13) {
    const [key, value, size] = [
      bytes.readUInt8(at),
      bytes.readUInt8(at + 1),
      bytes.readInt32BE(at + 2),
    ];
    let position = at + 6;
    for (let index = 0; index < size; index++) {
      position = skipValue(bytes, skipValue(bytes, position, key), value);
    }
    return position;
  }
  if (type === 14 || type === 15) {
    const [element, size] = [bytes.readUInt8(at), bytes.readInt32BE(at + 1)];
    const each = fixedSizes[element];
    if (each !== undefined) return within(bytes, at + 5 + each * size);
    let position = at + 5;
    for (let index = 0; index < size; index++) position = skipValue(bytes, position, element);
    return position;
  }
  throw new Error(`${type} is no Thrift type`);
}

function within(bytes: Buffer, end: number): number {
  if (end > bytes.length) throw new RangeError('the message is not complete');
  return end;
}
