import { WireError } from './wire-error.ts';

/**
 * Cuts a byte stream into frames of `i32 length | bytes` (hiveserver2-wire 1.4). Holds the chunks of one unfinished frame and
 * nothing while idle. A length over the limit throws before anything is kept.
 */
export class FrameReader {
  readonly #limitBytes: number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the unfinished frame with its prefix, or -1 before the length is known. */
  #wanted = -1;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of the unfinished frame that are held. */
  get heldBytes(): number {
    return this.#held;
  }

  /** The frames that this chunk completes, each without its length. */
  *push(chunk: Buffer): Generator<Buffer> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#wanted < 0) {
        const missing = 4 - this.#held;
        if (rest.length < missing) return this.#keep(rest);
        const prefix =
          this.#held === 0 ? rest : Buffer.concat([...this.#chunks, rest.subarray(0, missing)]);
        this.#wanted = 4 + this.#checked(prefix.readInt32BE(0));
      }
      const missing = this.#wanted - this.#held;
      if (rest.length < missing) return this.#keep(rest);
      const end = rest.subarray(0, missing);
      const frame = this.#held === 0 ? end : Buffer.concat([...this.#chunks, end], this.#wanted);
      rest = rest.subarray(missing);
      this.#chunks = [];
      this.#held = 0;
      this.#wanted = -1;
      yield frame.subarray(4);
    }
  }

  #keep(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#held += bytes.length;
  }

  #checked(length: number): number {
    if (length < 0 || length > this.#limitBytes) {
      throw new WireError(
        'too-large',
        `a frame of ${length} bytes; the limit is ${this.#limitBytes}`,
      );
    }
    return length;
  }
}
