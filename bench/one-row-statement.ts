import types from '#thrift/types';
import { decodeReply } from '../test/support/hs2-wire.ts';
import { readColumns } from '../test/support/fetch-reply.ts';
import { requireAnswer } from './part.ts';
import { framedCall } from './raw-connection.ts';
import type { RawSession } from './raw-session.ts';

const right = Buffer.from('00000001', 'hex');

/** `select 1` with the calls of a driver: execute, metadata, fetch, close. Milliseconds until the last answer. */
export async function selectOne({ connection, handle }: RawSession): Promise<number> {
  const execute = framedCall('ExecuteStatement', {
    sessionHandle: handle,
    statement: 'select 1',
    confOverlay: {},
    runAsync: false,
    queryTimeout: 0 as never, // Int64 in the generated types, a plain number on its way in
  });
  const startMs = performance.now();
  const executed = decodeReply(
    'ExecuteStatement',
    (await connection.exchange(execute)).subarray(4),
  );
  const isRight = executed.status.statusCode === 0 && !!executed.operationHandle;
  requireAnswer(isRight, 'ExecuteStatement', executed.status);
  const operationHandle = executed.operationHandle as types.TOperationHandle; // checked above
  const metadata = await connection.exchange(
    framedCall('GetResultSetMetadata', { operationHandle }),
  );
  const rows = await connection.exchange(
    framedCall('FetchResults', {
      operationHandle,
      orientation: types.TFetchOrientation.FETCH_NEXT,
      maxRows: 1_000 as never, // as queryTimeout
      fetchType: 0,
    }),
  );
  const closed = await connection.exchange(framedCall('CloseOperation', { operationHandle }));
  const tookMs = performance.now() - startMs;
  check(metadata, rows, closed);
  return tookMs;
}

function check(metadata: Buffer, rows: Buffer, closed: Buffer): void {
  const { schema } = decodeReply('GetResultSetMetadata', metadata.subarray(4));
  requireAnswer(schema?.columns.length === 1, 'GetResultSetMetadata', schema);
  const columns = readColumns(rows.subarray(4));
  requireAnswer(columns[0]?.values.equals(right) === true, 'FetchResults', columns);
  const { status } = decodeReply('CloseOperation', closed.subarray(4));
  requireAnswer(status.statusCode === 0, 'CloseOperation', status);
}
