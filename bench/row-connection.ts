import { connect, type Socket } from 'node:net';
import { negotiationMessage, saslStatus } from '../src/wire/sasl-negotiation.ts';
import type { RawAddress } from './raw-connection.ts';

/** The beginning of a reply: as many bytes as were asked for, or all where there are fewer. */
export interface KeptReply {
  readonly kept: Buffer;
  /** The whole frame, its length field included. */
  readonly wireBytes: number;
}

interface Waiting {
  readonly keepBytes: number;
  readonly resolve: (reply: KeptReply) => void;
  readonly reject: (error: Error) => void;
}

const bufferBytes = 1 << 20;
const saslHeadBytes = 5;
const frameHeadBytes = 4;

/**
 * A framed client for large replies: it reads into one buffer that it uses again, keeps the beginning of each reply and
 * counts the rest, so that it is seldom what a measurement shows.
 */
export class RowConnection {
  readonly #socket: Socket;
  readonly #head = Buffer.alloc(saslHeadBytes);
  #headBytes = saslHeadBytes;
  #headFilled = 0;
  #waiting: Waiting | undefined;
  #kept = Buffer.alloc(0);
  #keptFilled = 0;
  #wireBytes = 0;
  #left = 0;
  #closed: Error | undefined;
  #stallAfterBytes = Infinity;
  #stalled: (() => void) | undefined;

  static async open({ port, user, password = 'anonymous' }: RawAddress): Promise<RowConnection> {
    const connection = new RowConnection(port);
    const answer = await connection.exchange(
      Buffer.concat([
        negotiationMessage(saslStatus.start, 'PLAIN'),
        negotiationMessage(saslStatus.complete, `\0${user}\0${password}`),
      ]),
    );
    if (connection.#head[0] !== saslStatus.complete) {
      throw new Error(`the log-in was refused: ${answer.kept.toString('utf8')}`);
    }
    connection.#headBytes = frameHeadBytes;
    return connection;
  }

  private constructor(port: number) {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(bufferBytes),
        callback: (bytes, buffer) => this.#take(buffer, bytes),
      },
    });
    this.#socket
      .on('error', (error) => this.#end(error))
      .on('close', () => this.#end(new Error('the server closed the connection')));
  }

  /** Sends a frame and resolves with the beginning of the reply's message, without its length field. */
  exchange(frame: Buffer, keepBytes = Infinity): Promise<KeptReply> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiting = { keepBytes, resolve, reject };
      this.#socket.write(frame);
    });
  }

  /** Resolves once about this many more bytes have come; from then on nothing is read. */
  stallAfter(bytes: number): Promise<void> {
    this.#stallAfterBytes = bytes;
    return new Promise((resolve) => (this.#stalled = resolve));
  }

  /** Reads on. */
  resume(): void {
    this.#stallAfterBytes = Infinity;
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Tells the socket whether to read on. */
  #take(buffer: Uint8Array, bytes: number): boolean {
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, bytes);
    let at = 0;
    while (at < bytes) {
      if (this.#headFilled < this.#headBytes) at += this.#takeHead(chunk, at);
      else at += this.#takeBody(chunk, at);
      if (this.#headFilled === this.#headBytes && this.#left === 0) this.#complete();
    }
    this.#stallAfterBytes -= bytes;
    if (this.#stallAfterBytes > 0) return true;
    this.#stalled?.();
    return false;
  }

  #takeHead(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#headBytes - this.#headFilled);
    chunk.copy(this.#head, this.#headFilled, at, end);
    this.#headFilled += end - at;
    if (this.#headFilled === this.#headBytes) {
      this.#left = this.#head.readInt32BE(this.#headBytes - 4);
      this.#wireBytes = this.#headBytes + this.#left;
      this.#kept = Buffer.allocUnsafe(Math.min(this.#left, this.#waiting?.keepBytes ?? 0));
      this.#keptFilled = 0;
    }
    return end - at;
  }

  #takeBody(chunk: Buffer, at: number): number {
    const bytes = Math.min(chunk.length - at, this.#left);
    if (this.#keptFilled < this.#kept.length) {
      this.#keptFilled += chunk.copy(this.#kept, this.#keptFilled, at, at + bytes);
    }
    this.#left -= bytes;
    return bytes;
  }

  #complete(): void {
    this.#headFilled = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ kept: this.#kept, wireBytes: this.#wireBytes });
  }

  #end(error: Error): void {
    this.#closed ??= error;
    this.#waiting?.reject(this.#closed);
    this.#waiting = undefined;
  }
}
