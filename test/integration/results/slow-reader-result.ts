import { readColumns } from '../../support/fetch-reply.ts';

const digits = 16;
const repeats = 62;
const textBytes = digits * repeats;

/** What one row takes on the wire: a bigint, and a text with its length before it. */
export const slowRowBytes = 8 + 4 + textBytes;

/** Rows that are cheap to make and of which each says which one it is: its number, and the number's hex digits again and again. */
export function slowStatement(rows: number, partitions: number): string {
  return `select id, repeat(lpad(lower(hex(id)), ${digits}, '0'), ${repeats}) as text from range(0, ${rows}, 1, ${partitions})`;
}

/** Compares every value with what the statement says: a row that is lost, doubled, out of order or damaged throws. */
export class SlowResultCheck {
  #rows = 0;

  /** Rows that have been there so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes a FetchResults reply (without its frame's length) and returns how many rows it had. */
  take(message: Buffer): number {
    const [ids, texts] = readColumns(message);
    if (ids === undefined || texts === undefined || ids.rows !== texts.rows) {
      throw new Error(`after row ${this.#rows} there is a batch without two columns of one length`);
    }
    if (ids.nulls.some((bits) => bits !== 0) || texts.nulls.some((bits) => bits !== 0)) {
      throw new Error(`after row ${this.#rows} there is a batch with a null`);
    }
    for (let row = 0; row < ids.rows; row++) {
      const id = this.#rows + row;
      const isRight =
        holdsId(ids.values, 8 * row, id) && holdsText(texts.values, (4 + textBytes) * row, id);
      if (!isRight) throw new Error(`row ${id} is not what it has to be`);
    }
    this.#rows += ids.rows;
    return ids.rows;
  }
}

function holdsId(values: Buffer, at: number, id: number): boolean {
  return values.readUInt32BE(at) * 2 ** 32 + values.readUInt32BE(at + 4) === id;
}

function holdsText(values: Buffer, at: number, id: number): boolean {
  const start = at + 4;
  const end = start + textBytes;
  return (
    values.readInt32BE(at) === textBytes &&
    values.toString('latin1', start, start + digits) === id.toString(16).padStart(digits, '0') &&
    // Every repetition is the one before it.
    values.compare(values, start + digits, end, start, end - digits) === 0
  );
}
