import type { IncomingReply, ReplyProgress } from './incoming-reply.ts';

/** So much is had for a reply at once; more only as it comes, since a length can promise anything. */
const firstRoomBytes = 64 * 1024;

/** A reply that is wanted whole: read in place into one buffer. */
export class GatheredReply implements IncomingReply {
  readonly #wanted: number;
  #buffer: Buffer;
  #held = 0;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.#buffer = Buffer.allocUnsafe(Math.min(wanted, firstRoomBytes));
  }

  get room(): Buffer | undefined {
    return this.#held < this.#wanted ? this.#buffer.subarray(this.#held) : undefined;
  }

  get frame(): Buffer | undefined {
    return this.#held === this.#wanted ? this.#buffer : undefined;
  }

  begin(bytes: Buffer): ReplyProgress {
    if (bytes.length > this.#wanted) return 'too-long';
    while (this.#buffer.length < bytes.length) this.#grow();
    return this.took(bytes.copy(this.#buffer));
  }

  took(length: number): ReplyProgress {
    this.#held += length;
    if (this.#held === this.#wanted) return 'whole';
    if (this.#held === this.#buffer.length) this.#grow();
    return 'more';
  }

  end(): void {} // its memory is its own

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#wanted, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#held);
    this.#buffer = larger;
  }
}
