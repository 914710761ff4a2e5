import { GatewayError } from '../../../core/errors.ts';
import type { FixedResult } from '../../../operation/fixed-result.ts';
import type { Operation } from '../../../operation/operation.ts';
import type { Session } from '../../../session/session.ts';
import { i16Field, i32Field, i64Field } from '../../../wire/request-spans.ts';
import type { Reply } from '../client-connection.ts';
import { forward, forwardRelayed } from '../../../operation/forward.ts';
import { operationOf, passOn, reply } from '../method.ts';
import type { MethodParts, MethodRequest, ThriftMethod } from '../method.ts';
import { onEngine } from '../../../operation/operation-wait.ts';
import { ownRowSet } from '../own-results.ts';
import { failureStatus, success } from '../status.ts';

const fetchNext = 0;
const fetchFirst = 4;
const logFetch = 1;
/** Rows of an own result that one answer has when the client names no number. */
const ownBatchRows = 1000;

interface FetchFields {
  readonly orientation: number;
  readonly maxRows: number;
  readonly isLog: boolean;
}

/** Rows come from the engine undecoded; logs and results of the gateway's own are made here. */
export const fetchResults: ThriftMethod = {
  name: 'FetchResults',
  async answer(request, parts) {
    const { operation, session, spans } = operationOf(request, parts);
    const fields = readFetchFields(request, spans.requestAt);
    if (fields.isLog) {
      const ownLog = gatewayLog(operation, session, fields);
      if (ownLog !== undefined) return rows(request, ownLog, session);
      const engine = await onEngine(operation, session, request.context.gone);
      return passOn(await forward(request.message, spans.handle, operation.engineHandle, engine));
    }
    requireAllowed(fields.maxRows, parts);
    const { source } = operation;
    if (source.kind !== 'engine') {
      const result = source.kind === 'gateway' ? source.result : source.result();
      return ownRows(request, operation, result, fields, session);
    }
    const engine = await onEngine(operation, session, request.context.gone);
    return passOn(
      await forwardRelayed(
        request.message,
        spans.handle,
        operation.engineHandle,
        engine,
        { ...fields, seqId: request.header.seqId },
        request.context.relay(),
      ),
    );
  },
  failed: (request, error) => reply('FetchResults', request, { status: failureStatus(error) }),
};

function readFetchFields({ message }: MethodRequest, requestAt: number): FetchFields {
  return {
    orientation: i32Field(message, requestAt, 2) ?? fetchNext,
    maxRows: Number(i64Field(message, requestAt, 3) ?? 0n),
    isLog: i16Field(message, requestAt, 4) === logFetch,
  };
}

function requireAllowed(maxRows: number, parts: MethodParts): void {
  if (parts.fetchMaxRows === undefined || maxRows <= parts.fetchMaxRows) return;
  throw new GatewayError(
    'FETCH_LIMIT',
    `${maxRows} rows were asked for at once; the limit is ${parts.fetchMaxRows}`,
    {
      hint: 'Set a smaller fetch size (kyuubi.server.limit.client.fetch.max.rows).',
    },
  );
}

/**
 * Lines that the gateway has for this operation: the launch log for the launch and for a statement that waits for it. Undefined
 * once the engine's own log is what is left to read.
 */
function gatewayLog(
  operation: Operation,
  session: Session | undefined,
  fields: FetchFields,
): FixedResult | undefined {
  requireForward(fields.orientation);
  const hasEngineLog = operation.isOnEngine;
  if (fields.orientation === fetchFirst && !hasEngineLog) operation.launchLogCursor = 0;
  const showsLaunch =
    operation.source.kind !== 'gateway' && (operation.launchLogCursor > 0 || !hasEngineLog);
  if (session === undefined || !showsLaunch)
    return hasEngineLog ? undefined : { columns: ['operation_log'], rows: [] };
  const { lines, next } = session.launchLog.read(operation.launchLogCursor, fields.maxRows);
  if (lines.length === 0 && hasEngineLog) return undefined;
  operation.launchLogCursor = next;
  return { columns: ['operation_log'], rows: lines.map((line) => [line]) };
}

function ownRows(
  request: MethodRequest,
  operation: Operation,
  result: FixedResult,
  fields: FetchFields,
  session: Session | undefined,
): Reply {
  requireForward(fields.orientation);
  if (fields.orientation === fetchFirst) operation.rowsFetched = 0;
  const count = fields.maxRows > 0 ? fields.maxRows : ownBatchRows;
  const from = operation.rowsFetched;
  operation.rowsFetched = Math.min(from + count, result.rows.length);
  return reply('FetchResults', request, {
    status: success,
    hasMoreRows: operation.rowsFetched < result.rows.length,
    results: ownRowSet(result, from, count, session?.facts.protocol ?? 0),
  });
}

function rows(request: MethodRequest, result: FixedResult, session: Session | undefined): Reply {
  return reply('FetchResults', request, {
    status: success,
    hasMoreRows: false,
    results: ownRowSet(result, 0, result.rows.length, session?.facts.protocol ?? 0),
  });
}

function requireForward(orientation: number): void {
  if (orientation === fetchNext || orientation === fetchFirst) return;
  throw new GatewayError(
    'FETCH_ORIENTATION',
    `The fetch type ${orientation} is not supported for this resultset`,
  );
}
