import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { HandleId } from '../core/handle.ts';
import type { EngineNode } from '../discovery/discovery.ts';
import type { ReplyRelay } from '../wire/reply-relay.ts';
import { encodeCall } from '../wire/struct-codec.ts';
import { EngineLane } from './engine-lane.ts';
import type { LaneBuffers } from './lane-buffers.ts';
import { ReadAhead } from './read-ahead.ts';
import type { RowsRequest } from './read-ahead.ts';
import { RowsRelay } from './rows-relay.ts';

/** How this gateway connects to engines. */
export interface LaneSettings {
  readonly connectTimeoutMs: number;
  readonly maxReplyBytes: number;
  /** What all sessions' connections read into. */
  readonly buffers: LaneBuffers;
  /** Connections that one session may hold at once; a request beyond them waits. */
  readonly maxLanes: number;
  /** A second connection that was not used for this long is closed. */
  readonly spareLaneIdleMs: number;
}

export interface EngineSessionOptions {
  readonly node: EngineNode;
  /** Hex of the SHA-256 of its certificate; undefined for no TLS. */
  readonly certificate: string | undefined;
  readonly user: string;
  readonly password: () => string;
  readonly settings: LaneSettings;
  readonly clock: Clock;
  /** Told once, when the session's own connection is gone and we did not close it. */
  readonly onLost: (error: GatewayError) => void;
}

/**
 * The engine's side of one session. Its first connection opened the session on the engine and ends it by closing; a request
 * that finds that one at work takes a second, so that a status, a cancel or a log never waits behind rows or a synchronous
 * statement. An idle session holds one connection.
 */
export class EngineSession {
  readonly node: EngineNode;
  readonly #options: EngineSessionOptions;
  readonly #ended = new AbortController();
  #primary: EngineLane | undefined;
  #spares: SpareLane[] = [];
  #opening = 0;
  #waiting: (() => void)[] = [];
  #readAhead: ReadAhead | undefined;
  /** The engine can go back to a row: only then rows may be asked for before the client does. */
  canRewind = false;
  /** The session's handle on the engine; set once it was opened there. */
  handle: HandleId | undefined;

  /** Connects, and sends this message along with the log-in: what opens the session on the engine. */
  static async connect(
    options: EngineSessionOptions,
    openCall: Buffer,
    signal: AbortSignal,
  ): Promise<{ readonly session: EngineSession; readonly openReply: Promise<Buffer | undefined> }> {
    const session = new EngineSession(options);
    const primary = await session.#open(signal, openCall);
    session.#primary = primary;
    return { session, openReply: primary.firstReply() };
  }

  private constructor(options: EngineSessionOptions) {
    this.node = options.node;
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Fires when the session's connections are gone, for whatever reason. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Sends a message and resolves as `EngineLane.exchange` does. `urgent` requests may exceed the number of connections. */
  async call(
    message: Buffer,
    options: { readonly relay?: ReplyRelay; readonly urgent?: boolean } = {},
  ): Promise<Buffer | undefined> {
    const lane = await this.#lane(options.urgent ?? false);
    try {
      return await lane.exchange(message, options.relay);
    } finally {
      this.#released(lane);
    }
  }

  /** As `call`, for rows: the ones behind them may be asked for before the client does. */
  async fetch(request: RowsRequest, relay: ReplyRelay): Promise<Buffer | undefined> {
    if (!this.canRewind) return await this.call(request.message, { relay });
    const ahead = (this.#readAhead ??= new ReadAhead((lane) => this.#released(lane)));
    const held = await ahead.laneFor(request);
    const lane = held ?? (await this.#lane(false));
    const rows = new RowsRelay(relay, request.seqId);
    try {
      const frame = await (held?.take(rows) ?? lane.exchange(request.message, rows));
      if (frame !== undefined) rows.begin(frame);
      // Through the session's own connection only: rows that are lost with another would not end the session.
      if (lane === this.#primary && lane.isIdle && this.#waiting.length === 0)
        ahead.delivered(request, lane, rows.head);
      return frame;
    } finally {
      this.#released(lane);
    }
  }

  /** An operation was cancelled or closed: rows of it that were asked for ahead are not wanted any more. */
  giveBack(operation: HandleId): void {
    void this.#readAhead?.giveBack(operation);
  }

  /** Asks the engine to end its session; waits for the answer for `limitMs` at most. */
  async closeOnEngine(limitMs: number): Promise<void> {
    if (this.handle === undefined || this.isClosed) return;
    const call = encodeCall('CloseSession', 0, { sessionHandle: { sessionId: this.handle } });
    const limit = new AbortController();
    try {
      await Promise.race([
        this.call(call, { urgent: true }),
        this.#options.clock.sleep(limitMs, limit.signal).catch(() => {}),
      ]);
    } finally {
      limit.abort();
    }
  }

  /** Ends every connection; the engine closes a session whose first connection is gone. */
  close(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(new GatewayError('SESSION_CLOSED', 'the session was closed'));
    this.#primary?.close();
    for (const spare of this.#spares) spare.close();
    this.#spares = [];
    this.#wakeAll();
  }

  async #lane(urgent: boolean): Promise<EngineLane> {
    let lane = this.#idleLane();
    while (lane === undefined) {
      await this.#laneMayBeIdle(urgent);
      lane = this.#idleLane();
    }
    return lane;
  }

  #idleLane(): EngineLane | undefined {
    if (this.#primary?.isIdle === true) return this.#primary;
    const spare = this.#spares.find((each) => each.lane.isIdle);
    spare?.stopIdling();
    return spare?.lane;
  }

  /** Opens another connection, or waits for one to become idle. Another request may still be quicker to take it. */
  async #laneMayBeIdle(urgent: boolean): Promise<void> {
    this.#ended.signal.throwIfAborted();
    const lanes = 1 + this.#spares.length + this.#opening;
    if (!urgent && lanes >= this.#options.settings.maxLanes) {
      if ((await this.#readAhead?.giveBackAny()) === true) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#opening++;
      try {
        this.#spares.push(new SpareLane(await this.#open(this.#ended.signal)));
      } finally {
        this.#opening--;
      }
    }
    this.#ended.signal.throwIfAborted();
  }

  #open(signal: AbortSignal, first?: Buffer): Promise<EngineLane> {
    const { node, certificate, settings, user, password } = this.#options;
    return EngineLane.open(
      {
        host: node.host,
        port: node.port,
        certificate,
        user,
        password,
        connectTimeoutMs: settings.connectTimeoutMs,
        maxReplyBytes: settings.maxReplyBytes,
        buffers: settings.buffers,
        onClosed: this.#laneClosed,
      },
      signal,
      first,
    );
  }

  #released(lane: EngineLane): void {
    this.#waiting.shift()?.();
    const spare = this.#spares.find((each) => each.lane === lane);
    spare?.idleFor(this.#options.settings.spareLaneIdleMs);
  }

  readonly #laneClosed = (lane: EngineLane): void => {
    this.#spares = this.#spares.filter((each) => each.lane !== lane);
    if (lane !== this.#primary) {
      this.#waiting.shift()?.();
      return;
    }
    if (this.#ended.signal.aborted) return;
    const { host, port } = this.node;
    const error = new GatewayError(
      'ENGINE_LOST',
      `the engine at ${host}:${port} has ended or closed the session`,
      {
        hint: 'Connect again: a new session gets a running engine.',
      },
    );
    this.#ended.abort(error);
    for (const spare of this.#spares) spare.close();
    this.#wakeAll();
    this.#options.onLost(error);
  };

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** A second connection, closed once it has been idle for long enough. */
class SpareLane {
  readonly lane: EngineLane;
  #timer: NodeJS.Timeout | undefined;

  constructor(lane: EngineLane) {
    this.lane = lane;
  }

  idleFor(ms: number): void {
    this.stopIdling();
    this.#timer = setTimeout(() => {
      if (this.lane.isIdle) this.lane.close();
    }, ms);
    this.#timer.unref();
  }

  stopIdling(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.stopIdling();
    this.lane.close();
  }
}
