import thriftTypes from '#thrift/types';
import type { I64, Struct } from './struct-codec.ts';
import { WireError } from './wire-error.ts';

/** A value of a result as it came over the wire; types without a form of their own come as text. */
export type Cell = string | boolean | I64 | Buffer | null;

/** SQL types as the interface tells them apart; an unknown one counts as STRING. */
export type ColumnType =
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'STRING'
  | 'TIMESTAMP'
  | 'BINARY'
  | 'ARRAY'
  | 'MAP'
  | 'STRUCT'
  | 'DECIMAL'
  | 'DATE'
  | 'VARCHAR'
  | 'CHAR';

export interface ResultColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** One batch of a result, row by row. */
export type Rows = readonly (readonly Cell[])[];

export function columnsOf(schema: Struct<'TTableSchema'>): ResultColumn[] {
  return schema.columns.map((column) => ({
    name: column.columnName,
    type: typeOf(column.typeDesc.types[0]?.primitiveEntry?.type),
  }));
}

/** Reads both layouts: columns (protocol V6 and later) and rows. */
export function rowsOf(results: Struct<'TRowSet'>): Rows {
  if (results.columns === undefined) {
    return results.rows.map((row) => row.colVals.map(cellOf));
  }
  const columns = results.columns.map(cellsOf);
  const count = columns[0]?.length ?? 0;
  if (columns.some((cells) => cells.length !== count)) {
    throw new WireError('malformed', 'the columns of a batch differ in length');
  }
  return Array.from({ length: count }, (_, row) => columns.map((cells) => cells[row] ?? null));
}

/** First cells of all rows as text: what an operation log is made of. */
export function linesOf(results: Struct<'TRowSet'>): string[] {
  return rowsOf(results).map((row) => (row[0] === null ? '' : String(row[0])));
}

const { TTypeId } = thriftTypes;

const typesById: Readonly<Record<number, ColumnType>> = {
  [TTypeId.BOOLEAN_TYPE]: 'BOOLEAN',
  [TTypeId.TINYINT_TYPE]: 'TINYINT',
  [TTypeId.SMALLINT_TYPE]: 'SMALLINT',
  [TTypeId.INT_TYPE]: 'INT',
  [TTypeId.BIGINT_TYPE]: 'BIGINT',
  [TTypeId.FLOAT_TYPE]: 'FLOAT',
  [TTypeId.DOUBLE_TYPE]: 'DOUBLE',
  [TTypeId.TIMESTAMP_TYPE]: 'TIMESTAMP',
  [TTypeId.BINARY_TYPE]: 'BINARY',
  [TTypeId.ARRAY_TYPE]: 'ARRAY',
  [TTypeId.MAP_TYPE]: 'MAP',
  [TTypeId.STRUCT_TYPE]: 'STRUCT',
  [TTypeId.DECIMAL_TYPE]: 'DECIMAL',
  [TTypeId.DATE_TYPE]: 'DATE',
  [TTypeId.VARCHAR_TYPE]: 'VARCHAR',
  [TTypeId.CHAR_TYPE]: 'CHAR',
};

function typeOf(id: number | undefined): ColumnType {
  return (id === undefined ? undefined : typesById[id]) ?? 'STRING';
}

/** A bitmap may be shorter than the column: trailing zero bytes need not be sent. */
function cellsOf(column: Struct<'TColumn'>): readonly Cell[] {
  const typed =
    column.stringVal ??
    column.i32Val ??
    column.i64Val ??
    column.doubleVal ??
    column.boolVal ??
    column.binaryVal ??
    column.i16Val ??
    column.byteVal;
  if (typed === undefined) throw new WireError('malformed', 'a column of unknown kind');
  const { nulls } = typed;
  const values: readonly Cell[] = typed.values;
  if (nulls.every((byte) => byte === 0)) return values;
  return values.map((value, row) => (((nulls[row >> 3] ?? 0) >> (row & 7)) & 1 ? null : value));
}

function cellOf(value: Struct<'TColumnValue'>): Cell {
  const typed =
    value.stringVal ??
    value.i32Val ??
    value.i64Val ??
    value.doubleVal ??
    value.boolVal ??
    value.i16Val ??
    value.byteVal;
  return typed?.value ?? null;
}
