import { findField, readI64, ttype } from './binary-protocol.ts';
import { messageKind, readMessageHeader } from './message-header.ts';
import { boolField } from './request-spans.ts';
import { WireError } from './wire-error.ts';

/** What stands before the rows of a FetchResults reply. */
export interface BatchHead {
  /** Number of the batch's first row in its result, from 0. */
  readonly startRow: number;
  readonly hasMoreRows: boolean;
}

/**
 * Reads `result{0: success{1: status, 2: hasMoreRows, 3: results{1: startRowOffset}}}` from the beginning of a reply's frame;
 * undefined where that is no batch, or is written in another order.
 */
export function readBatchHead(frame: Buffer): BatchHead | undefined {
  try {
    const header = readMessageHeader(frame, 4);
    const success = findField(frame, header.bodyAt, 0);
    if (header.kind !== messageKind.reply || success?.type !== ttype.struct) return undefined;
    const results = findField(frame, success.at, 3);
    if (results?.type !== ttype.struct) return undefined;
    const start = findField(frame, results.at, 1);
    if (start?.type !== ttype.i64) return undefined;
    return {
      startRow: Number(readI64(frame, start.at)),
      hasMoreRows: boolField(frame, success.at, 2) ?? false,
    };
  } catch (error) {
    if (error instanceof WireError) return undefined; // it goes on behind these bytes
    throw error;
  }
}
