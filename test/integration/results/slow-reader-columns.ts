/** One column of a FetchResults reply: where its values stand, and its null bits. */
export interface ColumnBytes {
  readonly values: number;
  /** Offset of the first value. */
  readonly at: number;
  readonly nulls: Buffer;
}

const stop = 0;
const struct = 12;
const fixedSizes: ReadonlyMap<number, number> = new Map([
  [2, 1],
  [3, 1],
  [4, 8],
  [6, 2],
  [8, 4],
  [10, 8],
]);

/** The columns of a successful FetchResults reply, found without decoding a value. `message` is without its frame's length. */
export function resultColumns(message: Buffer): ColumnBytes[] {
  const cursor = new Cursor(message, 4);
  cursor.skip(11); // the method's name
  cursor.at += 4; // sequence id
  const columns: ColumnBytes[] = [];
  for (const reply of cursor.fields()) {
    for (const part of reply === 0 ? cursor.fields() : []) {
      if (part !== 3) {
        cursor.skipField();
        continue;
      }
      for (const field of cursor.fields()) {
        if (field === 3) columns.push(...columnList(cursor));
        else cursor.skipField();
      }
    }
  }
  return columns;
}

/** `list<TColumn>`, each a union whose one field is a struct of `1: list of values` and `2: binary nulls`. */
function columnList(cursor: Cursor): ColumnBytes[] {
  cursor.at += 1;
  const count = cursor.int();
  return Array.from({ length: count }, () => {
    let values = 0;
    let at = 0;
    let nulls: Buffer = Buffer.alloc(0);
    for (const _ of cursor.fields()) {
      for (const part of cursor.fields()) {
        if (part === 1) {
          values = cursor.bytes.readInt32BE(cursor.at + 1);
          at = cursor.at + 5;
          cursor.skipField();
        } else {
          const length = cursor.int();
          nulls = cursor.bytes.subarray(cursor.at, cursor.at + length);
          cursor.at += length;
        }
      }
    }
    return { values, at, nulls };
  });
}

/** A place in a message of Thrift's binary protocol. */
class Cursor {
  readonly bytes: Buffer;
  at: number;
  #type = stop;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  int(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  /** The ids of a struct's fields; whoever is given one has to read or skip the field's value. */
  *fields(): Generator<number> {
    for (;;) {
      const type = this.bytes.readUInt8(this.at++);
      if (type === stop) return;
      this.at += 2;
      this.#type = type;
      yield this.bytes.readInt16BE(this.at - 2);
    }
  }

  /** Passes over the value of the field that `fields` gave last. */
  skipField(): void {
    this.skip(this.#type);
  }

  skip(type: number): void {
    const size = fixedSizes.get(type);
    if (size !== undefined) {
      this.at += size;
    } else if (type === 11) {
      this.at += 4 + this.bytes.readInt32BE(this.at);
    } else if (type === struct) {
      for (const _ of this.fields()) this.skipField();
    } else if (type === 14 || type === 15) {
      const element = this.bytes.readUInt8(this.at++);
      const count = this.int();
      const each = fixedSizes.get(element);
      if (each !== undefined) this.at += each * count;
      else for (let index = 0; index < count; index++) this.skip(element);
    } else {
      throw new Error(`a FetchResults reply holds a value of Thrift type ${type}`);
    }
  }
}
