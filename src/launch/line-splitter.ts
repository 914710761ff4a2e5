/** What stands where a line was cut. */
const ellipsis = '...';

/** Makes lines of bytes as they come. A line longer than the limit is cut, and nothing beyond the limit is kept. */
export class LineSplitter {
  readonly #limitBytes: number;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #isCut = false;

  constructor(limitBytes = 8192) {
    this.#limitBytes = limitBytes;
  }

  *push(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      this.#keep(chunk.subarray(from, at));
      yield this.#take();
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** What came after the last line end. */
  *end(): Generator<string> {
    if (this.#partBytes > 0) yield this.#take();
  }

  #keep(bytes: Buffer): void {
    const room = this.#limitBytes - this.#partBytes;
    if (bytes.length > room) this.#isCut = true;
    const kept = bytes.subarray(0, Math.max(0, room));
    if (kept.length === 0) return;
    this.#parts.push(Buffer.from(kept)); // a copy: the caller's buffer is used again
    this.#partBytes += kept.length;
  }

  #take(): string {
    const text = Buffer.concat(this.#parts).toString('utf8').replace(/\r$/, '');
    const suffix = this.#isCut ? ellipsis : '';
    this.#parts = [];
    this.#partBytes = 0;
    this.#isCut = false;
    return printable(text) + suffix;
  }
}

/** Control characters would do things to a terminal, or break a client's string. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd');
}
