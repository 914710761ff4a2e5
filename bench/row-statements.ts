import { VoidRun } from './part.ts';
import type { Digest } from './result-digest.ts';

/** Where replies are cut may differ a little from one reading to the next, and with it how many heads there are. */
const sameBytesShare = 0.005;

/** Statements whose first column counts the rows from 0. */
export interface RowStatement {
  readonly name: string;
  readonly sql: string;
  readonly rows: number;
}

/** A bigint, an int, a double, two strings, a date and a decimal with nulls. */
export function mixed(rows: number): RowStatement {
  const columns = [
    'id',
    'cast(id % 1000003 as int) as shop',
    'id / 7.0D as weight',
    "concat('customer ', id % 10007) as customer",
    "concat('item-', id) as item",
    "date_add(date'1995-01-01', cast(id % 11000 as int)) as day",
    'if(id % 9 = 0, null, cast(id % 1000000000 as decimal(12,2))) as price',
  ];
  return { name: 'mixed', sql: `select ${columns.join(', ')} from range(${rows})`, rows };
}

export function narrow(rows: number): RowStatement {
  return { name: 'narrow', sql: `select id from range(${rows})`, rows };
}

/** The run is void unless every side read these rows, and all the same values. */
export function requireSameRows(
  { name, rows }: RowStatement,
  digests: Readonly<Record<string, Digest>>,
): void {
  const [[firstSide, first] = ['nobody', undefined]] = Object.entries(digests);
  for (const [side, digest] of Object.entries(digests)) {
    const sum = (rows * (rows - 1)) / 2;
    if (digest.rows !== rows || digest.firstColumnSum !== sum) {
      throw new VoidRun(
        `${side} gave ${digest.rows} rows of ${name} whose first column sums up to ${digest.firstColumnSum}; right are ${rows} and ${sum}`,
      );
    }
    if (digest.columns.join() !== first?.columns.join()) {
      throw new VoidRun(
        `${name} of ${side} is not that of ${firstSide}: ${digest.columns.join(' ')} against ${first?.columns.join(' ')}`,
      );
    }
  }
}

/** Throws unless a timed reading had all rows, in about as many bytes as the one whose values were checked. */
export function requireWhole(
  { name, rows }: RowStatement,
  reading: { readonly rows: number; readonly wireBytes: number },
  checkedBytes: number,
): void {
  const isWhole =
    reading.rows === rows && Math.abs(reading.wireBytes / checkedBytes - 1) < sameBytesShare;
  if (isWhole) return;
  throw new VoidRun(
    `${name} came as ${reading.rows} rows in ${reading.wireBytes} bytes; when its values were checked, as ${rows} rows in ${checkedBytes} bytes`,
  );
}
