import type { Socket } from 'node:net';
import type { Principal } from '../../auth/auth-provider.ts';
import type { LoginDesk } from '../../auth/login-desk.ts';
import { GatewayError, messageOf, toGatewayError } from '../../core/errors.ts';
import { StateMachine } from '../../core/state-machine.ts';
import type { SessionConnection } from '../../session/session.ts';
import type { Log } from '../../telemetry/log.ts';
import { FrameReader } from '../../wire/frame-reader.ts';
import { MessageScanner } from '../../wire/message-scanner.ts';
import { NegotiationReader, negotiationMessage, saslStatus } from '../../wire/sasl-negotiation.ts';
import type { ReplyRelay } from '../../wire/reply-relay.ts';
import { WireError } from '../../wire/wire-error.ts';
import { ClientRelay } from './client-relay.ts';
import { clientTransitions } from './client-state.ts';
import type { ClientState } from './client-state.ts';
import { ProtectedStream } from './protected-stream.ts';
import { SaslLogin } from './sasl-login.ts';
import type { SaslAnswer } from './sasl-login.ts';
import { sniff } from './sniffed-protocol.ts';
import type { SniffedProtocol } from './sniffed-protocol.ts';
import { socketRoom } from './socket-room.ts';

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

/** Cuts what a client sends into requests. */
type Requests = FrameReader | MessageScanner | ProtectedStream;

/** Payloads of the SASL exchange are names and passwords, or tickets. */
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
  #login: SaslLogin | undefined;
  #requests: Requests | undefined;
  /** Protected messages are being opened, off the event loop: no more are read meanwhile. */
  #isOpening = false;
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
        this.#login = new SaslLogin({
          logins: this.#options.logins,
          clientAddress: this.clientAddress,
          gone: this.#gone.signal,
          maxTokenBytes: this.#options.maxMessageBytes,
        });
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
    const login = this.#login;
    if (negotiation === undefined || login === undefined || this.#isBusy) return;
    const message = negotiation.next();
    if (message === undefined) return;
    this.#isBusy = true;
    login
      .take(message)
      .then((answer) => this.#loggedOn(answer, login, negotiation))
      .catch((thrown: unknown) => {
        this.#isBusy = false;
        this.#refuse(thrown);
      });
  }

  /** The login has gone one message further. */
  #loggedOn(answer: SaslAnswer, login: SaslLogin, negotiation: NegotiationReader): void {
    this.#isBusy = false;
    if (!this.#state.is('negotiating')) {
      if (answer.kind === 'done') answer.protection?.dispose();
      return;
    }
    if (answer.kind === 'listen') return this.#negotiate();
    const rest = negotiation.rest();
    if (rest.length > 0 && !login.mayHurry) {
      if (answer.kind === 'done') answer.protection?.dispose();
      throw new WireError('malformed', 'the client went on before it had its answer');
    }
    if (answer.kind === 'challenge') {
      this.#socket.write(negotiationMessage(saslStatus.ok, answer.payload));
      return;
    }
    const { principal, protection } = answer;
    const { maxMessageBytes } = this.#options;
    this.#principal = principal;
    this.#socket.write(negotiationMessage(saslStatus.complete, ''));
    this.#negotiation = undefined;
    this.#login = undefined;
    if (protection === undefined) return this.#open(new FrameReader(maxMessageBytes), rest);
    this.#open(new ProtectedStream(this.#socket, protection, maxMessageBytes), rest);
  }

  #open(requests: Requests, rest: Buffer): void {
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
    const requests = this.#requests;
    if (requests === undefined) return;
    if (requests instanceof ProtectedStream) {
      this.#isOpening = true;
      this.#socket.pause();
      this.#openAll(requests, chunk).catch((thrown: unknown) => this.#refuse(thrown));
      return;
    }
    for (const message of requests.push(chunk)) this.#queue.push(message);
    if (this.#queue.length >= readAhead) this.#socket.pause();
    if (!this.#isBusy) void this.#answerAll();
  }

  async #openAll(requests: ProtectedStream, chunk: Buffer): Promise<void> {
    for await (const message of requests.receive(chunk)) {
      if (!this.#state.is('open')) return;
      this.#queue.push(message);
      if (!this.#isBusy) void this.#answerAll();
    }
    this.#isOpening = false;
    this.#readOn();
  }

  #readOn(): void {
    if (this.#isOpening || this.#queue.length >= readAhead) return;
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  async #answerAll(): Promise<void> {
    this.#isBusy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const reply = await this.#answer(next);
        if (this.#state.is('closed')) return;
        await this.#write(reply);
        if (this.#state.is('closing')) break;
        this.#readOn();
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
      relay: () =>
        this.#requests instanceof ProtectedStream
          ? this.#requests.relay()
          : new ClientRelay(this.#socket, this.#isFramed),
    };
  }

  /** Resolves once the client has room for the next reply. */
  #write(reply: Reply): Promise<void> | undefined {
    const socket = this.#socket;
    if (reply.kind === 'relayed') return undefined;
    if (this.#requests instanceof ProtectedStream) {
      return this.#requests.send(reply.kind === 'frame' ? reply.frame.subarray(4) : reply.message);
    }
    if (reply.kind === 'frame') {
      return socketRoom(
        socket,
        socket.write(this.#isFramed ? reply.frame : reply.frame.subarray(4)),
      );
    }
    if (!this.#isFramed) return socketRoom(socket, socket.write(reply.message));
    const frame = Buffer.allocUnsafe(4 + reply.message.length);
    frame.writeInt32BE(reply.message.length, 0);
    reply.message.copy(frame, 4);
    return socketRoom(socket, socket.write(frame));
  }

  /** The client is told why in its login; later nothing can be answered, since nothing tells where the next request begins. */
  #refuse(thrown: unknown): void {
    if (this.#state.is('closed')) return;
    const isMalformed = thrown instanceof WireError;
    const error = isMalformed ? undefined : toGatewayError(thrown);
    const text = isMalformed ? thrown.message : messageOf(toGatewayError(thrown));
    if (this.#state.is('negotiating')) {
      return this.#fail(isMalformed ? saslStatus.error : saslStatus.bad, text, error?.cause);
    }
    this.#options.log.info({ client: this.clientAddress, error: text }, 'client connection ended');
    this.destroy();
  }

  /** The reason is for the log alone. */
  #fail(status: number, text: string, reason?: unknown): void {
    if (!this.#state.tryTo('closing')) return;
    this.#login?.dispose();
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
    this.#login?.dispose();
    if (this.#requests instanceof ProtectedStream) this.#requests.dispose();
    this.#requests = undefined;
    this.#negotiation = undefined;
    this.#login = undefined;
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
