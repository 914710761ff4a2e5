import type { Socket } from 'node:net';
import type { Principal } from '../../auth/auth-provider.ts';
import type { LoginDesk } from '../../auth/login-desk.ts';
import { GatewayError, messageOf, toGatewayError } from '../../core/errors.ts';
import { StateMachine } from '../../core/state-machine.ts';
import type { SessionConnection } from '../../session/session.ts';
import type { Log } from '../../telemetry/log.ts';
import { FrameReader } from '../../wire/frame-reader.ts';
import { MessageScanner } from '../../wire/message-scanner.ts';
import {
  NegotiationReader,
  negotiationMessage,
  parsePlain,
  saslStatus,
} from '../../wire/sasl-negotiation.ts';
import type { PlainCredentials } from '../../wire/sasl-negotiation.ts';
import type { ReplyRelay } from '../../wire/reply-relay.ts';
import { WireError } from '../../wire/wire-error.ts';
import { ClientRelay } from './client-relay.ts';
import { clientTransitions } from './client-state.ts';
import type { ClientState } from './client-state.ts';
import { sniff } from './sniffed-protocol.ts';
import type { SniffedProtocol } from './sniffed-protocol.ts';

/** A reply on its way to the client: a frame with its length, a bare message, or nothing since a relay took it. */
export type Reply =
  | { readonly kind: 'frame'; readonly frame: Buffer }
  | { readonly kind: 'message'; readonly message: Buffer }
  | { readonly kind: 'relayed' };

/** What a request may know of the connection that it came by. */
export interface RequestContext {
  readonly connection: SessionConnection;
  /** Undefined where the transport says nothing of the user (NOSASL). */
  readonly principal: Principal | undefined;
  /** The user that the client wants to act for, where the transport says so; goes before what stands in the request. */
  readonly doAs: string | undefined;
  /** Fires when the client has left. */
  readonly gone: AbortSignal;
  /** Where a large reply can be passed on to as it arrives. */
  relay(): ReplyRelay;
}

export interface ClientOptions {
  readonly logins: LoginDesk;
  /** The client's own, whatever stands between. */
  readonly clientAddress: string;
  /** Whom a client certificate has proved the client to be; holds where the client brings no other proof. */
  readonly certificateUser?: string | undefined;
  /** Why nobody is served who comes this way: told to the client in its own protocol, before any password is looked at. */
  readonly refusal?: GatewayError | undefined;
  readonly maxMessageBytes: number;
  /** Answers one request; throws only what should end the connection. */
  readonly dispatch: (message: Buffer, context: RequestContext) => Promise<Reply>;
  /** The answer to a request of a client that should have logged in. */
  readonly refuse: (message: Buffer, context: RequestContext, error: GatewayError) => Reply;
  /** Takes connections that speak HTTP, with what was read of them; undefined: they are refused. */
  readonly http: ((socket: Socket, first: Buffer, onOpen: () => void) => void) | undefined;
  /** Nothing else is spoken here. */
  readonly isHttpOnly: boolean;
  /** Told once the client is through its log-in. */
  readonly onOpen: (connection: ClientConnection) => void;
  readonly onClosed: (connection: ClientConnection) => void;
  readonly log: Log;
}

/** Payloads of the SASL exchange are names and passwords. */
const negotiationLimitBytes = 64 * 1024;
/** Requests that a client may send ahead of their answers before it is no longer read. */
const readAhead = 8;

/** One client over a socket: its mode, its SASL exchange, and its requests one at a time, answered in order. */
export class ClientConnection implements SessionConnection {
  readonly clientAddress: string;
  readonly holdsSessions = true;
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  readonly #state = new StateMachine<ClientState>(clientTransitions, 'sniffing');
  readonly #gone = new AbortController();
  #first: Buffer | undefined;
  #negotiation: NegotiationReader | undefined;
  #requests: FrameReader | MessageScanner | undefined;
  #principal: Principal | undefined;
  #queue: Buffer[] = [];
  #isBusy = false;
  /** Told to the client in answer to its first request. */
  #refusal: GatewayError | undefined;
  /** Replies carry their length in front. */
  #isFramed = true;

  constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.clientAddress = options.clientAddress;
    socket
      .on('data', this.#onData)
      .on('error', () => {}) // 'close' follows and says all
      .on('close', () => this.#closed());
  }

  readonly #onData = (chunk: Buffer): void => this.#take(chunk);

  destroy(): void {
    this.#socket.destroy();
  }

  /** Lets the reply that is under way leave, then ends. */
  end(): void {
    if (this.#state.is('handed-over')) return; // the HTTP door ends it
    if (this.#isBusy) this.#state.tryTo('closing');
    else this.#socket.end(() => this.#socket.destroy());
  }

  #take(chunk: Buffer): void {
    try {
      switch (this.#state.state) {
        case 'sniffing':
          return this.#sniff(chunk);
        case 'negotiating':
          this.#negotiation?.push(chunk);
          return this.#negotiate();
        case 'open':
          return this.#read(chunk);
        case 'handed-over':
        case 'closing':
        case 'closed':
          return;
      }
    } catch (thrown) {
      this.#refuse(thrown);
    }
  }

  #sniff(chunk: Buffer): void {
    const bytes = this.#first === undefined ? chunk : Buffer.concat([this.#first, chunk]);
    const protocol = sniff(bytes);
    this.#first = protocol === undefined ? bytes : undefined;
    if (protocol === undefined) return;
    if (this.#options.isHttpOnly && protocol !== 'http') return this.#turnAway(protocol);
    switch (protocol) {
      case 'sasl':
        this.#state.to('negotiating');
        if (this.#options.refusal !== undefined) {
          return this.#fail(saslStatus.bad, messageOf(this.#options.refusal));
        }
        this.#negotiation = new NegotiationReader(negotiationLimitBytes);
        this.#negotiation.push(bytes);
        return this.#negotiate();
      case 'framed':
        return this.#openWithoutLogin((limit) => new FrameReader(limit), bytes);
      case 'unframed':
        this.#isFramed = false;
        return this.#openWithoutLogin((limit) => new MessageScanner(limit), bytes);
      case 'http':
        return this.#handOver(bytes);
      case 'tls':
      case 'garbage':
        return this.#turnAway(protocol);
    }
  }

  #turnAway(protocol: SniffedProtocol): void {
    this.#options.log.debug({ client: this.clientAddress, protocol }, 'client refused');
    this.destroy();
  }

  #handOver(first: Buffer): void {
    const { http } = this.#options;
    if (http === undefined) {
      this.#state.to('closing');
      this.#socket.end(httpRefusal);
      return;
    }
    this.#state.to('handed-over');
    this.#socket.off('data', this.#onData);
    http(this.#socket, first, () => this.#options.onOpen(this));
  }

  #negotiate(): void {
    const negotiation = this.#negotiation;
    if (negotiation === undefined || this.#isBusy) return;
    const message = negotiation.next();
    if (message === undefined) return;
    if (message.status === saslStatus.start) {
      const mechanism = message.payload.toString('latin1');
      if (mechanism !== 'PLAIN') {
        return this.#fail(
          saslStatus.bad,
          `Unsupported mechanism type ${mechanism.slice(0, 40)}: this endpoint speaks PLAIN`,
        );
      }
      return this.#negotiate();
    }
    if (message.status !== saslStatus.ok && message.status !== saslStatus.complete) {
      return this.#fail(
        saslStatus.error,
        `Expecting START, OK or COMPLETE status, received ${message.status}`,
      );
    }
    this.#isBusy = true;
    this.#authenticate(parsePlain(message.payload))
      .then((principal) => {
        this.#isBusy = false;
        if (!this.#state.is('negotiating')) return;
        this.#principal = principal;
        this.#socket.write(negotiationMessage(saslStatus.complete, ''));
        this.#negotiation = undefined;
        this.#open(new FrameReader(this.#options.maxMessageBytes), negotiation.rest());
      })
      .catch((thrown: unknown) => {
        this.#isBusy = false;
        const error = toGatewayError(thrown);
        this.#fail(saslStatus.bad, messageOf(error), error.cause);
      });
  }

  #authenticate(credentials: PlainCredentials): Promise<Principal> {
    return this.#options.logins.login({
      ...credentials,
      clientAddress: this.clientAddress,
      method: 'PLAIN',
      signal: this.#gone.signal,
    });
  }

  #open(requests: FrameReader | MessageScanner, rest: Buffer): void {
    this.#state.to('open');
    this.#requests = requests;
    this.#options.onOpen(this);
    if (rest.length > 0) this.#take(rest);
  }

  /**
   * NOSASL: the client is whom its certificate names, or anybody. Where that is not enough, the first request alone is
   * read: it gets the reason, and the connection ends.
   */
  #openWithoutLogin(
    reader: (limitBytes: number) => FrameReader | MessageScanner,
    bytes: Buffer,
  ): void {
    const { logins, certificateUser, refusal } = this.#options;
    const isProven = certificateUser !== undefined || !logins.isRequired;
    if (isProven && refusal === undefined) {
      if (certificateUser !== undefined) {
        this.#principal = { user: certificateUser, isAuthenticated: true };
        logins.admitted(this.#principal, this.clientAddress, 'CERTIFICATE');
      }
      return this.#open(reader(this.#options.maxMessageBytes), bytes);
    }
    this.#refusal = logins.refused(refusal ?? loginRequired, this.clientAddress, 'NOSASL');
    this.#state.to('open');
    this.#requests = reader(negotiationLimitBytes);
    this.#take(bytes);
  }

  #read(chunk: Buffer): void {
    if (this.#requests === undefined) return;
    for (const message of this.#requests.push(chunk)) this.#queue.push(message);
    if (this.#queue.length >= readAhead) this.#socket.pause();
    if (!this.#isBusy) void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#isBusy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const reply = await this.#answer(next);
        if (this.#state.is('closed')) return;
        await this.#write(reply);
        if (this.#state.is('closing')) break;
        if (this.#socket.isPaused()) this.#socket.resume();
      }
    } catch (thrown) {
      this.#refuse(thrown);
    } finally {
      this.#isBusy = false;
    }
    if (this.#state.is('closing')) this.#socket.end(() => this.#socket.destroy());
  }

  #answer(request: Buffer): Promise<Reply> | Reply {
    const error = this.#refusal;
    if (error === undefined) return this.#options.dispatch(request, this.#context());
    this.#state.tryTo('closing');
    this.#options.log.info(
      { client: this.clientAddress, error: error.message },
      'client log-in failed',
    );
    return this.#options.refuse(request, this.#context(), error);
  }

  #context(): RequestContext {
    return {
      connection: this,
      principal: this.#principal,
      doAs: undefined,
      gone: this.#gone.signal,
      relay: () => new ClientRelay(this.#socket, this.#isFramed),
    };
  }

  /** Resolves once the client has room for the next reply. */
  #write(reply: Reply): Promise<void> | undefined {
    switch (reply.kind) {
      case 'relayed':
        return undefined;
      case 'frame':
        return this.#room(
          this.#socket.write(this.#isFramed ? reply.frame : reply.frame.subarray(4)),
        );
      case 'message': {
        if (!this.#isFramed) return this.#room(this.#socket.write(reply.message));
        const frame = Buffer.allocUnsafe(4 + reply.message.length);
        frame.writeInt32BE(reply.message.length, 0);
        reply.message.copy(frame, 4);
        return this.#room(this.#socket.write(frame));
      }
    }
  }

  #room(hasRoom: boolean): Promise<void> | undefined {
    if (hasRoom) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => {
      this.#socket.off('drain', settle).off('close', settle);
      resolve();
    };
    this.#socket.on('drain', settle).on('close', settle);
    return promise;
  }

  /** Bytes that are no request: nothing can be answered, since nothing tells where the next one begins. */
  #refuse(thrown: unknown): void {
    const error = thrown instanceof WireError ? thrown.message : toGatewayError(thrown).message;
    this.#options.log.info({ client: this.clientAddress, error }, 'client connection ended');
    if (this.#state.is('negotiating')) this.#fail(saslStatus.error, error);
    else this.destroy();
  }

  /** The reason is for the log alone. */
  #fail(status: number, text: string, reason?: unknown): void {
    if (!this.#state.tryTo('closing')) return;
    this.#options.log.info(
      {
        client: this.clientAddress,
        error: text,
        ...(reason instanceof Error ? { reason: reason.message } : {}),
      },
      'client log-in failed',
    );
    this.#socket.end(negotiationMessage(status, text), () => this.#socket.destroy());
  }

  #closed(): void {
    if (!this.#state.tryTo('closed')) return;
    this.#queue = [];
    this.#requests = undefined;
    this.#negotiation = undefined;
    this.#gone.abort(new GatewayError('SESSION_CLOSED', 'the client has disconnected'));
    this.#options.onClosed(this);
  }
}

const loginRequired = new GatewayError('AUTHENTICATION_FAILED', 'this endpoint requires a login', {
  hint: 'Leave auth=noSasl out of the URL, and give a user name and a password.',
});

const httpRefusal =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 74\r\n\r\n' +
  'This port speaks binary Thrift: connect with jdbc:hive2://<host>:<port>/.\n';
