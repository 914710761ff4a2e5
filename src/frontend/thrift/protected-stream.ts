import type { Socket } from 'node:net';
import type { MessageProtection } from '../../auth/message-protection.ts';
import { FrameReader } from '../../wire/frame-reader.ts';
import { MessageScanner } from '../../wire/message-scanner.ts';
import type { ReplyRelay } from '../../wire/reply-relay.ts';
import { socketRoom } from './socket-room.ts';

/** What a token adds to its message is far less. */
const tokenOverheadBytes = 1024;
/** A piece is held once in plain and once as a token; a client's buffer may be much larger. */
const largestPieceBytes = 64 * 1024;

/**
 * What a client and we say to each other where the login agreed to sign or encrypt it: frames of `i32 length | token`. What the
 * tokens hold is one stream, in which messages may end anywhere (hiveserver2-wire 1.4).
 */
export class ProtectedStream {
  readonly #socket: Socket;
  readonly #protection: MessageProtection;
  readonly #frames: FrameReader;
  readonly #messages: MessageScanner;

  constructor(socket: Socket, protection: MessageProtection, maxMessageBytes: number) {
    this.#socket = socket;
    this.#protection = protection;
    this.#frames = new FrameReader(maxMessageBytes + tokenOverheadBytes);
    this.#messages = new MessageScanner(maxMessageBytes);
  }

  /** The requests that this chunk completes. One chunk at a time; throws what ends the connection. */
  async *receive(chunk: Buffer): AsyncGenerator<Buffer> {
    for (const token of this.#frames.push(chunk)) {
      yield* this.#messages.push(await this.#protection.open(token));
    }
  }

  /** Resolves once the last piece has left, or the client has. */
  async send(message: Buffer): Promise<void> {
    const size = Math.min(this.#protection.pieceBytes, largestPieceBytes);
    for (let at = 0; at < message.length && !this.#socket.destroyed; at += size) {
      const token = await this.#protection.protect(message.subarray(at, at + size));
      if (this.#socket.destroyed) return;
      const frame = Buffer.allocUnsafe(4 + token.length);
      frame.writeInt32BE(token.length, 0);
      token.copy(frame, 4);
      await socketRoom(this.#socket, this.#socket.write(frame));
    }
  }

  /** Passes a large reply on, each chunk before the next one is taken. */
  relay(): ReplyRelay {
    let skip = 4; // the length of a frame that is not ours
    return {
      write: (chunk, written) => {
        if (this.#socket.destroyed) return true; // the client has left: the rest is dropped
        const bytes = chunk.subarray(skip);
        skip = 0;
        void this.send(bytes)
          .catch(() => this.#socket.destroy()) // a length was promised to nobody, and yet rows would be missing
          .then(written);
        return false;
      },
      broken: () => this.#socket.destroy(),
    };
  }

  dispose(): void {
    this.#protection.dispose();
  }
}
