const maxFrameBytes = 64 * 1024 * 1024;

/** Cuts what comes from a socket into whole messages, each with its four bytes of length. */
export class FrameSplitter {
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = 4;

  clear(): void {
    this.#chunks = [];
    this.#held = 0;
    this.#needed = 4;
  }

  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= this.#needed) {
      const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      if (all === undefined) return;
      this.#chunks = [all];
      const end = 4 + all.readInt32BE(0);
      if (end < 4 || end > maxFrameBytes) throw new RangeError(`message of ${end - 4} bytes`);
      this.#needed = end;
      if (all.length < end) return;
      this.#chunks = all.length === end ? [] : [all.subarray(end)];
      this.#held -= end;
      this.#needed = 4;
      yield all.subarray(0, end);
    }
  }
}
