import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { FrameReader } from '../../src/wire/frame-reader.ts';
import { readMessageHeader } from '../../src/wire/message-header.ts';
import {
  NegotiationReader,
  negotiationMessage,
  parsePlain,
  saslStatus,
} from '../../src/wire/sasl-negotiation.ts';
import type { PlainCredentials } from '../../src/wire/sasl-negotiation.ts';
import {
  applicationErrorType,
  decodeRequest,
  encodeApplicationException,
  encodeReply,
  isMethodName,
} from '../../src/wire/struct-codec.ts';
import type { MethodName, RequestOf, ResponseOf, Struct } from '../../src/wire/struct-codec.ts';

/** What a statement does at the fake server. */
export interface FakeStatement {
  /** Name and TTypeId of each column; undefined: no result set. */
  readonly columns?: readonly (readonly [string, number])[];
  readonly batches?: readonly (readonly Struct<'TColumn'>[])[];
  /** The rows are so many numbers, from 0 on, which can be read back and forth as from an engine of ours. */
  readonly numbers?: number;
  readonly log?: readonly string[];
  /** Polls that find it running before it ends; 'canceled': it runs until it is canceled. */
  readonly polls?: number | 'canceled';
  readonly progress?: Struct<'TProgressUpdateResp'>;
  /** Ends in ERROR_STATE with this. */
  readonly error?: {
    readonly errorMessage: string;
    readonly sqlState?: string;
    readonly errorCode?: number;
  };
  /** A fetch of rows waits until the statement is canceled. */
  readonly holdsFetch?: boolean;
}

export interface FakeHs2Options {
  readonly statements?: Readonly<Record<string, FakeStatement>>;
  /** The engine's start as an operation of its own. */
  readonly launch?: FakeStatement;
  /** Text of the refusal, or undefined to let the user in. */
  readonly refuse?: (credentials: PlainCredentials) => string | undefined;
  readonly openSession?: (request: RequestOf<'OpenSession'>) => ResponseOf<'OpenSession'>;
  /** Milliseconds that GetOperationStatus waits before it says that an operation runs. */
  readonly longPollMs?: number;
}

interface FakeOperation {
  readonly statement: FakeStatement;
  polls: number;
  logAt: number;
  batchAt: number;
  /** Of `numbers`: the rows of the last batch. */
  from: number;
  to: number;
  isCanceled: boolean;
  readonly canceled: PromiseWithResolvers<void>;
}

const ok = { statusCode: 0 };
const session = { guid: Buffer.alloc(16, 0x51), secret: Buffer.alloc(16, 0x52) };

/** A HiveServer2 in this process: SASL PLAIN, statements with answers that the test gives. */
export class FakeHs2Server {
  readonly #options: FakeHs2Options;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #operations = new Map<string, FakeOperation>();
  /** Every call in the order of arrival. */
  readonly calls: { readonly method: string; readonly request: unknown }[] = [];
  connections = 0;

  static async start(options: FakeHs2Options = {}): Promise<FakeHs2Server> {
    const fake = new FakeHs2Server(options);
    await new Promise<void>((resolve) => {
      fake.#server.listen(0, '127.0.0.1', resolve);
    });
    return fake;
  }

  private constructor(options: FakeHs2Options) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on TCP
  }

  get url(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The requests of one method. */
  requests<M extends MethodName>(method: M): RequestOf<M>[] {
    const found = this.calls.filter((call) => call.method === method);
    return found.map((call) => call.request as RequestOf<M>); // kept beside its method
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    const negotiation = new NegotiationReader(4096);
    const frames = new FrameReader(64_000_000);
    let isOpen = false;
    let last: Promise<void> = Promise.resolve();
    const take = (chunk: Buffer): void => {
      for (const frame of frames.push(chunk)) {
        last = last.then(async () => {
          const reply = await this.#answer(frame);
          const length = Buffer.alloc(4);
          length.writeInt32BE(reply.length);
          if (!socket.destroyed) socket.write(Buffer.concat([length, reply]));
        });
      }
    };
    socket.on('data', (chunk) => {
      if (isOpen) return take(chunk);
      negotiation.push(chunk);
      for (let message = negotiation.next(); message !== undefined; message = negotiation.next()) {
        if (message.status === saslStatus.start) continue;
        const refusal = this.#options.refuse?.(parsePlain(message.payload));
        if (refusal !== undefined) {
          socket.end(negotiationMessage(saslStatus.bad, refusal));
          return;
        }
        socket.write(negotiationMessage(saslStatus.complete, ''));
        isOpen = true;
        return take(negotiation.rest());
      }
    });
  }

  async #answer(frame: Buffer): Promise<Buffer> {
    const { name, seqId, bodyAt } = readMessageHeader(frame);
    if (!isMethodName(name)) return unknownMethod(name, seqId);
    const request = decodeRequest(name, frame, bodyAt);
    this.calls.push({ method: name, request });
    const handler = this.#handlers[name] as Handler<MethodName> | undefined; // name and request agree
    if (handler === undefined) return unknownMethod(name, seqId);
    return encodeReply(name, seqId, await handler(request));
  }

  readonly #handlers: { readonly [M in MethodName]?: Handler<M> } = {
    OpenSession: (request) => {
      if (this.#options.openSession !== undefined) return this.#options.openSession(request);
      const { launch } = this.#options;
      return {
        status: ok,
        serverProtocolVersion: Math.min(request.client_protocol, 9),
        sessionHandle: { sessionId: session },
        configuration: {
          'hive.server2.thrift.resultset.default.fetch.size': '2',
          ...(launch === undefined ? {} : this.#launchConfiguration(launch)),
        },
      };
    },
    CloseSession: () => ({ status: ok }),
    ExecuteStatement: (request) => {
      const statement = this.#options.statements?.[request.statement];
      if (statement === undefined) {
        const errorMessage = `[PARSE_SYNTAX_ERROR] no such statement: ${request.statement}\nHint: check it.`;
        return { status: { statusCode: 3, errorMessage, sqlState: '42601', errorCode: 40000 } };
      }
      return { status: ok, operationHandle: this.#start(statement) };
    },
    GetOperationStatus: async (request) => this.#status(request),
    GetResultSetMetadata: (request) => {
      const { statement } = this.#operation(request.operationHandle);
      const columns = (statement.columns ?? []).map(([columnName, type], position) => ({
        columnName,
        typeDesc: { types: [{ primitiveEntry: { type } }] },
        position,
      }));
      return { status: ok, schema: { columns } };
    },
    FetchResults: async (request) => this.#fetch(request),
    CancelOperation: (request) => {
      const operation = this.#operation(request.operationHandle);
      operation.isCanceled = true;
      operation.canceled.resolve();
      return { status: ok };
    },
    CloseOperation: () => ({ status: ok }),
  };

  #launchConfiguration(launch: FakeStatement): Record<string, string> {
    const { operationId } = this.#start(launch);
    return {
      'kyuubi.session.engine.launch.handle.guid': operationId.guid.toString('base64'),
      'kyuubi.session.engine.launch.handle.secret': operationId.secret.toString('base64'),
    };
  }

  #start(statement: FakeStatement): Struct<'TOperationHandle'> {
    const guid = Buffer.alloc(16);
    guid.writeUInt32BE(this.#operations.size + 1);
    this.#operations.set(guid.toString('hex'), {
      statement,
      polls: 0,
      logAt: 0,
      batchAt: 0,
      from: 0,
      to: 0,
      isCanceled: false,
      canceled: Promise.withResolvers<void>(),
    });
    return {
      operationId: { guid, secret: Buffer.alloc(16, 7) },
      operationType: 0,
      hasResultSet: statement.columns !== undefined,
    };
  }

  async #status(
    request: RequestOf<'GetOperationStatus'>,
  ): Promise<ResponseOf<'GetOperationStatus'>> {
    const operation = this.#operation(request.operationHandle);
    const { statement } = operation;
    const polls = statement.polls ?? 0;
    const progress =
      statement.progress === undefined ? {} : { progressUpdateResponse: statement.progress };
    if (!operation.isCanceled && (polls === 'canceled' || operation.polls++ < polls)) {
      await Promise.race([operation.canceled.promise, delay(this.#options.longPollMs ?? 0)]);
      if (!operation.isCanceled) return { status: ok, operationState: 1, ...progress };
    }
    if (operation.isCanceled) return { status: ok, operationState: 3 };
    if (statement.error !== undefined) return { status: ok, operationState: 5, ...statement.error };
    const hasResultSet = statement.columns !== undefined;
    return { status: ok, operationState: 2, hasResultSet, ...progress };
  }

  async #fetch(request: RequestOf<'FetchResults'>): Promise<ResponseOf<'FetchResults'>> {
    const operation = this.#operation(request.operationHandle);
    const { statement } = operation;
    if (request.fetchType === 1) {
      const from = operation.logAt;
      const to = operation.polls === 0 ? from + 1 : Number.MAX_SAFE_INTEGER;
      const values = (statement.log ?? []).slice(from, to);
      operation.logAt += values.length;
      return { status: ok, results: rowSet([{ stringVal: { values, nulls: Buffer.alloc(0) } }]) };
    }
    if (statement.holdsFetch === true) {
      await operation.canceled.promise;
      return { status: { statusCode: 3, errorMessage: 'operation is CANCELED' } };
    }
    if (statement.numbers !== undefined) {
      if (operation.isCanceled) {
        return { status: { statusCode: 3, errorMessage: 'cancelled', sqlState: 'HY008' } };
      }
      return numbersFrom(operation, statement.numbers, request);
    }
    const batch = statement.batches?.[operation.batchAt++];
    const empty = (statement.columns ?? []).map(() => ({
      stringVal: { values: [], nulls: Buffer.alloc(0) },
    }));
    return { status: ok, hasMoreRows: false, results: rowSet(batch ?? empty) };
  }

  #operation(handle: Struct<'TOperationHandle'>): FakeOperation {
    const found = this.#operations.get(handle.operationId.guid.toString('hex'));
    if (found === undefined) throw new Error('an operation that the fake server never started');
    return found;
  }
}

type Handler<M extends MethodName> = (
  request: RequestOf<M>,
) => ResponseOf<M> | Promise<ResponseOf<M>>;

function numbersFrom(
  operation: FakeOperation,
  count: number,
  { orientation, maxRows }: RequestOf<'FetchResults'>,
): ResponseOf<'FetchResults'> {
  const starts: Readonly<Record<number, number>> = {
    0: operation.to,
    1: Math.max(0, operation.from - Number(maxRows)),
    4: 0,
  };
  operation.from = starts[orientation ?? 0] ?? 0;
  operation.to = Math.min(count, operation.from + Number(maxRows));
  const values = Array.from(
    { length: operation.to - operation.from },
    (_, i) => operation.from + i,
  );
  const results = {
    ...rowSet([{ i64Val: { values, nulls: Buffer.alloc(0) } }]),
    startRowOffset: operation.from,
  };
  return { status: ok, hasMoreRows: operation.to < count, results };
}

function rowSet(columns: readonly Struct<'TColumn'>[]): Struct<'TRowSet'> {
  return { startRowOffset: 0, rows: [], columns };
}

function unknownMethod(name: string, seqId: number): Buffer {
  const type = applicationErrorType.unknownMethod;
  return encodeApplicationException(name, seqId, type, `unknown method ${name}`);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
