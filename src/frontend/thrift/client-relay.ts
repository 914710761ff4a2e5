import type { Socket } from 'node:net';
import type { ReplyRelay } from '../../wire/reply-relay.ts';

/** Passes a large reply to a client's socket, with its length or, where the client's protocol has none, without. */
export class ClientRelay implements ReplyRelay {
  readonly #socket: Socket;
  /** Bytes at the beginning that the client does not get. */
  #skip: number;
  #waiting: (() => void) | undefined;

  constructor(socket: Socket, isFramed: boolean) {
    this.#socket = socket;
    this.#skip = isFramed ? 0 : 4;
  }

  write(chunk: Buffer, written: () => void): boolean {
    if (this.#socket.destroyed) return true; // the client has left: the rest is dropped
    this.#socket.write(this.#skip > 0 ? chunk.subarray(this.#skip) : chunk, this.#onWritten);
    this.#skip = 0;
    if (this.#socket.writableLength === 0) return true; // the kernel took it at once, as it mostly does
    this.#waiting = written;
    return false;
  }

  broken(): void {
    this.#socket.destroy();
  }

  /** Node calls this in a later turn even for what the kernel took at once. */
  readonly #onWritten = (): void => {
    if (this.#socket.writableLength > 0 && !this.#socket.destroyed) return;
    const written = this.#waiting;
    this.#waiting = undefined;
    written?.();
  };
}
