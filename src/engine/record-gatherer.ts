export interface RecordGathererOptions {
  /** Where the next bytes go. */
  readonly room: () => Buffer;
  /** So many bytes were put into the room. False: nothing more until `resume`. */
  readonly take: (length: number) => boolean;
  /** What records are deciphered into, which may also be the room of who gathers nothing. */
  readonly scratch: Buffer;
}

/** Most that a record of TLS holds: behind a full one there is usually another. */
const fullRecordBytes = 16 * 1024;

/**
 * Brings bytes that are deciphered record by record into a reader's room, as many at a time as come in one turn. Node deciphers
 * all that it has read, also behind the record that paused it, and even once the socket is destroyed: so it never gets the
 * reader's own memory, and what comes too early is kept here.
 */
export class RecordGatherer {
  readonly #options: RecordGathererOptions;
  #room: Buffer | undefined;
  #filled = 0;
  #isPaused = false;
  #early: Buffer[] = [];

  constructor(options: RecordGathererOptions) {
    this.#options = options;
  }

  /** A record, in memory that is not kept. False: nothing more is wanted. */
  push(record: Buffer): boolean {
    if (this.#isPaused) {
      this.#early.push(Buffer.from(record));
      return false;
    }
    const isMoreLikely = record.length >= fullRecordBytes;
    for (let at = 0; at < record.length;) {
      this.#room ??= this.#options.room();
      const copied = record.copy(this.#room, this.#filled, at);
      at += copied;
      this.#filled += copied;
      const canWait =
        isMoreLikely && this.#room !== this.#options.scratch && this.#filled < this.#room.length;
      if (canWait || this.handOver()) continue;
      if (at < record.length) this.#early.push(Buffer.from(record.subarray(at)));
      return false;
    }
    return true;
  }

  /** `handOver` has to be called once the turn is over. */
  get isDue(): boolean {
    return this.#filled > 0;
  }

  /** What was gathered goes to the reader. False: nothing more is wanted. */
  handOver(): boolean {
    const length = this.#filled;
    this.#filled = 0;
    this.#room = undefined;
    if (length > 0 && !this.#options.take(length)) this.#isPaused = true;
    return !this.#isPaused;
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** False where what came too early has paused the reader again. */
  resume(): boolean {
    this.#isPaused = false;
    const early = this.#early.splice(0);
    for (const [at, record] of early.entries()) {
      if (this.push(record)) continue;
      this.#early.push(...early.slice(at + 1));
      return false;
    }
    return this.handOver();
  }
}
