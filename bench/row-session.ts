import types from '#thrift/types';
import { decodeReply, type Hs2Method, type Hs2Request } from '../test/support/hs2-wire.ts';
import { readFetchHead } from '../test/support/fetch-reply.ts';
import { requireAnswer } from './part.ts';
import { framedCall } from './raw-connection.ts';
import { type Digest, ResultDigest } from './result-digest.ts';
import { type RowAddress, RowConnection } from './row-connection.ts';

/** One reading of a result, from its first FetchResults until the answer that has no more rows. */
export interface Reading {
  readonly ms: number;
  readonly rows: number;
  readonly wireBytes: number;
}

export interface Verified {
  readonly digest: Digest;
  readonly wireBytes: number;
}

const { FETCH_NEXT, FETCH_FIRST } = types.TFetchOrientation;
/** Enough for everything before the first value. */
const keepBytes = 1024;

/** A session whose statements are read raw: of timed rows only each reply's beginning is looked at. */
export class RowSession {
  readonly connection: RowConnection;
  readonly #handle: types.TSessionHandle;
  #operation: types.TOperationHandle | undefined;

  static async open(address: RowAddress): Promise<RowSession> {
    const connection = await RowConnection.open(address);
    const { kept } = await connection.exchange(
      framedCall('OpenSession', {
        client_protocol: types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
        username: address.user,
        configuration: {},
      }),
    );
    const { status, sessionHandle } = decodeReply('OpenSession', kept);
    requireAnswer(status.statusCode === 0 && !!sessionHandle, 'OpenSession', status);
    // The check above has thrown where there is none.
    return new RowSession(connection, sessionHandle as types.TSessionHandle);
  }

  private constructor(connection: RowConnection, handle: types.TSessionHandle) {
    this.connection = connection;
    this.#handle = handle;
  }

  /** Runs a statement until it is FINISHED; milliseconds. */
  async execute(statement: string): Promise<number> {
    await this.close();
    const startMs = performance.now();
    const { status, operationHandle } = await this.#call('ExecuteStatement', {
      sessionHandle: this.#handle,
      statement,
      confOverlay: {},
      runAsync: false,
      queryTimeout: 0 as never, // Int64 in the generated types, a plain number on its way in
    });
    const ms = performance.now() - startMs;
    const isRight = status.statusCode === 0 && !!operationHandle;
    requireAnswer(isRight, `ExecuteStatement of ${statement}`, status);
    this.#operation = operationHandle as types.TOperationHandle; // checked above
    return ms;
  }

  /** Reads the result of the last statement; `again` from its first row. Throws where rows are missing or in disorder. */
  async read(maxRows: number, again = false): Promise<Reading> {
    const next = this.#fetchFrame(maxRows, FETCH_NEXT);
    let frame = again ? this.#fetchFrame(maxRows, FETCH_FIRST) : next;
    let rows = 0;
    let wireBytes = 0;
    const startMs = performance.now();
    for (;;) {
      const reply = await this.connection.exchange(frame, keepBytes);
      const head = readFetchHead(reply.kept);
      requireAnswer(head.statusCode === 0, `FetchResults after ${rows} rows`, head);
      if (head.rows === 0) return { ms: performance.now() - startMs, rows, wireBytes };
      // The first column of the statements here counts the rows.
      const isInOrder = head.firstValue === rows;
      requireAnswer(isInOrder, `FetchResults after ${rows} rows`, { firstValue: head.firstValue });
      rows += head.rows;
      wireBytes += reply.wireBytes;
      frame = next;
    }
  }

  /** Reads the result of the last statement whole. */
  async verify(maxRows: number): Promise<Verified> {
    const frame = this.#fetchFrame(maxRows, FETCH_NEXT);
    const digest = new ResultDigest();
    let allBytes = 0;
    for (;;) {
      const { kept, wireBytes } = await this.connection.exchange(frame);
      const head = readFetchHead(kept);
      requireAnswer(head.statusCode === 0, 'FetchResults', head);
      if (digest.add(kept) === 0) return { digest: digest.digest(), wireBytes: allBytes };
      allBytes += wireBytes;
    }
  }

  /** Closes the last statement. */
  async close(): Promise<void> {
    const operationHandle = this.#operation;
    if (operationHandle === undefined) return;
    this.#operation = undefined;
    const { status } = await this.#call('CloseOperation', { operationHandle });
    requireAnswer(status.statusCode === 0, 'CloseOperation', status);
  }

  #fetchFrame(maxRows: number, orientation: types.TFetchOrientation): Buffer {
    const operationHandle = this.#operation;
    if (operationHandle === undefined) throw new Error('no statement was executed');
    return framedCall('FetchResults', {
      operationHandle,
      orientation,
      maxRows: maxRows as never, // Int64 in the generated types, a plain number on its way in
      fetchType: 0,
    });
  }

  async #call<M extends Hs2Method>(method: M, request: Hs2Request<M>) {
    const { kept } = await this.connection.exchange(framedCall(method, request));
    return decodeReply(method, kept);
  }
}
