/** A column of a FetchResults reply: its values as a TColumn lists them, and its null bits. */
export interface ColumnBytes {
  readonly rows: number;
  readonly values: Buffer;
  readonly nulls: Buffer;
}

/** The columns of a reply of protocol V6 or later, found in its bytes. */
export function columnsOfReply(message: Buffer): ColumnBytes[] {
  return new StructReader(message).columnsOfReply();
}

const [stop, bool, byte, double, i16, i32, i64, string, struct, list] = [
  0, 2, 3, 4, 6, 8, 10, 11, 12, 15,
];
const fixedBytes = new Map([
  [bool, 1],
  [byte, 1],
  [double, 8],
  [i16, 2],
  [i32, 4],
  [i64, 8],
]);

/** Finds the columns in a message of Thrift's binary protocol: fields and lists are walked over, no value is made. */
class StructReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** message header, then success(0): results(3): columns(3): TColumn, a struct of one field in a union. */
  columnsOfReply(): ColumnBytes[] {
    this.#at = 4;
    this.#skip(string);
    this.#at += 4;
    for (const id of [0, 3, 3]) this.#enter(id);
    this.#at += 1;
    return Array.from({ length: this.#int() }, () => this.#column());
  }

  #column(): ColumnBytes {
    this.#at += 3; // which of the union's kinds it is shows in the list's elements
    let rows = 0;
    let values = this.#bytes.subarray(0, 0);
    let nulls = values;
    for (let type = this.#byte(); type !== stop; type = this.#byte()) {
      this.#at += 2;
      if (type === list) {
        const element = this.#byte();
        rows = this.#int();
        const start = this.#at;
        this.#skipElements(element, rows);
        values = this.#bytes.subarray(start, this.#at);
      } else {
        const length = this.#int();
        nulls = this.#bytes.subarray(this.#at, this.#at + length);
        this.#at += length;
      }
    }
    this.#at += 1; // the union's end
    return { rows, values, nulls };
  }

  /** To the value of this field of the struct that begins here. */
  #enter(id: number): void {
    for (let type = this.#byte(); type !== stop; type = this.#byte()) {
      const found = this.#bytes.readInt16BE(this.#at);
      this.#at += 2;
      if (found === id) return;
      this.#skip(type);
    }
    throw new Error(`a FetchResults reply without field ${id}: it says no, or has rows`);
  }

  #skip(type: number): void {
    if (type === string) {
      const length = this.#int();
      this.#at += length;
    } else if (type === list) this.#skipElements(this.#byte(), this.#int());
    else if (type === struct) this.#skipStruct();
    else this.#at += width(type);
  }

  #skipStruct(): void {
    for (let type = this.#byte(); type !== stop; type = this.#byte()) {
      this.#at += 2;
      this.#skip(type);
    }
  }

  #skipElements(type: number, count: number): void {
    if (fixedBytes.has(type)) this.#at += count * width(type);
    else for (let index = 0; index < count; index++) this.#skip(type);
  }

  #byte(): number {
    return this.#bytes.readInt8(this.#at++);
  }

  #int(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }
}

function width(type: number): number {
  const bytes = fixedBytes.get(type);
  if (bytes === undefined) throw new Error(`Thrift type ${type} is not in a FetchResults reply`);
  return bytes;
}
