import type { Socket } from 'node:net';
import { GatewayError } from '../core/errors.ts';
import {
  NegotiationReader,
  negotiationMessage,
  plainResponse,
  saslStatus,
} from '../wire/sasl-negotiation.ts';
import type { NegotiationMessage } from '../wire/sasl-negotiation.ts';
import { framed } from './framed.ts';
import type { LaneSocket } from './lane-socket.ts';

export interface LaneLoginOptions {
  /** For messages: `host:port`. */
  readonly where: string;
  readonly user: string;
  readonly password: () => string;
  readonly timeoutMs: number;
  /** Sent along with the log-in, so that its reply follows without another round trip. */
  readonly first: Buffer | undefined;
  readonly signal: AbortSignal;
  /** Told once, with the bytes that came behind the log-in. */
  readonly done: (rest: Buffer) => void;
  /** Told once, instead of `done`. */
  readonly failed: (error: GatewayError) => void;
}

const payloadLimitBytes = 64 * 1024;

/** The first part of a lane's life: connecting, knowing the engine, and SASL PLAIN, with a limit for all of it. */
export class LaneLogin {
  readonly #connecting: LaneSocket;
  readonly #socket: Socket;
  readonly #options: LaneLoginOptions;
  readonly #negotiation = new NegotiationReader(payloadLimitBytes);
  readonly #timer: NodeJS.Timeout;

  constructor(connecting: LaneSocket, options: LaneLoginOptions) {
    const { where, timeoutMs, signal } = options;
    const { socket, readyEvent } = connecting;
    this.#connecting = connecting;
    this.#socket = socket;
    this.#options = options;
    this.#timer = setTimeout(() => {
      this.#unreachable(`the engine at ${where} did not answer within ${timeoutMs} ms`);
    }, timeoutMs);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    socket.on(readyEvent, this.#onReady).on('error', this.#onError).on('close', this.#onClose);
    if (signal.aborted) this.#onAbort();
  }

  /** Takes what the engine sent; keeps the chunk. */
  push(chunk: Buffer): void {
    const { where, done } = this.#options;
    let message: NegotiationMessage | undefined;
    try {
      this.#negotiation.push(chunk);
      message = this.#negotiation.next();
    } catch (cause) {
      this.#fail(
        new GatewayError('ENGINE_REFUSED', `what answers at ${where} is no engine`, { cause }),
      );
      return;
    }
    if (message === undefined) return;
    if (message.status !== saslStatus.complete) {
      const text = message.payload.toString('utf8').slice(0, 500);
      this.#fail(
        new GatewayError('ENGINE_REFUSED', `the engine at ${where} refused the log-in: ${text}`),
      );
      return;
    }
    this.#settle();
    done(this.#negotiation.rest());
  }

  readonly #onReady = (): void => {
    const stranger = this.#connecting.distrust();
    if (stranger !== undefined) {
      this.#fail(stranger);
      return;
    }
    const { user, password, first } = this.#options;
    this.#socket.write(
      Buffer.concat([
        negotiationMessage(saslStatus.start, 'PLAIN'),
        negotiationMessage(saslStatus.complete, plainResponse(user, password())),
        ...(first === undefined ? [] : [framed(first)]),
      ]),
    );
  };

  readonly #onAbort = (): void => {
    const cause: unknown = this.#options.signal.reason;
    this.#fail(new GatewayError('SESSION_CLOSED', 'the session was closed', { cause }));
  };

  readonly #onError = (cause: Error): void => {
    this.#unreachable(
      `no connection to the engine at ${this.#options.where}: ${cause.message}`,
      cause,
    );
  };

  readonly #onClose = (): void => {
    this.#unreachable(
      `the engine at ${this.#options.where} closed the connection during the log-in`,
    );
  };

  #unreachable(text: string, cause?: Error): void {
    this.#fail(new GatewayError('ENGINE_UNREACHABLE', text, cause === undefined ? {} : { cause }));
  }

  #fail(error: GatewayError): void {
    this.#settle();
    this.#options.failed(error);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#socket
      .off(this.#connecting.readyEvent, this.#onReady)
      .off('error', this.#onError)
      .off('close', this.#onClose);
  }
}
