import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FrameReader } from '../wire/frame-reader.ts';
import { readMessageHeader } from '../wire/message-header.ts';
import {
  NegotiationReader,
  negotiationMessage,
  plainResponse,
  saslStatus,
} from '../wire/sasl-negotiation.ts';
import { decodeReply, encodeCall, ThriftApplicationError } from '../wire/struct-codec.ts';
import type { MethodName, RequestOf, ResponseOf } from '../wire/struct-codec.ts';
import { CliError } from './cli-error.ts';

export interface Hs2Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Java's HiveServer2 sends no larger message. */
const maxReplyBytes = 104_857_600;
const maxNegotiationBytes = 65_536;

/** A TCP connection with SASL PLAIN that carries one call at a time. */
export class Hs2Connection {
  readonly #socket: Socket;
  readonly #at: string;
  readonly #frames = new FrameReader(maxReplyBytes);
  #last: Promise<unknown> = Promise.resolve();
  #unanswered = 0;
  #seqId = 0;
  #reply: { resolve(frame: Buffer): void; reject(error: CliError): void } | undefined;
  #broken: CliError | undefined;

  /** Connects and logs in; `timeoutMs` limits both together. */
  static async open(
    address: Hs2Address,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Hs2Connection> {
    const at = `${address.host}:${address.port}`;
    signal?.throwIfAborted();
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
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
      return new Hs2Connection(socket, at, rest);
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

  /** True while a call waits for its answer. */
  get isBusy(): boolean {
    return this.#unanswered > 0;
  }

  /** Calls are sent in the order of asking, each after the answer to the one before it. */
  call<M extends MethodName>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>> {
    this.#unanswered += 1;
    const answer = this.#last
      .then(() => this.#exchange(method, request))
      .finally(() => {
        this.#unanswered -= 1;
      });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#broken ??= new CliError('connection', `the connection to ${this.#at} is closed`);
    this.#socket.destroy();
  }

  async #exchange<M extends MethodName>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>> {
    if (this.#broken !== undefined) throw this.#broken;
    this.#seqId += 1;
    const seqId = this.#seqId;
    const message = encodeCall(method, seqId, request);
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(message.length);
    const reply = new Promise<Buffer>((resolve, reject) => {
      this.#reply = { resolve, reject };
    });
    this.#socket.write(Buffer.concat([length, message]));
    return this.#read(method, seqId, await reply);
  }

  #read<M extends MethodName>(method: M, seqId: number, frame: Buffer): ResponseOf<M> {
    try {
      const answered = readMessageHeader(frame).seqId;
      if (answered !== seqId) throw new Error(`it answers call ${answered}, not ${seqId}`);
      return decodeReply(method, frame);
    } catch (cause) {
      if (cause instanceof ThriftApplicationError) {
        throw new CliError('statement', `${method}: ${cause.message}`, { cause });
      }
      const reason = cause instanceof Error ? cause.message : String(cause);
      const error = new CliError(
        'connection',
        `${this.#at} sent a bad reply to ${method}: ${reason}`,
        {
          cause,
        },
      );
      this.#break(error);
      throw error;
    }
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
      const reason = cause instanceof Error ? cause.message : String(cause);
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

/** Runs the SASL PLAIN exchange; returns what the server sent behind it. */
function logIn(socket: Socket, address: Hs2Address, at: string): Promise<Buffer> {
  const reader = new NegotiationReader(maxNegotiationBytes);
  return new Promise((resolve, reject) => {
    let hasAnswered = false;
    socket.on('connect', () => {
      const response = plainResponse(address.user, address.password);
      const start = negotiationMessage(saslStatus.start, 'PLAIN');
      socket.write(Buffer.concat([start, negotiationMessage(saslStatus.complete, response)]));
    });
    socket.on('data', (chunk) => {
      try {
        if (!hasAnswered && !isNegotiation(chunk[0])) throw notHiveServer2(at);
        hasAnswered = true;
        reader.push(chunk);
        for (let message = reader.next(); message !== undefined; message = reader.next()) {
          if (message.status === saslStatus.ok) continue;
          if (message.status === saslStatus.bad || message.status === saslStatus.error) {
            throw refusal(address, at, message.payload.toString('utf8'));
          }
          if (message.status !== saslStatus.complete) throw notHiveServer2(at);
          socket.pause();
          for (const event of ['connect', 'data', 'error', 'close'])
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
        'the server may want TLS, Kerberos, HTTP or no SASL; this client speaks SASL PLAIN';
      reject(new CliError('connection', `${at} closed the connection ${what}`, { hint }));
    });
  });
}

function isNegotiation(status: number | undefined): boolean {
  return status !== undefined && status >= saslStatus.ok && status <= saslStatus.complete;
}

function refusal(address: Hs2Address, at: string, text: string): CliError {
  const reason = text === '' ? 'no reason given' : text;
  return new CliError('connection', `${at} refused user ${address.user}: ${reason}`, {
    sqlState: '28000',
    hint: 'give the user with -n and the password with -w FILE or TORII_PASSWORD',
  });
}

function notHiveServer2(at: string, cause?: unknown): CliError {
  return new CliError('connection', `${at} answers, but not as a HiveServer2 with SASL`, {
    cause,
    hint: 'check the port: HTTP and TLS ports speak other protocols',
  });
}

function connectionFailure(at: string, cause: Error): CliError {
  if (cause instanceof CliError) return cause;
  const code = 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
      return new CliError('connection', `nothing listens at ${at}`, {
        cause,
        hint: 'start a gateway with "torii serve", or name another one with -u',
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CliError('connection', `the host of ${at} is not known`, { cause });
    case 'ECONNRESET':
    case 'EPIPE':
      return new CliError('connection', `${at} broke the connection`, { cause });
    default:
      return new CliError('connection', `no connection to ${at}: ${cause.message}`, { cause });
  }
}
