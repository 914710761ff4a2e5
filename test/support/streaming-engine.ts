import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { FrameReader } from '../../src/wire/frame-reader.ts';
import { readMessageHeader } from '../../src/wire/message-header.ts';
import {
  NegotiationReader,
  negotiationMessage,
  saslStatus,
} from '../../src/wire/sasl-negotiation.ts';
import { encodeEmptyCall } from './hs2-wire.ts';

/** No common factor with any buffer's size: bytes out of place are seen. */
const period = 1_000_003;
const pieceBytes = 1 << 20;
/** Two periods and a piece: any piece of a reply is one slice of it. */
const pattern = Buffer.alloc(period + pieceBytes);
for (let at = 0, value = 1; at < pattern.length; at++) {
  if (at >= period) pattern[at] = pattern[at - period] ?? 0;
  else pattern[at] = (value = (value * 48_271) % 0x7fffffff) & 0xff;
}

/** The bytes of a reply's message from `at` on, at most a MiB of them. Each size of reply has other bytes. */
export function replyBytes(size: number, at: number, length: number): Buffer {
  const from = (at + size * 7919) % period;
  return pattern.subarray(from, from + Math.min(length, pieceBytes));
}

/** A call that a `StreamingEngine` answers with a message of so many bytes. */
export function callForBytes(size: number): Buffer {
  return encodeEmptyCall('Fetch', size);
}

/** An engine that lets everybody in and answers every call at once with as many bytes as it asks for. */
export class StreamingEngine {
  readonly #server: Server;
  /** In the order of arrival. */
  readonly sockets: Socket[] = [];

  /** With TLS, where it is given what that takes. */
  static async start(tls?: {
    readonly cert: Buffer;
    readonly key: Buffer;
  }): Promise<StreamingEngine> {
    const engine = new StreamingEngine(tls);
    await new Promise<void>((resolve) => {
      engine.#server.listen(0, '127.0.0.1', resolve);
    });
    return engine;
  }

  private constructor(tls: { readonly cert: Buffer; readonly key: Buffer } | undefined) {
    const serve = (socket: Socket): void => this.#serve(socket);
    this.#server =
      tls === undefined
        ? createServer({ noDelay: true }, serve)
        : createTlsServer({ ...tls, noDelay: true }, serve).on('tlsClientError', () => {});
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on TCP
  }

  /** Bytes that left for the other end of this connection, those in the kernel included. */
  taken(socket: Socket | undefined): number {
    return (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #serve(socket: Socket): void {
    this.sockets.push(socket);
    const negotiation = new NegotiationReader(4096);
    const frames = new FrameReader(1 << 20);
    let last: Promise<void> = Promise.resolve();
    const answer = (chunk: Buffer): void => {
      for (const frame of frames.push(chunk)) last = last.then(() => sendReply(socket, frame));
    };
    const negotiate = (chunk: Buffer): void => {
      negotiation.push(chunk);
      for (let message = negotiation.next(); message !== undefined; message = negotiation.next()) {
        if (message.status === saslStatus.start) continue;
        socket.off('data', negotiate).on('data', answer);
        socket.write(negotiationMessage(saslStatus.complete, ''));
        return answer(negotiation.rest());
      }
    };
    socket.on('data', negotiate).on('error', () => {});
  }
}

/** Never more than a piece ahead of the connection: a reply may be larger than memory. */
async function sendReply(socket: Socket, call: Buffer): Promise<void> {
  const size = readMessageHeader(call).seqId;
  const length = Buffer.alloc(4);
  length.writeInt32BE(size);
  socket.write(length);
  for (let at = 0; at < size && !socket.destroyed; at += pieceBytes) {
    const piece = replyBytes(size, at, size - at);
    await new Promise((resolve) => {
      socket.write(piece, resolve);
    });
  }
}
