import type { ServerResponse } from 'node:http';
import { constants, createGzip } from 'node:zlib';
import type { Gzip } from 'node:zlib';
import type { ReplyRelay } from '../../../wire/reply-relay.ts';

/** The body of an answer with status 200: one reply, at once or as its chunks arrive. */
export class HttpAnswer implements ReplyRelay {
  readonly #response: ServerResponse;
  readonly #isCompressed: boolean;
  #gzip: Gzip | undefined;
  #left = 0;
  #hasBegun = false;
  /** The head is out, and nothing is done to the body. */
  #isBare = false;
  #waiting: (() => void) | undefined;

  constructor(response: ServerResponse, isCompressed: boolean) {
    this.#response = response;
    this.#isCompressed = isCompressed;
    response.on('close', this.#settle); // the client may leave while a chunk is on its way
  }

  /** A whole reply. */
  send(message: Buffer): void {
    this.#begin(message.length);
    this.#put(message);
  }

  write(chunk: Buffer, written: () => void): boolean {
    if (this.#response.destroyed) return true; // the client has left: the rest is dropped
    let bytes = chunk;
    if (!this.#hasBegun) {
      this.#begin(chunk.readInt32BE(0));
      bytes = chunk.subarray(4);
    }
    const { socket } = this.#response;
    if (this.#isBare && socket !== null && bytes.length < this.#left) {
      // Behind the head a body of a known length is the socket's bytes as they are.
      this.#left -= bytes.length;
      socket.write(bytes, this.#settle);
    } else {
      // Node would hold a chunk back until the end of the turn, unless the socket is held already: so it goes out here.
      socket?.cork();
      this.#put(bytes);
      socket?.uncork();
      this.#isBare = this.#gzip === undefined && socket !== null;
    }
    if (this.#gzip === undefined && socket?.writableLength === 0) return true; // the kernel took it at once
    this.#waiting = written;
    return false;
  }

  broken(): void {
    this.#response.destroy(); // a length was promised
  }

  #begin(length: number): void {
    this.#hasBegun = true;
    this.#left = length;
    this.#response.setHeader('Content-Type', 'application/x-thrift');
    if (this.#isCompressed) {
      this.#response.setHeader('Content-Encoding', 'gzip');
      this.#gzip = createGzip({ level: constants.Z_BEST_SPEED });
      this.#gzip.pipe(this.#response);
    } else {
      this.#response.setHeader('Content-Length', length);
    }
  }

  #put(bytes: Buffer): void {
    this.#left -= bytes.length;
    const body = this.#gzip ?? this.#response;
    if (this.#left > 0) body.write(bytes, this.#settle);
    else body.end(bytes, this.#settle);
  }

  /** Node calls this in a later turn, for each chunk. */
  readonly #settle = (): void => {
    const { socket, destroyed } = this.#response;
    const isHeld = this.#gzip === undefined && socket !== null && socket.writableLength > 0;
    if (isHeld && !destroyed) return; // one that was written before
    const written = this.#waiting;
    this.#waiting = undefined;
    written?.();
  };
}
