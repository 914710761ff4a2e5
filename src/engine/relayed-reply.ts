import type { ReplyRelay } from '../wire/reply-relay.ts';
import type { IncomingReply, ReplyProgress } from './incoming-reply.ts';
import type { LaneBuffers } from './lane-buffers.ts';

/**
 * A reply that is passed on through one buffer: bytes are read into it and written from it, and nothing is read while some of
 * them are not written. So a slow client costs that buffer, and its engine is paused. A fast one gets a buffer in each turn.
 */
export class RelayedReply implements IncomingReply {
  readonly frame = undefined;
  readonly #relay: ReplyRelay;
  readonly #buffers: LaneBuffers;
  readonly #buffer: Buffer;
  readonly #onReady: () => void;
  #missing: number;
  #isWriting = false;
  #hasEnded = false;

  /** `onReady` is called after each `paused`, until the end. */
  constructor(relay: ReplyRelay, wanted: number, buffers: LaneBuffers, onReady: () => void) {
    this.#relay = relay;
    this.#missing = wanted;
    this.#buffers = buffers;
    this.#buffer = buffers.take();
    this.#onReady = onReady;
  }

  get room(): Buffer | undefined {
    return this.#missing > 0 ? this.#buffer : undefined;
  }

  begin(bytes: Buffer): ReplyProgress {
    return this.took(bytes.copy(this.#buffer));
  }

  took(length: number): ReplyProgress {
    if (length > this.#missing) return 'too-long';
    this.#missing -= length;
    this.#isWriting = !this.#relay.write(this.#buffer.subarray(0, length), this.#written);
    if (this.#isWriting) return 'paused';
    if (this.#missing === 0) return 'whole';
    if (length < this.#buffer.length) return 'more';
    setImmediate(this.#nextTurn); // Node would read on at once, as long as the engine sends: now it is the others' turn
    return 'paused';
  }

  /** The buffer goes back once nothing is written from it any more. */
  end(): void {
    this.#hasEnded = true;
    if (!this.#isWriting) this.#buffers.giveBack(this.#buffer);
    if (this.#missing > 0) this.#relay.broken();
  }

  readonly #nextTurn = (): void => {
    if (!this.#hasEnded) this.#onReady();
  };

  readonly #written = (): void => {
    this.#isWriting = false;
    if (this.#hasEnded) this.#buffers.giveBack(this.#buffer);
    else this.#onReady();
  };
}
