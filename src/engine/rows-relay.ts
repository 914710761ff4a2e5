import { readBatchHead } from '../wire/batch-head.ts';
import type { BatchHead } from '../wire/batch-head.ts';
import { readMessageHeader } from '../wire/message-header.ts';
import type { ReplyRelay } from '../wire/reply-relay.ts';

/** Passes a FetchResults reply on as the answer to a request, and looks at what stands before its rows. */
export class RowsRelay implements ReplyRelay {
  readonly #relay: ReplyRelay;
  readonly #seqId: number;
  #hasBegun = false;
  #head: BatchHead | undefined;

  constructor(relay: ReplyRelay, seqId: number) {
    this.#relay = relay;
    this.#seqId = seqId;
  }

  /** Undefined for a failure. */
  get head(): BatchHead | undefined {
    return this.#head;
  }

  /** For a reply that came whole, or the first bytes of one. */
  begin(frame: Buffer): void {
    this.#hasBegun = true;
    this.#head = readBatchHead(frame);
    frame.writeInt32BE(this.#seqId, readMessageHeader(frame, 4).seqIdAt); // it may have been asked for before the client did
  }

  write(chunk: Buffer, written: () => void): boolean {
    if (!this.#hasBegun) this.begin(chunk);
    return this.#relay.write(chunk, written);
  }

  broken(): void {
    this.#relay.broken();
  }
}

/** For a reply that nobody wants any more. */
export const unwanted: ReplyRelay = {
  write: () => true,
  broken: () => {},
};
