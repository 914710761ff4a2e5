import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { GatewayError } from '../core/errors.ts';
import { StateMachine } from '../core/state-machine.ts';
import type { Transitions } from '../core/state-machine.ts';
import type { ReplyRelay } from '../wire/reply-relay.ts';
import {
  NegotiationReader,
  negotiationMessage,
  plainResponse,
  saslStatus,
} from '../wire/sasl-negotiation.ts';

export type LaneState = 'connecting' | 'idle' | 'waiting' | 'relaying' | 'closed';

/** One request is on the wire at a time; a reply is gathered (`waiting`) or passed on as it comes (`relaying`). */
export const laneTransitions: Transitions<LaneState> = {
  connecting: ['idle', 'closed'],
  idle: ['waiting', 'closed'],
  waiting: ['idle', 'relaying', 'closed'],
  relaying: ['idle', 'closed'],
  closed: [],
};

export interface LaneOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Makes the password for this connection; called once connected, so that a token is fresh. */
  readonly password: () => string;
  readonly connectTimeoutMs: number;
  /** Replies over this are refused. */
  readonly maxReplyBytes: number;
  readonly onClosed: (lane: EngineLane) => void;
}

/** Replies up to this are gathered and handed over whole. */
const gatherLimitBytes = 64 * 1024;
/** Enough for header and status of any reply. */
const headBytes = 512;

interface Exchange {
  readonly relay: ReplyRelay | undefined;
  readonly resolve: (frame: Buffer | undefined) => void;
  readonly reject: (error: GatewayError) => void;
}

/** One connection to an engine: SASL PLAIN, then one framed request and its reply at a time. */
export class EngineLane {
  readonly #socket: Socket;
  readonly #options: LaneOptions;
  readonly #state = new StateMachine<LaneState>(laneTransitions, 'connecting');
  #exchange: Exchange | undefined;
  #firstReply: Promise<Buffer | undefined> | undefined;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the present reply with its length, or -1 before that is known. */
  #wanted = -1;
  #passed = 0;

  /** With a `first` message, that is sent along with the log-in, and its reply is the lane's `firstReply`. */
  static open(options: LaneOptions, signal: AbortSignal, first?: Buffer): Promise<EngineLane> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: options.host,
        port: options.port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 60_000,
      });
      const lane = new EngineLane(socket, options);
      const negotiation = new NegotiationReader(gatherLimitBytes);
      const where = `${options.host}:${options.port}`;
      const give = (error: GatewayError): void => {
        settle();
        lane.close();
        reject(error);
      };
      const timer = setTimeout(() => {
        give(
          new GatewayError(
            'ENGINE_UNREACHABLE',
            `the engine at ${where} did not answer within ${options.connectTimeoutMs} ms`,
          ),
        );
      }, options.connectTimeoutMs);
      const onAbort = (): void =>
        give(
          new GatewayError('SESSION_CLOSED', 'the session was closed', { cause: signal.reason }),
        );
      const onError = (cause: Error): void =>
        give(
          new GatewayError(
            'ENGINE_UNREACHABLE',
            `no connection to the engine at ${where}: ${cause.message}`,
            { cause },
          ),
        );
      const onClose = (): void =>
        give(
          new GatewayError(
            'ENGINE_UNREACHABLE',
            `the engine at ${where} closed the connection during the log-in`,
          ),
        );
      const onData = (chunk: Buffer): void => {
        try {
          negotiation.push(chunk);
          const message = negotiation.next();
          if (message === undefined) return;
          if (message.status !== saslStatus.complete) {
            give(
              new GatewayError(
                'ENGINE_REFUSED',
                `the engine at ${where} refused the log-in: ${message.payload.toString('utf8').slice(0, 500)}`,
              ),
            );
            return;
          }
          settle();
          lane.#start(first !== undefined, negotiation.rest());
          resolve(lane);
        } catch (cause) {
          give(
            new GatewayError('ENGINE_REFUSED', `what answers at ${where} is no engine`, { cause }),
          );
        }
      };
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        socket.off('error', onError).off('close', onClose).off('data', onData);
      };
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      socket.on('error', onError).on('close', onClose).on('data', onData);
      socket.once('connect', () => {
        const hello = [
          negotiationMessage(saslStatus.start, 'PLAIN'),
          negotiationMessage(saslStatus.complete, plainResponse(options.user, options.password())),
          ...(first === undefined ? [] : [framed(first)]),
        ];
        socket.write(Buffer.concat(hello));
      });
    });
  }

  private constructor(socket: Socket, options: LaneOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#state.is('idle');
  }

  /**
   * Sends one message and resolves with its reply's frame, length included; with undefined when the reply was large and went
   * to the relay. Throws `ENGINE_LOST` when the connection ends first.
   */
  exchange(message: Buffer, relay?: ReplyRelay): Promise<Buffer | undefined> {
    const reply = this.#expect(relay);
    this.#socket.write(framed(message));
    return reply;
  }

  close(): void {
    this.#end(new GatewayError('SESSION_CLOSED', 'the session was closed'));
  }

  #start(expectsReply: boolean, rest: Buffer): void {
    this.#state.to('idle');
    if (expectsReply) this.#firstReply = this.#expect(undefined);
    this.#socket
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .on('error', (cause) => this.#end(this.#lost(cause)))
      .on('close', () => this.#end(this.#lost()));
    if (rest.length > 0) this.#take(rest);
  }

  /** The reply to the message that was sent with the log-in. */
  firstReply(): Promise<Buffer | undefined> {
    const reply = this.#firstReply;
    this.#firstReply = undefined;
    if (reply === undefined) throw new Error('nothing was sent with the log-in');
    return reply;
  }

  #expect(relay: ReplyRelay | undefined): Promise<Buffer | undefined> {
    this.#state.to('waiting');
    return new Promise((resolve, reject) => {
      this.#exchange = { relay, resolve, reject };
    });
  }

  #take(chunk: Buffer): void {
    if (this.#exchange === undefined) {
      this.#end(this.#lost(new Error('bytes that nobody asked for')));
      return;
    }
    if (this.#state.is('relaying')) {
      this.#pass(this.#exchange, chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#wanted < 0) {
      if (this.#held < 4) return;
      const length = this.#gathered().readInt32BE(0);
      if (length < 0 || length > this.#options.maxReplyBytes) {
        this.#end(
          this.#lost(
            new Error(`a reply of ${length} bytes; the limit is ${this.#options.maxReplyBytes}`),
          ),
        );
        return;
      }
      this.#wanted = 4 + length;
    }
    if (this.#wanted > gatherLimitBytes && this.#exchange.relay !== undefined) {
      if (this.#held < headBytes) return;
      this.#state.to('relaying');
      const head = this.#gathered();
      this.#clear();
      this.#pass(this.#exchange, head);
      return;
    }
    if (this.#held < this.#wanted) return;
    if (this.#held > this.#wanted) {
      this.#end(this.#lost(new Error('more bytes than the reply has')));
      return;
    }
    const frame = this.#gathered();
    this.#finish((exchange) => exchange.resolve(frame));
  }

  #pass(exchange: Exchange, chunk: Buffer): void {
    this.#passed += chunk.length;
    if (this.#passed > this.#wanted) {
      this.#end(this.#lost(new Error('more bytes than the reply has')));
      return;
    }
    const wantsMore = exchange.relay?.write(chunk, () => this.#socket.resume()) ?? true;
    if (this.#passed === this.#wanted) this.#finish((ended) => ended.resolve(undefined));
    else if (!wantsMore) this.#socket.pause();
  }

  #finish(tell: (exchange: Exchange) => void): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#clear();
    this.#wanted = -1;
    this.#passed = 0;
    this.#state.to('idle');
    if (exchange !== undefined) tell(exchange);
  }

  #gathered(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const all = Buffer.concat(this.#chunks, this.#held);
    this.#chunks = [all];
    return all;
  }

  #clear(): void {
    this.#chunks = [];
    this.#held = 0;
  }

  #lost(cause?: Error): GatewayError {
    const where = `${this.#options.host}:${this.#options.port}`;
    const why = cause === undefined ? '' : `: ${cause.message}`;
    return new GatewayError(
      'ENGINE_LOST',
      `the connection to the engine at ${where} was lost${why}`,
      {
        ...(cause === undefined ? {} : { cause }),
        hint: 'The engine has ended or cannot be reached. Connect again: a new session gets a running engine.',
      },
    );
  }

  #end(error: GatewayError): void {
    const isRelaying = this.#state.is('relaying');
    if (!this.#state.tryTo('closed')) return;
    this.#socket.on('error', () => {}).destroy();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#clear();
    if (isRelaying) exchange?.relay?.broken();
    exchange?.reject(error);
    this.#options.onClosed(this);
  }
}

/** The length and the message in one buffer: one write of a copy is cheaper than a gathered write of two. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(4 + message.length);
  frame.writeInt32BE(message.length, 0);
  message.copy(frame, 4);
  return frame;
}
