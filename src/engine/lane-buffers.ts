/** Engines' replies are read in pieces of this at most where they flow. */
const largeBytes = 256 * 1024;
/** Once that many large ones are lent, others get less. */
const mostLarge = 64;
/** Large ones that are kept while nobody needs them. */
const mostFree = 8;
const sharedBytes = 64 * 1024;

/** Memory that lanes read into: an idle lane has none of its own, one that passes a large reply on has one buffer. */
export class LaneBuffers {
  /** Every lane's, for what is used or copied before the lane returns. */
  readonly shared: Buffer = Buffer.allocUnsafeSlow(sharedBytes);
  #free: Buffer[] = [];
  #lent = 0;

  /** One for the taker alone, at least as large as `shared`. Never waits: beyond the bound a stream reads in smaller pieces. */
  take(): Buffer {
    if (this.#lent >= mostLarge) return Buffer.allocUnsafeSlow(sharedBytes);
    this.#lent++;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(largeBytes);
  }

  /** Nobody reads into it or writes from it any more. */
  giveBack(buffer: Buffer): void {
    if (buffer.length < largeBytes) return;
    this.#lent--;
    if (this.#free.length < mostFree) this.#free.push(buffer);
  }
}
