import { setTimeout as sleep } from 'node:timers/promises';
import types from '#thrift/types';
import { connectForBytes, type Hs2Address, type Hs2Connection } from './hs2-connection.ts';
import {
  decodeRows,
  decodeSchema,
  type Hs2Column,
  Hs2Error,
  type Hs2Result,
  type Hs2Value,
  requireSuccess,
} from './hs2-result.ts';
import type { Hs2Method, Hs2Reply, Hs2Request } from './hs2-wire.ts';

export type { Hs2Address, Hs2Connection } from './hs2-connection.ts';
export { type Hs2Column, Hs2Error, type Hs2Result, type Hs2Value } from './hs2-result.ts';
export type { Hs2Method, Hs2Reply, Hs2Request } from './hs2-wire.ts';

export type MetadataMethod =
  | 'GetTypeInfo'
  | 'GetCatalogs'
  | 'GetSchemas'
  | 'GetTables'
  | 'GetTableTypes'
  | 'GetColumns'
  | 'GetFunctions'
  | 'GetPrimaryKeys'
  | 'GetCrossReference';

export type MetadataArguments<M extends MetadataMethod> = Omit<Hs2Request<M>, 'sessionHandle'>;

export interface OpenSessionOptions {
  readonly protocol?: number;
  readonly configuration?: Readonly<Record<string, string>>;
}

export interface ExecuteOptions {
  readonly async?: boolean;
  readonly confOverlay?: Readonly<Record<string, string>>;
  readonly queryTimeoutSeconds?: number;
}

export type OperationState = keyof typeof types.TOperationState;

const finishedStates = new Set<number>([
  types.TOperationState.FINISHED_STATE,
  types.TOperationState.CANCELED_STATE,
  types.TOperationState.CLOSED_STATE,
  types.TOperationState.ERROR_STATE,
  types.TOperationState.TIMEDOUT_STATE,
]);

const fetchRows = 0;
const fetchLog = 1;

/** A client of one connection. Handles are global: a session or operation may be driven over any other client. */
export class Hs2Client {
  readonly connection: Hs2Connection;
  readonly user: string;
  readonly allowsNoColumns: boolean;

  constructor(connection: Hs2Connection, address: Hs2Address) {
    this.connection = connection;
    this.user = address.user ?? 'anonymous';
    this.allowsNoColumns = address.allowsNoColumns ?? false;
  }

  call<M extends Hs2Method>(method: M, request: Hs2Request<M>): Promise<Hs2Reply<M>> {
    return this.connection.call(method, request);
  }

  async openSession(options: OpenSessionOptions = {}): Promise<Hs2Session> {
    const reply = await this.call('OpenSession', {
      client_protocol: options.protocol ?? types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
      username: this.user,
      configuration: { ...options.configuration },
    });
    requireSuccess(reply.status);
    if (!reply.sessionHandle) throw new Error('a session without a handle');
    return new Hs2Session(
      this,
      reply.sessionHandle,
      reply.serverProtocolVersion,
      reply.configuration ?? {},
    );
  }

  end(): void {
    this.connection.end();
  }
}

export class Hs2Session {
  readonly client: Hs2Client;
  readonly handle: types.TSessionHandle;
  readonly protocol: number;
  readonly configuration: Readonly<Record<string, string>>;

  constructor(
    client: Hs2Client,
    handle: types.TSessionHandle,
    protocol: number,
    configuration: Readonly<Record<string, string>>,
  ) {
    this.client = client;
    this.handle = handle;
    this.protocol = protocol;
    this.configuration = configuration;
  }

  /** The same session, driven over another connection. */
  over(client: Hs2Client): Hs2Session {
    return new Hs2Session(client, this.handle, this.protocol, this.configuration);
  }

  async execute(statement: string, options: ExecuteOptions = {}): Promise<Hs2Operation> {
    const reply = await this.client.call('ExecuteStatement', {
      sessionHandle: this.handle,
      statement,
      confOverlay: { ...options.confOverlay },
      runAsync: options.async ?? false,
      // Int64 in the generated types, a plain number on its way in.
      queryTimeout: (options.queryTimeoutSeconds ?? 0) as never,
    });
    requireSuccess(reply.status);
    if (!reply.operationHandle) throw new Error('an operation without a handle');
    return new Hs2Operation(this.client, reply.operationHandle);
  }

  /** A statement from start to its last row, the way PyHive runs it; or the way JDBC does, asynchronously. */
  async run(
    statement: string,
    options: ExecuteOptions & { readonly maxRows?: number } = {},
  ): Promise<Hs2Result> {
    const operation = await this.execute(statement, options);
    return await drain(operation, options.maxRows ?? 10_000, options.async ?? false);
  }

  async metadata<M extends MetadataMethod>(
    method: M,
    args: MetadataArguments<M>,
  ): Promise<Hs2Result> {
    // Every metadata request is its arguments and the session.
    const request = { ...args, sessionHandle: this.handle } as unknown as Hs2Request<M>;
    const reply = await this.client.call(method, request);
    requireSuccess(reply.status);
    if (!reply.operationHandle) throw new Error('an operation without a handle');
    return await drain(new Hs2Operation(this.client, reply.operationHandle), 1_000, false);
  }

  async info(infoType: number): Promise<string> {
    const reply = await this.client.call('GetInfo', { sessionHandle: this.handle, infoType });
    requireSuccess(reply.status);
    return reply.infoValue.stringValue ?? '';
  }

  async close(): Promise<void> {
    requireSuccess((await this.client.call('CloseSession', { sessionHandle: this.handle })).status);
  }
}

export class Hs2Operation {
  readonly client: Hs2Client;
  readonly handle: types.TOperationHandle;

  constructor(client: Hs2Client, handle: types.TOperationHandle) {
    this.client = client;
    this.handle = handle;
  }

  over(client: Hs2Client): Hs2Operation {
    return new Hs2Operation(client, this.handle);
  }

  async status(getProgressUpdate = false): Promise<types.TGetOperationStatusResp> {
    const request = { operationHandle: this.handle, getProgressUpdate };
    const reply = await this.client.call('GetOperationStatus', request);
    requireSuccess(reply.status);
    return reply;
  }

  /** Polls until the operation is over, and throws what it failed with. */
  async finish(limitMs = 120_000): Promise<OperationState> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const reply = await this.status();
      const state = reply.operationState ?? types.TOperationState.UKNOWN_STATE;
      if (state === types.TOperationState.ERROR_STATE) throw new Hs2Error(toStatus(reply));
      if (finishedStates.has(state)) return stateName(state);
      if (Date.now() > deadline) throw new Error(`still ${stateName(state)} after ${limitMs} ms`);
      await sleep(5);
    }
  }

  async columns(): Promise<Hs2Column[]> {
    const reply = await this.client.call('GetResultSetMetadata', { operationHandle: this.handle });
    requireSuccess(reply.status);
    if (!reply.schema) throw new Error('a result without a schema');
    return decodeSchema(reply.schema);
  }

  async fetch(
    maxRows: number,
    orientation: number = types.TFetchOrientation.FETCH_NEXT,
    fetchType = fetchRows,
  ): Promise<types.TFetchResultsResp> {
    const reply = await this.client.call('FetchResults', {
      operationHandle: this.handle,
      orientation,
      maxRows: maxRows as never, // Int64 in the generated types, a plain number on its way in
      fetchType,
    });
    requireSuccess(reply.status);
    return reply;
  }

  /** Every row that is left; an empty batch is the end. */
  async fetchAll(columnCount: number, maxRows = 10_000): Promise<Hs2Value[][]> {
    const rows: Hs2Value[][] = [];
    for (;;) {
      const { results, hasMoreRows } = await this.fetch(maxRows);
      if (!results) throw new Error('a fetch without results');
      const batch = decodeRows(results, columnCount, this.client.allowsNoColumns);
      for (const row of batch) rows.push(row);
      if (batch.length > 0) continue;
      if (hasMoreRows) throw new Error('an empty batch that promises more rows');
      return rows;
    }
  }

  /** The log lines that nobody has fetched yet. */
  async fetchLog(maxRows = 1_000): Promise<string[]> {
    const { results } = await this.fetch(maxRows, types.TFetchOrientation.FETCH_NEXT, fetchLog);
    return results ? decodeRows(results, 1).map((row) => String(row[0])) : [];
  }

  async cancel(): Promise<void> {
    const reply = await this.client.call('CancelOperation', { operationHandle: this.handle });
    requireSuccess(reply.status);
  }

  async close(): Promise<void> {
    const reply = await this.client.call('CloseOperation', { operationHandle: this.handle });
    requireSuccess(reply.status);
  }
}

export async function connectHs2(address: Hs2Address): Promise<Hs2Client> {
  return new Hs2Client(await connectForBytes(address), address);
}

async function drain(
  operation: Hs2Operation,
  maxRows: number,
  isAsync: boolean,
): Promise<Hs2Result> {
  try {
    if (isAsync) await operation.finish();
    const columns = await operation.columns();
    const rows = await operation.fetchAll(columns.length, maxRows);
    return { columns, rows };
  } finally {
    await operation.close();
  }
}

function toStatus(reply: types.TGetOperationStatusResp): types.TStatus {
  return new types.TStatus({
    statusCode: types.TStatusCode.ERROR_STATUS,
    ...(reply.sqlState ? { sqlState: reply.sqlState } : {}),
    ...(reply.errorCode ? { errorCode: reply.errorCode } : {}),
    ...(reply.errorMessage ? { errorMessage: reply.errorMessage } : {}),
  });
}

function stateName(state: number): OperationState {
  // The generated enum maps both ways; a number gives a name.
  return (types.TOperationState[state] ?? 'UKNOWN_STATE') as OperationState;
}
