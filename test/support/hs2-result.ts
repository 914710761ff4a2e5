import types from '#thrift/types';
import { toldToClient } from './secret-search.ts';

export type Hs2Value = string | number | bigint | boolean | Buffer | null;

/** A column's declaration, as GetResultSetMetadata gives it. */
export interface Hs2Column {
  readonly name: string;
  readonly type: string;
  /** Precision, scale, lengths and whatever else the server says of the type. */
  readonly qualifiers: Readonly<Record<string, number | string>>;
  readonly position: number;
  readonly comment: string | undefined;
}

export interface Hs2Result {
  readonly columns: readonly Hs2Column[];
  readonly rows: readonly (readonly Hs2Value[])[];
}

/** A status that says no, as the client sees it. */
export class Hs2Error extends Error {
  readonly sqlState: string | undefined;
  readonly errorCode: number | undefined;
  readonly statusCode: number;
  readonly infoMessages: readonly string[] | undefined;

  constructor(status: types.TStatus) {
    super(toldToClient(status.errorMessage ?? ''));
    this.name = 'Hs2Error';
    this.statusCode = status.statusCode;
    this.sqlState = status.sqlState ?? undefined;
    this.errorCode = status.errorCode ?? undefined;
    this.infoMessages = status.infoMessages?.map(toldToClient);
  }
}

export function requireSuccess(status: types.TStatus): void {
  if (status.statusCode !== types.TStatusCode.SUCCESS_STATUS) throw new Hs2Error(status);
}

export function decodeSchema(schema: types.TTableSchema): Hs2Column[] {
  return schema.columns.map((column) => {
    const entry = column.typeDesc.types[0]?.primitiveEntry;
    if (entry === undefined || entry === null) {
      throw new Error(`the first type entry of ${column.columnName} is not primitive`);
    }
    const qualifiers: Record<string, number | string> = {};
    for (const [key, value] of Object.entries(entry.typeQualifiers?.qualifiers ?? {})) {
      const given = value.i32Value ?? value.stringValue;
      if (given !== undefined) qualifiers[key] = given;
    }
    return {
      name: column.columnName,
      type: (types.TTypeId[entry.type] ?? String(entry.type)).replace(/_TYPE$/, ''),
      qualifiers,
      position: column.position,
      comment: column.comment ?? undefined,
    };
  });
}

/** Rows of a row set of either layout; throws where one breaks a rule that real clients rely on. */
export function decodeRows(
  set: types.TRowSet,
  columnCount: number,
  allowsNoColumns = false,
): Hs2Value[][] {
  if (set.columns === undefined || set.columns === null) return set.rows.map(decodeRow);
  if (allowsNoColumns && set.columns.length === 0) return [];
  if (set.columns.length !== columnCount) {
    throw new Error(`${set.columns.length} columns came where ${columnCount} were declared`);
  }
  if (set.rows.length > 0) throw new Error('rows came beside columns');
  const columns = set.columns.map(decodeColumn);
  const height = columns[0]?.length ?? 0;
  if (columns.some((column) => column.length !== height)) {
    throw new Error(`columns of lengths ${columns.map((column) => column.length).join(', ')}`);
  }
  return Array.from({ length: height }, (_, row) => columns.map((column) => column[row] ?? null));
}

function decodeColumn(column: types.TColumn): Hs2Value[] {
  const { boolVal, byteVal, i16Val, i32Val, i64Val, doubleVal, stringVal, binaryVal } = column;
  const plain = boolVal ?? byteVal ?? i16Val ?? i32Val ?? doubleVal ?? stringVal ?? binaryVal;
  if (i64Val) return withNulls(i64Val.values.map(toBigint), i64Val.nulls);
  if (!plain) throw new Error('a column without values');
  return withNulls(plain.values.map(toValue), plain.nulls);
}

function toValue(value: boolean | number | string | Buffer): Hs2Value {
  return Buffer.isBuffer(value) ? Buffer.from(value) : value;
}

function withNulls(values: Hs2Value[], nulls: Buffer | string): Hs2Value[] {
  const bits = typeof nulls === 'string' ? Buffer.from(nulls, 'latin1') : nulls;
  for (let bit = 0; bit < bits.length * 8; bit++) {
    if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) continue;
    if (bit >= values.length) throw new Error(`null bit ${bit} in a column of ${values.length}`);
    values[bit] = null;
  }
  return values;
}

function decodeRow(row: types.TRow): Hs2Value[] {
  return row.colVals.map((cell) => {
    if (cell.i64Val) return cell.i64Val.value ? toBigint(cell.i64Val.value) : null;
    const { boolVal, byteVal, i16Val, i32Val, doubleVal, stringVal } = cell;
    const held = boolVal ?? byteVal ?? i16Val ?? i32Val ?? doubleVal ?? stringVal;
    if (!held) throw new Error('a cell without a value');
    return held.value ?? null;
  });
}

/** What the generated code calls Int64: eight bytes, big-endian. */
function toBigint(value: unknown): bigint {
  // node-int64 has no types; its buffer and offset are its documented fields.
  const { buffer, offset } = value as { readonly buffer: Buffer; readonly offset: number };
  return buffer.readBigInt64BE(offset);
}
