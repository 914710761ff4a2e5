import { clientProtocol, failureOf, unknownOperation } from '../wire/client-status.ts';
import type { ResponseOf, Struct } from '../wire/struct-codec.ts';
import { CliError, fromServer } from './cli-error.ts';
import { Hs2Connection } from './hs2-connection.ts';
import { Hs2Operation } from './hs2-operation.ts';
import type { Hs2Address } from './hs2-transport.ts';

export interface SessionRequest {
  readonly address: Hs2Address;
  readonly configuration: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number;
}

const defaultFetchSize = 1000;

/** A session on a server, over one connection. */
export class Hs2Session {
  readonly #request: SessionRequest;
  readonly #connection: Hs2Connection;
  readonly #handle: Struct<'TSessionHandle'>;
  /** Rows to ask for in one fetch, as the server advises. */
  readonly fetchSize: number;
  /** The start of the session's engine, where the server tells of one. */
  readonly launch: Hs2Operation | undefined;

  static async open(request: SessionRequest, signal?: AbortSignal): Promise<Hs2Session> {
    const { address, connectTimeoutMs } = request;
    const connection = await Hs2Connection.open(address, connectTimeoutMs, signal);
    const giveUp = (): void => connection.close();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      const answer = await connection.call('OpenSession', {
        client_protocol: clientProtocol,
        username: address.user,
        ...(address.login.kind === 'password' ? { password: address.login.password } : {}),
        configuration: { ...request.configuration },
      });
      const failure = failureOf(answer.status);
      if (failure !== undefined) throw fromServer('connection', failure);
      if (answer.sessionHandle === undefined) {
        throw new CliError('connection', 'the server opened a session and gave no handle for it');
      }
      return new Hs2Session(request, connection, answer.sessionHandle, answer);
    } catch (error) {
      connection.close();
      throw asConnectionFailure(error);
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  private constructor(
    request: SessionRequest,
    connection: Hs2Connection,
    handle: Struct<'TSessionHandle'>,
    answer: ResponseOf<'OpenSession'>,
  ) {
    this.#request = request;
    this.#connection = connection;
    this.#handle = handle;
    const configuration = answer.configuration ?? {};
    const advised = Number(configuration['hive.server2.thrift.resultset.default.fetch.size']);
    this.fetchSize = Number.isSafeInteger(advised) && advised > 0 ? advised : defaultFetchSize;
    const launch = launchHandle(configuration);
    this.launch = launch === undefined ? undefined : this.#operation(launch);
  }

  /** Starts a statement; `timeoutS` 0 sets no limit at the server. */
  async execute(statement: string, timeoutS: number): Promise<Hs2Operation> {
    const answer = await this.#connection.call('ExecuteStatement', {
      sessionHandle: this.#handle,
      statement,
      confOverlay: {},
      runAsync: true,
      queryTimeout: timeoutS,
    });
    const failure = failureOf(answer.status);
    if (failure !== undefined) throw fromServer('statement', failure);
    if (answer.operationHandle === undefined) {
      throw new CliError('statement', 'the server took the statement and gave no handle for it');
    }
    return this.#operation(answer.operationHandle);
  }

  /** Closes the session, if the server answers within `limitMs`, and the connection in any case. */
  async close(limitMs: number): Promise<void> {
    const closing = this.#connection.call('CloseSession', { sessionHandle: this.#handle });
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, limitMs);
    await Promise.race([closing.catch(() => undefined), limit.promise]);
    clearTimeout(timer);
    this.#connection.close();
  }

  #operation(handle: Struct<'TOperationHandle'>): Hs2Operation {
    const { address, connectTimeoutMs } = this.#request;
    return new Hs2Operation(handle, this.#connection, () =>
      Hs2Connection.open(address, connectTimeoutMs),
    );
  }
}

/** Kyuubi's and our servers name the operation that starts the engine (kyuubi-contract 4.4). */
function launchHandle(
  configuration: Readonly<Record<string, string>>,
): Struct<'TOperationHandle'> | undefined {
  const guid = configuration['kyuubi.session.engine.launch.handle.guid'];
  const secret = configuration['kyuubi.session.engine.launch.handle.secret'];
  if (guid === undefined || secret === undefined) return undefined;
  return {
    operationId: { guid: Buffer.from(guid, 'base64'), secret: Buffer.from(secret, 'base64') },
    operationType: unknownOperation,
    hasResultSet: false,
  };
}

function asConnectionFailure(error: unknown): unknown {
  if (!(error instanceof CliError) || error.fault === 'connection') return error;
  return new CliError('connection', error.message, error);
}
