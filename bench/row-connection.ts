import { readFileSync } from 'node:fs';
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { negotiationMessage, saslStatus } from '../src/wire/sasl-negotiation.ts';
import type { RawAddress } from './raw-connection.ts';
import { HttpHead, LengthHead, type ReplyHead } from './reply-head.ts';

export interface RowAddress extends RawAddress {
  /** HTTP POSTs to this path instead of frames behind SASL. */
  readonly httpPath?: string;
  /** TLS, trusting the certificate in this PEM file. */
  readonly caFile?: string;
}

/** The beginning of a reply: as many bytes as were asked for, or all where there are fewer. */
export interface KeptReply {
  readonly kept: Buffer;
  /** The whole reply, the head before it included. */
  readonly wireBytes: number;
}

interface Waiting {
  readonly keepBytes: number;
  readonly resolve: (reply: KeptReply) => void;
  readonly reject: (error: Error) => void;
}

const bufferBytes = 1 << 20;

/**
 * A client for large replies: it reads into one buffer that it uses again, keeps the beginning of each reply and
 * counts the rest, so that it is seldom what a measurement shows.
 */
export class RowConnection {
  readonly #socket: Socket;
  readonly #httpHead: string | undefined;
  #head: ReplyHead;
  #waiting: Waiting | undefined;
  #kept: Buffer | undefined;
  #keptFilled = 0;
  #left = 0;
  #closed: Error | undefined;
  #stallAfterBytes = Infinity;
  #stalled: (() => void) | undefined;

  static async open(address: RowAddress): Promise<RowConnection> {
    if (address.httpPath !== undefined) return new RowConnection(address, new HttpHead());
    const { user, password = 'anonymous' } = address;
    const head = new LengthHead(5);
    const connection = new RowConnection(address, head);
    const answer = await connection.#send(
      Buffer.concat([
        negotiationMessage(saslStatus.start, 'PLAIN'),
        negotiationMessage(saslStatus.complete, `\0${user}\0${password}`),
      ]),
      Infinity,
    );
    if (head.first !== saslStatus.complete) {
      throw new Error(`the log-in was refused: ${answer.kept.toString('utf8')}`);
    }
    connection.#head = new LengthHead(4);
    return connection;
  }

  private constructor(address: RowAddress, head: ReplyHead) {
    this.#head = head;
    this.#httpHead = address.httpPath === undefined ? undefined : httpHead(address);
    this.#socket = openSocket(address, {
      buffer: Buffer.allocUnsafe(bufferBytes),
      callback: (bytes, buffer) => this.#take(buffer, bytes),
    });
    this.#socket
      .on('error', (error) => this.#end(error))
      .on('close', () => this.#end(new Error('the server closed the connection')));
  }

  /** Sends a frame and resolves with the beginning of the reply's message, without what stands before it. */
  exchange(frame: Buffer, keepBytes = Infinity): Promise<KeptReply> {
    if (this.#httpHead === undefined) return this.#send(frame, keepBytes);
    const message = frame.subarray(4);
    const head = `${this.#httpHead}Content-Length: ${message.length}\r\n\r\n`;
    return this.#send(Buffer.concat([Buffer.from(head), message]), keepBytes);
  }

  #send(bytes: Buffer, keepBytes: number): Promise<KeptReply> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiting = { keepBytes, resolve, reject };
      this.#socket.write(bytes);
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
    try {
      for (let at = 0; at < bytes;) at += this.#takePart(chunk, at);
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
      return false;
    }
    this.#stallAfterBytes -= bytes;
    if (this.#stallAfterBytes > 0) return true;
    this.#stalled?.();
    return false;
  }

  #takePart(chunk: Buffer, at: number): number {
    const taken = this.#kept === undefined ? this.#takeHead(chunk, at) : this.#takeBody(chunk, at);
    if (this.#kept !== undefined && this.#left === 0) this.#complete(this.#kept);
    return taken;
  }

  #takeHead(chunk: Buffer, at: number): number {
    const taken = this.#head.take(chunk, at);
    const { replyBytes } = this.#head;
    if (replyBytes === undefined) return taken;
    this.#left = replyBytes;
    this.#kept = Buffer.allocUnsafe(Math.min(replyBytes, this.#waiting?.keepBytes ?? 0));
    this.#keptFilled = 0;
    return taken;
  }

  #takeBody(chunk: Buffer, at: number): number {
    const bytes = Math.min(chunk.length - at, this.#left);
    if (this.#kept !== undefined && this.#keptFilled < this.#kept.length) {
      this.#keptFilled += chunk.copy(this.#kept, this.#keptFilled, at, at + bytes);
    }
    this.#left -= bytes;
    return bytes;
  }

  #complete(kept: Buffer): void {
    const wireBytes = this.#head.bytes + (this.#head.replyBytes ?? 0);
    this.#head.reset();
    this.#kept = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ kept, wireBytes });
  }

  #end(error: Error): void {
    this.#closed ??= error;
    this.#waiting?.reject(this.#closed);
    this.#waiting = undefined;
  }
}

function openSocket({ port, caFile }: RowAddress, onread: OnReadOpts): Socket {
  const to = { port, host: '127.0.0.1', onread };
  if (caFile === undefined) return connect({ ...to, noDelay: true });
  const socket = connectTls({ ...to, ca: readFileSync(caFile), servername: 'localhost' });
  return socket.setNoDelay(true);
}

/** All but the length and the end of it. */
function httpHead({ httpPath, user, password = 'anonymous', port }: RowAddress): string {
  return [
    `POST /${httpPath} HTTP/1.1`,
    `Host: localhost:${port}`,
    `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    'Content-Type: application/x-thrift',
    '',
  ].join('\r\n');
}
