import type { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { type Client, Exception } from 'node-zookeeper-client';
import { FrameSplitter } from './frame-splitter.ts';
import { tlsTroubleOf } from './tls-trouble.ts';
import type { TlsTrouble } from './tls-trouble.ts';

/**
 * What node-zookeeper-client 1.1 keeps inside and what has to be reached, since it
 *  - speaks no TLS;
 *  - has no read time-out: a server that hangs, or accepts and never answers, holds it for ever;
 *  - keeps half a frame over a reconnect, and then reads rubbish;
 *  - throws out of the socket's event on an error code or event that it does not know, which ends the process;
 *  - goes down one stack level for each reply in a chunk;
 *  - keeps unsent requests over an outage and sends them later, before it has authenticated, to callers long gone, and
 *    never answers them when the session has expired meanwhile;
 *  - leaves a connect timer behind, which ends a later connection;
 *  - cannot be closed while it is not connected, and reconnects without growing delays;
 *  - counts requests beyond 32 bits, and then throws;
 *  - sets all watches of a lost connection again in one message, which the server refuses, and us with it, once it is
 *    over 1 MB, and has no way to take back a watch that nobody wants any more. So watches go with their connection
 *    here, and who still wants one sets it again.
 */
interface ConnectionInternals extends EventEmitter {
  state: number;
  xid: number;
  pendingBuffer: Buffer | null;
  socket?: Socket;
  connectTimeoutHandler: NodeJS.Timeout | null;
  readonly sessionTimeout: number;
  readonly servers: readonly Server[];
  readonly watcherManager: {
    dataWatchers: object;
    childWatchers: object;
    existenceWatchers: object;
  };
  readonly packetQueue: { queue: { callback?: (failure: unknown) => void }[] };
  readonly connectTimeout: number;
  connect(): void;
  findNextServer(connect: (server: Server) => void): void;
  setState(state: number): void;
  onSocketConnected(): void;
  onSocketData(chunk: Buffer): void;
  onSocketDrain(): void;
  onSocketClosed(hasError: boolean): void;
  onSocketError(error: Error): void;
  onSocketConnectTimeout(): void;
}

/** Where the connections' trust and own certificate come from; asked at each connection. */
export interface ConnectionTls {
  readonly contextOptions: SecureContextOptions;
}

interface Server {
  readonly host: string;
  readonly port: number | string;
}

const states = {
  disconnected: 0,
  connecting: 1,
  connected: 2,
  closing: -1,
  closed: -2,
  expired: -3,
  authFailed: -4,
};

const knownErrors = new Set(Object.values(Exception).filter((value) => typeof value === 'number'));
const sessionMoved = -118;
const errorOffset = 16; // length, xid, zxid
const xidLimit = 0x4000_0000;

export interface ConnectionEvents {
  /** A connection to the next server is being made. */
  attempting(): void;
  connected(): void;
  disconnected(): void;
  /** The session is over: it expired, or its credentials were refused. */
  ended(reason: string): void;
  closed(): void;
  /** Bytes of a whole message have come. */
  heard(): void;
  trouble(what: string, cause?: unknown): void;
  /** A server can not be used over TLS. `server` is `host:port`. */
  tlsTrouble(server: string, trouble: TlsTrouble): void;
  /** How long to wait before the next round over all servers, the first being 0. */
  delayMs(round: number): number;
}

/** A client's connection with the weaknesses above dealt with. */
export class RepairedConnection {
  readonly #inner: ConnectionInternals;
  readonly #events: ConnectionEvents;
  readonly #frames = new FrameSplitter();
  #nextServer = 0;
  /** Since there was a connection. */
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #isAbandoned = false;
  #awaitsHandshake = false;
  /** Connections that were accepted and then ended before our session was answered, in a row. */
  refusedHandshakes = 0;

  /** Without `tls` the connections are plain. */
  constructor(client: Client, events: ConnectionEvents, tls: ConnectionTls | undefined) {
    this.#inner = internalsOf(client);
    this.#events = events;
    const inner = this.#inner;
    const connected = inner.onSocketConnected.bind(inner);
    const receive = inner.onSocketData.bind(inner);
    inner.findNextServer = (connect) => this.#findServer(connect);
    if (tls !== undefined) inner.connect = () => this.#connectOver(tls);
    inner.onSocketConnected = () => {
      this.#frames.clear();
      this.#awaitsHandshake = true;
      connected();
    };
    inner.onSocketData = (chunk) => this.#receive(chunk, receive);
    inner.on('state', (state: number) => this.#stateChanged(state));
  }

  get isConnected(): boolean {
    return this.#inner.state === states.connected && !this.#isAbandoned;
  }

  get sessionTimeoutMs(): number {
    return this.#inner.sessionTimeout;
  }

  /** Ends the present connection, so that another one is made for the same session. */
  drop(): void {
    if (this.#inner.connectTimeoutHandler !== null) clearTimeout(this.#inner.connectTimeoutHandler);
    this.#inner.socket?.destroy();
  }

  /** Ends the connection for good and leaves the session to expire, where it could not be closed. */
  abandon(): void {
    this.#isAbandoned = true;
    clearTimeout(this.#timer);
    this.#inner.state = states.closing; // the one state from which the client does not reconnect
    this.drop();
  }

  #findServer(connect: (server: Server) => void): void {
    const { servers } = this.#inner;
    const server = servers[this.#nextServer % servers.length];
    const isNewRound = this.#attempts % servers.length === 0;
    const delayMs = isNewRound ? this.#events.delayMs(this.#attempts / servers.length) : 0;
    this.#nextServer += 1;
    this.#attempts += 1;
    this.#timer = setTimeout(() => {
      if (this.#isAbandoned || server === undefined) return;
      this.#events.attempting();
      connect(server);
    }, delayMs);
  }

  /** As the client connects, with a socket of TLS in the place of a plain one. */
  #connectOver(tls: ConnectionTls): void {
    const inner = this.#inner;
    inner.setState(states.connecting);
    inner.findNextServer(({ host, port }) => {
      const socket = connectTls({
        ...tls.contextOptions,
        host,
        port: Number(port),
        ...(isIP(host) === 0 ? { servername: host } : {}),
      });
      inner.socket = socket;
      inner.connectTimeoutHandler = setTimeout(
        () => inner.onSocketConnectTimeout(),
        inner.connectTimeout,
      );
      socket.setNoDelay();
      socket
        .on('secureConnect', () => inner.onSocketConnected())
        .on('data', (chunk: Buffer) => inner.onSocketData(chunk))
        .on('drain', () => inner.onSocketDrain())
        .on('close', (hasError: boolean) => inner.onSocketClosed(hasError))
        .on('error', (error: Error) => {
          const trouble = tlsTroubleOf(error);
          if (trouble !== undefined) this.#events.tlsTrouble(`${host}:${port}`, trouble);
          inner.onSocketError(error);
        });
    });
  }

  #receive(chunk: Buffer, receive: (frame: Buffer) => void): void {
    const socket = this.#inner.socket;
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (socket?.destroyed === true) return;
        this.#events.heard();
        if (this.#inner.state === states.connected) hideUnknownError(frame, this.#events);
        this.#inner.pendingBuffer = null;
        receive(frame);
      }
    } catch (cause) {
      this.#events.trouble('a message could not be read', cause);
      this.drop();
    }
    if (this.#inner.xid > xidLimit) this.#inner.xid = 0;
  }

  #stateChanged(state: number): void {
    switch (state) {
      case states.connected:
        this.#attempts = 0;
        this.#awaitsHandshake = false;
        this.refusedHandshakes = 0;
        this.#events.connected();
        return;
      case states.disconnected:
        if (this.#awaitsHandshake) this.refusedHandshakes += 1;
        this.#awaitsHandshake = false;
        this.#failUnsent();
        this.#forgetWatches();
        this.#events.disconnected();
        return;
      case states.expired:
        this.#events.ended('expired');
        return;
      case states.authFailed:
        this.#events.ended('authentication failed');
        return;
      case states.closed:
        this.#events.closed();
        return;
      default:
        return; // connecting, closing
    }
  }

  #forgetWatches(): void {
    const manager = this.#inner.watcherManager;
    manager.dataWatchers = {};
    manager.childWatchers = {};
    manager.existenceWatchers = {};
  }

  #failUnsent(): void {
    const unsent = this.#inner.packetQueue.queue.splice(0);
    for (const packet of unsent) packet.callback?.(lostRequest());
  }
}

function lostRequest(): Exception {
  return new Exception(Exception.CONNECTION_LOSS, 'CONNECTION_LOSS', lostRequest);
}

/** An error code that the client does not know would be thrown where nobody can catch it. */
function hideUnknownError(frame: Buffer, events: ConnectionEvents): void {
  if (frame.length < errorOffset + 4) return;
  const code = frame.readInt32BE(errorOffset);
  if (knownErrors.has(code)) return;
  events.trouble(`the server answered with error ${code}`);
  const shown = code === sessionMoved ? Exception.CONNECTION_LOSS : Exception.SYSTEM_ERROR;
  frame.writeInt32BE(shown, errorOffset);
}

function internalsOf(client: Client): ConnectionInternals {
  // The package has no public way to its connection; what we rely on is checked here, once.
  const { connectionManager } = client as unknown as { connectionManager?: ConnectionInternals };
  const isUsable =
    connectionManager !== undefined &&
    typeof connectionManager.connect === 'function' &&
    typeof connectionManager.setState === 'function' &&
    typeof connectionManager.findNextServer === 'function' &&
    typeof connectionManager.onSocketConnected === 'function' &&
    typeof connectionManager.onSocketData === 'function' &&
    Array.isArray(connectionManager.packetQueue?.queue) &&
    Array.isArray(connectionManager.servers) &&
    typeof connectionManager.watcherManager?.existenceWatchers === 'object';
  if (!isUsable) throw new Error('node-zookeeper-client is not of the version that we know');
  return connectionManager;
}
