const binaryMessage = 0x80010000;
const reply = 2;
const fixedBytes: Readonly<Record<number, number>> = { 2: 1, 3: 1, 4: 8, 6: 2, 8: 4, 10: 8 };
const string = 11;
const struct = 12;
const list = 15;
/** The fields of the union `TColumn`, with the bytes of one value; 0 where each has its length in front. */
const columnValueBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 8,
  7: 0,
  8: 0,
};
export const bigintColumn = 5;

/** What the first bytes of FetchResults' reply say. */
export interface FetchHead {
  readonly statusCode: number;
  readonly errorMessage: string | undefined;
  readonly rows: number;
  /** The first column's first value, where that column is of bigints. */
  readonly firstValue: number | undefined;
}

/** A column as it stands in a reply. */
export interface FetchedColumn {
  readonly field: number;
  readonly rows: number;
  /** One after the other, strings with their lengths. */
  readonly values: Buffer;
  /** A bit a row, from the lowest on; what is missing at the end is 0. */
  readonly nulls: Buffer;
}

/** Throws a RangeError where the bytes end before the first column. */
export function readFetchHead(message: Buffer): FetchHead {
  const cursor = new Cursor(message);
  const head = readToColumns(cursor);
  if (head.columns === 0) return { ...head, rows: 0, firstValue: undefined };
  const { field, rows } = cursor.columnHead();
  const hasValue = field === bigintColumn && rows > 0;
  return { ...head, rows, firstValue: hasValue ? cursor.bigint() : undefined };
}

/** The columns of a whole message. */
export function readColumns(message: Buffer): FetchedColumn[] {
  const cursor = new Cursor(message);
  const { columns } = readToColumns(cursor);
  return Array.from({ length: columns }, () => cursor.column());
}

/** Leaves the cursor at the first column. */
function readToColumns(cursor: Cursor): {
  readonly statusCode: number;
  readonly errorMessage: string | undefined;
  readonly columns: number;
} {
  cursor.messageHead();
  let statusCode = 0;
  let errorMessage: string | undefined;
  const results = cursor.find(0, struct) && enterResults();
  return { statusCode, errorMessage, columns: results ? cursor.listHead().size : 0 };

  function enterResults(): boolean {
    for (let field = cursor.field(); field.type !== 0; field = cursor.field()) {
      if (field.id === 1) readStatus();
      else if (field.id === 3) return cursor.find(3, list);
      else cursor.skip(field.type);
    }
    return false;
  }

  function readStatus(): void {
    for (let field = cursor.field(); field.type !== 0; field = cursor.field()) {
      if (field.id === 1) statusCode = cursor.int();
      else if (field.id === 5) errorMessage = cursor.text();
      else cursor.skip(field.type);
    }
  }
}

/** Reads Thrift's binary protocol. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  messageHead(): void {
    const kind = this.int() >>> 0;
    const name = this.text();
    this.int(); // the sequence id
    if (kind !== binaryMessage + reply) throw new Error(`${name} was answered by an exception`);
  }

  /** Goes to the value of this field of a struct; false where the struct has none. */
  find(id: number, type: number): boolean {
    for (let field = this.field(); field.type !== 0; field = this.field()) {
      if (field.id === id && field.type === type) return true;
      this.skip(field.type);
    }
    return false;
  }

  field(): { readonly type: number; readonly id: number } {
    const type = this.#bytes.readUInt8(this.#at);
    if (type === 0) {
      this.#at += 1;
      return { type, id: 0 };
    }
    const id = this.#bytes.readInt16BE(this.#at + 1);
    this.#at += 3;
    return { type, id };
  }

  int(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  bigint(): number {
    return this.int() * 2 ** 32 + (this.int() >>> 0);
  }

  text(): string {
    return this.#binary().toString('utf8');
  }

  listHead(): { readonly type: number; readonly size: number } {
    const type = this.#bytes.readUInt8(this.#at++);
    return { type, size: this.int() };
  }

  columnHead(): { readonly field: number; readonly rows: number } {
    const field = this.field().id; // the one that the union has
    this.field(); // its first, the values
    return { field, rows: this.listHead().size };
  }

  column(): FetchedColumn {
    const { field, rows } = this.columnHead();
    const start = this.#at;
    const each = columnValueBytes[field];
    if (each === undefined) throw new Error(`a column of kind ${field}`);
    if (each > 0) this.#at += each * rows;
    else for (let row = 0; row < rows; row++) this.#at += 4 + this.#bytes.readInt32BE(this.#at);
    const values = this.#bytes.subarray(start, this.#at);
    if (!this.find(2, string)) throw new Error('a column without null bits');
    const nulls = this.#binary();
    if (this.field().type !== 0 || this.field().type !== 0) throw new Error('a column of more');
    return { field, rows, values, nulls };
  }

  skip(type: number): void {
    const fixed = fixedBytes[type];
    if (fixed !== undefined) this.#at += fixed;
    else if (type === string) this.#binary();
    else if (type === struct) while (this.#skipField());
    else if (type === list) {
      const head = this.listHead();
      for (let index = 0; index < head.size; index++) this.skip(head.type);
    } else throw new Error(`a field of type ${type}`);
  }

  #skipField(): boolean {
    const { type } = this.field();
    if (type !== 0) this.skip(type);
    return type !== 0;
  }

  #binary(): Buffer {
    const length = this.int();
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('the message is not whole');
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
