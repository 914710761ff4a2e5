/** What stands before each reply of a transport, and says how long the reply is. */
export interface ReplyHead {
  /** Bytes of the head that was read last. */
  readonly bytes: number;
  /** Bytes of the reply itself; undefined while the head is not whole. */
  readonly replyBytes: number | undefined;
  /** Takes what belongs to the head from `at` on, and tells how many bytes that was. */
  take(chunk: Buffer, at: number): number;
  /** Before the next reply. */
  reset(): void;
}

/** So many bytes, of which the last four are the length. */
export class LengthHead implements ReplyHead {
  readonly #head: Buffer;
  #filled = 0;

  constructor(bytes: 4 | 5) {
    this.#head = Buffer.alloc(bytes);
  }

  get bytes(): number {
    return this.#head.length;
  }

  get replyBytes(): number | undefined {
    const { length } = this.#head;
    return this.#filled < length ? undefined : this.#head.readInt32BE(length - 4);
  }

  /** The first byte: SASL's status where the head has five. */
  get first(): number | undefined {
    return this.#head[0];
  }

  take(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#head.length - this.#filled);
    chunk.copy(this.#head, this.#filled, at, end);
    this.#filled += end - at;
    return end - at;
  }

  reset(): void {
    this.#filled = 0;
  }
}

const headEnd = '\r\n\r\n';

/** The head of an HTTP answer, which has to have status 200 and a length. */
export class HttpHead implements ReplyHead {
  #text = '';
  #replyBytes: number | undefined;

  get bytes(): number {
    return this.#text.length;
  }

  get replyBytes(): number | undefined {
    return this.#replyBytes;
  }

  take(chunk: Buffer, at: number): number {
    const before = this.#text.length;
    const seen = this.#text + chunk.toString('latin1', at, Math.min(chunk.length, at + 16_384));
    const end = seen.indexOf(headEnd);
    this.#text = end < 0 ? seen : seen.slice(0, end + headEnd.length);
    if (end >= 0) this.#replyBytes = lengthIn(this.#text);
    return this.#text.length - before;
  }

  reset(): void {
    this.#text = '';
    this.#replyBytes = undefined;
  }
}

function lengthIn(head: string): number {
  const length = /^content-length: *(\d+)\r$/im.exec(head)?.[1];
  if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
    throw new Error(`an HTTP answer without status 200 or without a length: ${head}`);
  }
  return Number(length);
}
