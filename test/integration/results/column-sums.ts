import { crc32 } from 'node:zlib';
import { type FetchedColumn, readColumns, readFetchHead } from '../../support/fetch-reply.ts';
import type { Hs2Client } from '../../support/hs2-client.ts';
import { type Statement, withResult } from './statement.ts';

/** What tells two columns apart without keeping either: the order of values counts, where a batch ends does not. */
export interface ColumnSum {
  readonly values: number;
  readonly nulls: number;
  /** The sum of the numbers of the rows that are null. */
  readonly nullRows: number;
}

export interface ResultSums {
  readonly rows: number;
  readonly columns: readonly ColumnSum[];
}

const noSums: ResultSums = { rows: 0, columns: [] };

/** Reads a statement's whole result in batches of at most 100,000 rows and keeps none of it. */
export async function sumsOf(
  client: Hs2Client,
  statement: Statement,
  configuration: Readonly<Record<string, string>> = {},
): Promise<ResultSums> {
  return await withResult(client, statement, configuration, async ({ handle }) => {
    const maxRows = 100_000 as never; // Int64 in the generated types, a plain number on its way in
    const request = { operationHandle: handle, orientation: 0, maxRows, fetchType: 0 };
    for (let sums = noSums; ;) {
      const more = addReply(sums, await client.connection.callForBytes('FetchResults', request));
      if (more.rows === sums.rows) return sums;
      sums = more;
    }
  });
}

/** The sums of a result of a bigint that counts from 0 and a text made of it, or null. */
export function expectedSums(rows: number, textOf: (id: number) => string | null): ResultSums {
  let [ids, texts] = [noSum, noSum];
  const [number, length] = [Buffer.alloc(8), Buffer.alloc(4)];
  for (let id = 0; id < rows; id++) {
    const text = textOf(id);
    const bytes = Buffer.from(text ?? '');
    number.writeBigInt64BE(BigInt(id));
    length.writeInt32BE(bytes.length);
    ids = addValues(ids, number);
    texts = addValues(addValues(texts, length), bytes);
    if (text === null) texts = { ...texts, nulls: texts.nulls + 1, nullRows: texts.nullRows + id };
  }
  return { rows, columns: [ids, texts] };
}

const noSum: ColumnSum = { values: 0, nulls: 0, nullRows: 0 };

/** Adds a column's next values, as a TColumn lists them: big-endian, or each text after its length. */
function addValues(sum: ColumnSum, values: Buffer): ColumnSum {
  return { ...sum, values: crc32(values, sum.values) };
}

/** Takes in a FetchResults reply of protocol V6 or later, read from its bytes: ten million rows are no work for objects. */
function addReply(sums: ResultSums, message: Buffer): ResultSums {
  const columns = columnsOf(message);
  const rows = columns[0]?.rows ?? 0;
  return {
    rows: sums.rows + rows,
    columns: columns.map((column, index) => {
      if (column.rows !== rows) throw new Error(`columns of ${rows} and ${column.rows} rows`);
      const sum = addValues(sums.columns[index] ?? noSum, column.values);
      let { nulls, nullRows } = sum;
      for (const row of nullPositions(column.nulls)) {
        nulls++;
        nullRows += sums.rows + row;
      }
      return { ...sum, nulls, nullRows };
    }),
  };
}

function columnsOf(message: Buffer): FetchedColumn[] {
  const columns = readColumns(message);
  if (columns.length > 0) return columns;
  const { statusCode, errorMessage } = readFetchHead(message);
  throw new Error(`a reply without columns, of status ${statusCode}: ${errorMessage}`);
}

function* nullPositions(bits: Buffer): Generator<number> {
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; byte >> bit > 0; bit++) if ((byte >> bit) & 1) yield index * 8 + bit;
  }
}
