import { crc32 } from 'node:zlib';
import { bigintColumn, readColumns } from '../test/support/fetch-reply.ts';

/** A result in a few figures, the same however its rows came in batches. */
export interface Digest {
  readonly rows: number;
  /** Of the first column, where it is of bigints. */
  readonly firstColumnSum: number;
  /** `kind:CRC of the values:CRC of which are null`, in hexadecimal, by column. */
  readonly columns: readonly string[];
}

interface ColumnSums {
  readonly field: number;
  values: number;
  nulls: number;
}

/** Takes a result reply by reply. */
export class ResultDigest {
  #rows = 0;
  #sum = 0;
  #columns: ColumnSums[] = [];

  /** Rows of this reply. */
  add(message: Buffer): number {
    const columns = readColumns(message);
    const rows = columns[0]?.rows ?? 0;
    if (rows === 0) return 0;
    if (this.#rows === 0) {
      this.#columns = columns.map(({ field }) => ({ field, values: 0, nulls: 0 }));
    }
    for (const [at, { values, nulls, rows: own, field }] of columns.entries()) {
      const sums = this.#columns[at];
      if (sums?.field !== field || own !== rows) throw new Error(`column ${at} does not fit`);
      sums.values = crc32(values, sums.values);
      sums.nulls = crc32(nullFlags(nulls, rows), sums.nulls);
    }
    const [first] = columns;
    if (first?.field === bigintColumn) this.#sum += sumOf(first.values);
    this.#rows += rows;
    return rows;
  }

  digest(): Digest {
    return {
      rows: this.#rows,
      firstColumnSum: this.#sum,
      columns: this.#columns.map(
        ({ field, values, nulls }) => `${field}:${values.toString(16)}:${nulls.toString(16)}`,
      ),
    };
  }
}

/** A byte a row, so that it does not matter where a batch ends. */
function nullFlags(bits: Buffer, rows: number): Buffer {
  const flags = Buffer.alloc(rows);
  for (let row = 0; row < rows; row++) flags[row] = ((bits[row >> 3] ?? 0) >> (row & 7)) & 1;
  return flags;
}

function sumOf(values: Buffer): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 8) {
    sum += values.readInt32BE(at) * 2 ** 32 + values.readUInt32BE(at + 4);
  }
  return sum;
}
