import types from '#thrift/types';
import type { Hs2Column, Hs2Operation, Hs2Value } from '../../support/hs2-client.ts';
import { decodeRows } from '../../support/hs2-result.ts';

/** The rows of one FetchResults, and the number of the first, as the reply says it. */
export interface Batch {
  readonly rows: readonly (readonly Hs2Value[])[];
  readonly start: bigint;
}

export type Orientation = 'FETCH_NEXT' | 'FETCH_PRIOR' | 'FETCH_FIRST';

export async function fetchBatch(
  operation: Hs2Operation,
  columns: readonly Hs2Column[],
  maxRows: number,
  orientation: Orientation = 'FETCH_NEXT',
): Promise<Batch> {
  const { results } = await operation.fetch(maxRows, types.TFetchOrientation[orientation]);
  if (!results) throw new Error('a fetch without results');
  const rows = decodeRows(results, columns.length, operation.client.allowsNoColumns);
  return { rows, start: offsetOf(results) };
}

/** The whole result from its first row on, batch by batch; the last batch is the empty one. */
export async function fetchFromStart(
  operation: Hs2Operation,
  columns: readonly Hs2Column[],
  maxRows: number,
): Promise<Batch[]> {
  const batches: Batch[] = [await fetchBatch(operation, columns, maxRows, 'FETCH_FIRST')];
  while ((batches.at(-1)?.rows.length ?? 0) > 0)
    batches.push(await fetchBatch(operation, columns, maxRows));
  return batches;
}

function offsetOf(results: types.TRowSet): bigint {
  // Int64 in the generated types: node-int64, whose buffer and offset are its documented fields.
  const { buffer, offset } = results.startRowOffset as unknown as {
    readonly buffer: Buffer;
    readonly offset: number;
  };
  return buffer.readBigInt64BE(offset);
}
