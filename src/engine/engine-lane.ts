import type { Socket } from 'node:net';
import { GatewayError } from '../core/errors.ts';
import { StateMachine } from '../core/state-machine.ts';
import type { Transitions } from '../core/state-machine.ts';
import { relayHeadBytes } from '../wire/reply-relay.ts';
import type { ReplyRelay } from '../wire/reply-relay.ts';
import { framed } from './framed.ts';
import { GatheredReply } from './gathered-reply.ts';
import type { IncomingReply, ReplyProgress } from './incoming-reply.ts';
import type { LaneBuffers } from './lane-buffers.ts';
import { LaneLogin } from './lane-login.ts';
import { openPlainLaneSocket } from './lane-plain-socket.ts';
import type { LaneSocket } from './lane-socket.ts';
import { openTlsLaneSocket } from './lane-tls-socket.ts';
import { RelayedReply } from './relayed-reply.ts';

export type LaneState = 'connecting' | 'idle' | 'held' | 'waiting' | 'receiving' | 'closed';

/**
 * One request is on the wire at a time. `held`: its reply is left in the socket. `waiting`: for the reply's beginning.
 * `receiving`: the reply is kept, or passed on as it comes.
 */
export const laneTransitions: Transitions<LaneState> = {
  connecting: ['idle', 'closed'],
  idle: ['held', 'waiting', 'closed'],
  held: ['waiting', 'closed'],
  waiting: ['receiving', 'closed'],
  receiving: ['idle', 'closed'],
  closed: [],
};

export interface LaneOptions {
  readonly host: string;
  readonly port: number;
  /** Hex of the SHA-256 of the engine's certificate; undefined for no TLS. */
  readonly certificate: string | undefined;
  readonly user: string;
  /** Makes the password for this connection; called once connected, so that a token is fresh. */
  readonly password: () => string;
  readonly connectTimeoutMs: number;
  /** Replies over this are refused. */
  readonly maxReplyBytes: number;
  /** What all lanes read into. */
  readonly buffers: LaneBuffers;
  readonly onClosed: (lane: EngineLane) => void;
}

/** Replies up to this are gathered and handed over whole. */
const gatherLimitBytes = 64 * 1024;

interface Exchange {
  readonly relay: ReplyRelay | undefined;
  readonly resolve: (frame: Buffer | undefined) => void;
  readonly reject: (error: GatewayError) => void;
  /** What has come while that is too little to begin with. */
  head: Buffer | undefined;
  reply: IncomingReply | undefined;
}

/** One connection to an engine: SASL PLAIN, then one framed request and its reply at a time. */
export class EngineLane {
  readonly #line: LaneSocket;
  readonly #socket: Socket;
  readonly #options: LaneOptions;
  readonly #state = new StateMachine<LaneState>(laneTransitions, 'connecting');
  #login: LaneLogin | undefined;
  #exchange: Exchange | undefined;
  #firstReply: Promise<Buffer | undefined> | undefined;

  /** With a `first` message, that is sent along with the log-in, and its reply is the lane's `firstReply`. */
  static open(options: LaneOptions, signal: AbortSignal, first?: Buffer): Promise<EngineLane> {
    return new Promise((resolve, reject) => {
      const lane = new EngineLane(options);
      lane.#login = new LaneLogin(lane.#line, {
        where: lane.#where,
        user: options.user,
        password: options.password,
        timeoutMs: options.connectTimeoutMs,
        first,
        signal,
        done: (rest) => {
          lane.#start(first !== undefined, rest);
          resolve(lane);
        },
        failed: (error) => {
          lane.close();
          reject(error);
        },
      });
    });
  }

  private constructor(options: LaneOptions) {
    this.#options = options;
    const { host, port, certificate } = options;
    const lineOptions = {
      ...{ host, port, shared: options.buffers.shared },
      room: () => this.#room(),
      take: (length: number) => this.#take(length),
    };
    this.#line =
      certificate === undefined
        ? openPlainLaneSocket(lineOptions)
        : openTlsLaneSocket(lineOptions, certificate);
    this.#socket = this.#line.socket;
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

  /** Sends one message and leaves the reply where it is until `take`: the end of the connection is not seen either. */
  hold(message: Buffer): void {
    this.#state.to('held');
    this.#line.pause();
    this.#socket.write(framed(message));
  }

  get isHeld(): boolean {
    return this.#state.is('held');
  }

  /** The reply to the message that was sent by `hold`, as from `exchange`. */
  take(relay?: ReplyRelay): Promise<Buffer | undefined> {
    const reply = this.#expect(relay);
    this.#line.resume();
    return reply;
  }

  close(): void {
    this.#end(new GatewayError('SESSION_CLOSED', 'the session was closed'));
  }

  #start(expectsReply: boolean, rest: Buffer): void {
    this.#login = undefined;
    this.#state.to('idle');
    if (expectsReply) this.#firstReply = this.#expect(undefined);
    this.#socket
      .on('error', (cause) => this.#end(this.#lost(cause)))
      .on('close', () => this.#end(this.#lost()));
    if (rest.length > 0) this.#begin(rest);
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
      this.#exchange = { relay, resolve, reject, head: undefined, reply: undefined };
    });
  }

  /** Where the next bytes are read into. Node asks at the end of each read, so between replies it holds no memory. */
  #room(): Buffer {
    return this.#exchange?.reply?.room ?? this.#options.buffers.shared;
  }

  /** So many bytes were read into the room that was given last. False: the socket is paused. */
  #take(length: number): boolean {
    switch (this.#state.state) {
      case 'connecting':
        this.#login?.push(Buffer.from(this.#options.buffers.shared.subarray(0, length)));
        return true;
      case 'idle':
      case 'held':
        return this.#broken('bytes that nobody asked for');
      case 'waiting':
        return this.#begin(this.#options.buffers.shared.subarray(0, length));
      case 'receiving': {
        const reply = this.#exchange?.reply;
        return reply !== undefined && this.#proceed(reply.took(length));
      }
      case 'closed':
        return false;
    }
  }

  /** The first bytes of a reply, in memory that is not kept. */
  #begin(bytes: Buffer): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#broken('bytes that nobody asked for');
    const head = exchange.head === undefined ? bytes : Buffer.concat([exchange.head, bytes]);
    if (head.length < 4) return keepHead(exchange, head);
    const length = head.readInt32BE(0);
    const limit = this.#options.maxReplyBytes;
    if (length < 0 || length > limit) {
      return this.#broken(`a reply of ${length} bytes; the limit is ${limit}`);
    }
    if (head.length < Math.min(4 + length, relayHeadBytes)) return keepHead(exchange, head);
    this.#state.to('receiving');
    exchange.reply = this.#replyOf(4 + length, exchange);
    return this.#proceed(exchange.reply.begin(head));
  }

  #replyOf(wanted: number, { relay }: Exchange): IncomingReply {
    if (relay === undefined || wanted <= gatherLimitBytes) return new GatheredReply(wanted);
    return new RelayedReply(relay, wanted, this.#options.buffers, () => this.#goOn());
  }

  #proceed(progress: ReplyProgress): boolean {
    switch (progress) {
      case 'more':
        return true;
      case 'paused':
        return false;
      case 'whole':
        this.#finish();
        return true;
      case 'too-long':
        return this.#broken('more bytes than the reply has');
    }
  }

  /** After a pause. */
  #goOn(): void {
    if (this.#exchange?.reply?.room === undefined) this.#finish();
    this.#line.resume();
  }

  #finish(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#state.to('idle');
    exchange?.reply?.end();
    exchange?.resolve(exchange.reply?.frame);
  }

  #broken(why: string): false {
    this.#end(this.#lost(new Error(why)));
    return false;
  }

  get #where(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }

  #lost(cause?: Error): GatewayError {
    const why = cause === undefined ? '' : `: ${cause.message}`;
    return new GatewayError(
      'ENGINE_LOST',
      `the connection to the engine at ${this.#where} was lost${why}`,
      {
        ...(cause === undefined ? {} : { cause }),
        hint: 'The engine has ended or cannot be reached. Connect again: a new session gets a running engine.',
      },
    );
  }

  #end(error: GatewayError): void {
    if (!this.#state.tryTo('closed')) return;
    this.#socket.on('error', () => {}).destroy();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.reply?.end();
    // Where the relay has had all of a reply, the client gets it whole: an error would be a second answer.
    if (exchange?.reply !== undefined && exchange.reply.room === undefined)
      exchange.resolve(undefined);
    else exchange?.reject(error);
    this.#options.onClosed(this);
  }
}

function keepHead(exchange: Exchange, head: Buffer): true {
  exchange.head = Buffer.from(head);
  return true;
}
