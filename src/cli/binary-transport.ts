import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { reasonOf } from '../core/errors.ts';
import { FrameReader } from '../wire/frame-reader.ts';
import {
  NegotiationReader,
  negotiationMessage,
  plainResponse,
  saslStatus,
} from '../wire/sasl-negotiation.ts';
import { CliError } from './cli-error.ts';
import { connectionFailure, loginFailure } from './connection-failure.ts';
import { maxReplyBytes, placeOf } from './hs2-transport.ts';
import type { Hs2Address, Hs2Transport } from './hs2-transport.ts';

const maxNegotiationBytes = 65_536;

/** A TCP connection, in TLS or not, with SASL PLAIN. */
export class BinaryTransport implements Hs2Transport {
  readonly #socket: Socket;
  readonly #at: string;
  readonly #frames = new FrameReader(maxReplyBytes);
  #reply: { resolve(frame: Buffer): void; reject(error: CliError): void } | undefined;
  #broken: CliError | undefined;

  /** Connects and logs in; `timeoutMs` limits both together. */
  static async open(
    address: Hs2Address,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<BinaryTransport> {
    const at = placeOf(address);
    signal?.throwIfAborted();
    const socket = openSocket(address);
    const limit = setTimeout(
      () => socket.destroy(new CliError('connection', `${at} did not answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    const abort = (): void => {
      socket.destroy(new CliError('connection', `the connection to ${at} was given up`));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const rest = await logIn(socket, address, at);
      return new BinaryTransport(socket, at, rest);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener('abort', abort);
    }
  }

  private constructor(socket: Socket, at: string, early: Buffer) {
    this.#socket = socket;
    this.#at = at;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (cause) => this.#break(connectionFailure(at, cause)));
    socket.on('close', () => {
      this.#break(new CliError('connection', `${at} closed the connection`));
    });
    if (early.length > 0) this.#take(early);
    socket.resume();
  }

  exchange(message: Buffer): Promise<Buffer> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(message.length);
    return new Promise<Buffer>((resolve, reject) => {
      this.#reply = { resolve, reject };
      this.#socket.write(Buffer.concat([length, message]));
    });
  }

  close(): void {
    this.#break(new CliError('connection', `the connection to ${this.#at} is closed`));
  }

  #take(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        const waiting = this.#reply;
        this.#reply = undefined;
        if (waiting === undefined) throw new Error('a reply that nobody asked for');
        waiting.resolve(frame);
      }
    } catch (cause) {
      const reason = reasonOf(cause);
      this.#break(new CliError('connection', `${this.#at} sent bad data: ${reason}`, { cause }));
    }
  }

  #break(error: CliError): void {
    this.#broken ??= error;
    this.#reply?.reject(this.#broken);
    this.#reply = undefined;
    this.#socket.destroy();
  }
}

function openSocket({ host, port, tls }: Hs2Address): Socket {
  if (tls === undefined) return connect({ host, port, noDelay: true });
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.authorities === undefined ? {} : { ca: [...tls.authorities] }),
  });
  return socket.setNoDelay(true);
}

/** Runs the SASL PLAIN exchange; returns what the server sent behind it. */
function logIn(socket: Socket, address: Hs2Address, at: string): Promise<Buffer> {
  const reader = new NegotiationReader(maxNegotiationBytes);
  const connected = address.tls === undefined ? 'connect' : 'secureConnect';
  return new Promise((resolve, reject) => {
    let hasAnswered = false;
    socket.on(connected, () => {
      const { user, login } = address;
      const secret = login.kind === 'token' ? login.token : login.password;
      const start = negotiationMessage(saslStatus.start, 'PLAIN');
      const response = negotiationMessage(saslStatus.complete, plainResponse(user, secret));
      socket.write(Buffer.concat([start, response]));
    });
    socket.on('data', (chunk) => {
      try {
        if (!hasAnswered && !isNegotiation(chunk[0])) throw notHiveServer2(at);
        hasAnswered = true;
        reader.push(chunk);
        for (let message = reader.next(); message !== undefined; message = reader.next()) {
          if (message.status === saslStatus.ok) continue;
          if (message.status === saslStatus.bad || message.status === saslStatus.error) {
            throw loginFailure(address, at, message.payload.toString('utf8'));
          }
          if (message.status !== saslStatus.complete) throw notHiveServer2(at);
          socket.pause();
          for (const event of [connected, 'data', 'error', 'close'])
            socket.removeAllListeners(event);
          return resolve(reader.rest());
        }
      } catch (error) {
        reject(error instanceof CliError ? error : notHiveServer2(at, error));
      }
    });
    socket.on('error', (cause) => reject(connectionFailure(at, cause)));
    socket.on('close', () => {
      const what = hasAnswered ? 'in the middle of the login' : 'without an answer to the login';
      const hint =
        'the server may want TLS (ssl=true), HTTP (transportMode=http), Kerberos or no SASL; this client speaks SASL PLAIN';
      reject(new CliError('connection', `${at} closed the connection ${what}`, { hint }));
    });
  });
}

function isNegotiation(status: number | undefined): boolean {
  return status !== undefined && status >= saslStatus.ok && status <= saslStatus.complete;
}

function notHiveServer2(at: string, cause?: unknown): CliError {
  return new CliError('connection', `${at} answers, but not as a HiveServer2 with SASL`, {
    cause,
    hint: 'check the port: HTTP and TLS ports want transportMode=http or ssl=true in the URL',
  });
}
