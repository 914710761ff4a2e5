import { columnsOf, linesOf, rowsOf } from '../wire/client-rows.ts';
import type { ResultColumn, Rows } from '../wire/client-rows.ts';
import {
  failureOf,
  fetchNext,
  fetchType,
  operationFailure,
  phaseOf,
} from '../wire/client-status.ts';
import type { OperationPhase } from '../wire/client-status.ts';
import type { Struct } from '../wire/struct-codec.ts';
import { CliError, fromServer } from './cli-error.ts';
import type { Hs2Connection } from './hs2-connection.ts';

export type Progress = Struct<'TProgressUpdateResp'>;

export interface OperationStatus {
  readonly phase: OperationPhase;
  readonly hasResultSet: boolean;
  readonly progress: Progress | undefined;
  /** Why it ended without a result. */
  readonly failure: CliError | undefined;
}

/** One statement at the server, or the start of a session's engine. */
export class Hs2Operation {
  readonly #handle: Struct<'TOperationHandle'>;
  readonly #connection: Hs2Connection;
  readonly #connectAgain: () => Promise<Hs2Connection>;

  constructor(
    handle: Struct<'TOperationHandle'>,
    connection: Hs2Connection,
    connectAgain: () => Promise<Hs2Connection>,
  ) {
    this.#handle = handle;
    this.#connection = connection;
    this.#connectAgain = connectAgain;
  }

  /** The server answers after a while, or as soon as the operation ends. */
  async status(): Promise<OperationStatus> {
    const status = await this.#connection.call('GetOperationStatus', {
      operationHandle: this.#handle,
      getProgressUpdate: true,
    });
    const refused = failureOf(status.status);
    if (refused !== undefined) throw fromServer('statement', refused);
    const phase = phaseOf(status);
    return {
      phase,
      hasResultSet: status.hasResultSet ?? this.#handle.hasResultSet,
      progress: status.progressUpdateResponse,
      failure: phase === 'failed' ? fromServer('statement', operationFailure(status)) : undefined,
    };
  }

  async columns(): Promise<ResultColumn[]> {
    const answer = await this.#connection.call('GetResultSetMetadata', {
      operationHandle: this.#handle,
    });
    const failure = failureOf(answer.status);
    if (failure !== undefined) throw fromServer('statement', failure);
    if (answer.schema === undefined) {
      throw new CliError('statement', 'the server gave no columns for a result');
    }
    return columnsOf(answer.schema);
  }

  /** The next batch; an empty one is the end. */
  async rows(maxRows: number): Promise<Rows> {
    return rowsOf(await this.#fetch(maxRows, fetchType.rows));
  }

  /** The log lines that came up since the last call. */
  async logLines(maxLines: number): Promise<string[]> {
    return linesOf(await this.#fetch(maxLines, fetchType.log));
  }

  /** Goes over a connection of its own while another call waits: a fetch may wait long. */
  async cancel(): Promise<void> {
    const request = { operationHandle: this.#handle };
    if (this.#connection.isBusy) {
      const other = await this.#connectAgain().catch(() => undefined);
      const answer = await other?.call('CancelOperation', request).catch(() => undefined);
      other?.close();
      if (answer !== undefined && failureOf(answer.status) === undefined) return;
    }
    const { status } = await this.#connection.call('CancelOperation', request);
    const failure = failureOf(status);
    if (failure !== undefined) throw fromServer('statement', failure);
  }

  async close(): Promise<void> {
    await this.#connection.call('CloseOperation', { operationHandle: this.#handle });
  }

  async #fetch(maxRows: number, type: number): Promise<Struct<'TRowSet'>> {
    const answer = await this.#connection.call('FetchResults', {
      operationHandle: this.#handle,
      orientation: fetchNext,
      maxRows,
      fetchType: type,
    });
    const failure = failureOf(answer.status);
    if (failure !== undefined) throw fromServer('statement', failure);
    if (answer.results === undefined) {
      throw new CliError('statement', 'the server answered a fetch without rows');
    }
    return answer.results;
  }
}
