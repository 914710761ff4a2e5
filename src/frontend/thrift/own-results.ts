import type { FixedResult } from '../../operation/fixed-result.ts';
import type { Struct } from '../../wire/struct-codec.ts';

const stringType = 7;
/** V6 of TProtocolVersion: results by column from here on. */
const columnarFrom = 5;

/** Schema of a result that the gateway made: string columns. */
export function ownSchema(columns: readonly string[]): Struct<'TTableSchema'> {
  return {
    columns: columns.map((columnName, position) => ({
      columnName,
      typeDesc: { types: [{ primitiveEntry: { type: stringType } }] },
      position,
      comment: '',
    })),
  };
}

/** Some rows of it, in the layout that the protocol version asks for; never without its columns. */
export function ownRowSet(
  result: FixedResult,
  from: number,
  count: number,
  protocol: number,
): Struct<'TRowSet'> {
  const rows = result.rows.slice(from, from + count);
  if (protocol < columnarFrom) {
    return {
      startRowOffset: from,
      rows: rows.map((row) => ({ colVals: row.map((value) => ({ stringVal: { value } })) })),
    };
  }
  return {
    startRowOffset: from,
    rows: [],
    columns: result.columns.map((_, index) => ({
      stringVal: {
        values: rows.map((row) => row[index] ?? ''),
        nulls: Buffer.alloc(Math.ceil(rows.length / 8)),
      },
    })),
  };
}
