import { GatewayError } from '../../core/errors.ts';
import { StateMachine } from '../../core/state-machine.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import { type SessionState, sessionTransitions } from './session-state.ts';
import { withinLimit } from '../../core/time-limit.ts';
import type { TlsTrouble } from './tls-trouble.ts';
import { ZooKeeperClient, type ZooKeeperClientOptions } from './zookeeper-client.ts';
import { failedWith, ZooKeeperFailure } from './zookeeper-failure.ts';

export interface ZooKeeperSessionOptions extends ZooKeeperClientOptions {
  /** How long one connection may take, and how long a request is tried in an outage. */
  readonly connectionTimeoutMs: number;
}

/** `ended`: the ZooKeeper session is over, with all its ephemeral nodes and watches; the next one comes by itself. */
export type SessionEvent = 'connected' | 'suspended' | 'doubtful' | 'ended';

export interface RetryOptions {
  /** `connectionTimeoutMs` unless given; `noLimitMs` where the signal alone is the limit. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Only within this ZooKeeper session: fails with `session-ended` once it is over. */
  readonly on?: ZooKeeperClient;
}

const longestDelayMs = 5_000;
const refusalsBeforeNewSession = 3;
const retryPauseMs = 20;
const settled = new Error('the request has settled');
export const noLimitMs = 0x7fff_ffff; // the longest that a timer takes

/** The gateway's line to ZooKeeper: reconnects, opens a new session after an expired one, and tries requests again. */
export class ZooKeeperSession {
  readonly #options: ZooKeeperSessionOptions;
  readonly #state = new StateMachine<SessionState>(sessionTransitions, 'idle');
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #ended = new AbortController();
  #client: ZooKeeperClient | undefined;
  /** Of servers (`host:port`) that could not be used since there was a connection. */
  readonly #tlsTroubles = new Map<string, TlsTrouble>();
  #heardMs = 0;
  #connectingSinceMs = 0;
  #openings = 0;
  #watch: Promise<void> = Promise.resolve();
  #reopening: Promise<void> = Promise.resolve();

  constructor(options: ZooKeeperSessionOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#state.is('connected');
  }

  get limitMs(): number {
    return this.#options.connectionTimeoutMs;
  }

  /** Fires when the session is being closed: background work ends with it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  isCurrent(client: ZooKeeperClient): boolean {
    return this.#client === client && !this.#state.is('closing', 'closed');
  }

  onEvent(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#open();
    this.#watch = this.#keepWatch();
    try {
      await this.client({ signal });
    } catch (failure) {
      await this.stop();
      throw failure;
    }
  }

  async stop(): Promise<void> {
    if (!this.#state.tryTo('closing')) return;
    this.#ended.abort(new GatewayError('SHUTTING_DOWN', 'service discovery is being closed'));
    await this.#client?.close();
    this.#state.to('closed');
    this.#tell('ended');
    await Promise.all([this.#watch, this.#reopening]);
  }

  /** The present ZooKeeper session, as soon as it is connected. */
  async client(options: RetryOptions = {}): Promise<ZooKeeperClient> {
    return this.#within(options, async (over) => {
      for (;;) {
        over.throwIfAborted();
        this.#ended.signal.throwIfAborted();
        const client = this.#client;
        if (options.on !== undefined && client !== options.on) throw sessionEnded();
        if (client?.isConnected === true && this.isConnected) return client;
        await this.#nextEvent(over);
      }
    });
  }

  /** Tries again after a lost connection: `work` has to bear being carried out twice. */
  async retry<T>(
    work: (client: ZooKeeperClient) => Promise<T>,
    options: RetryOptions = {},
  ): Promise<T> {
    return this.#within(options, async (over) => {
      for (;;) {
        const client = await this.client({ ...options, limitMs: noLimitMs, signal: over });
        try {
          return await work(client);
        } catch (failure) {
          const isLost = failedWith(failure, 'connection-lost', 'session-ended');
          if (!isLost) throw failure;
          await this.#options.clock.sleep(retryPauseMs, over);
        }
      }
    });
  }

  /** Runs `work` with a signal that fires with the limit, the caller's signal or our end. */
  async #within<T>(options: RetryOptions, work: (over: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const leave = (): void => over.abort(options.signal?.reason);
    const end = (): void => over.abort(this.#ended.signal.reason);
    if (options.signal?.aborted === true) leave();
    if (this.#ended.signal.aborted) end();
    options.signal?.addEventListener('abort', leave, { once: true });
    this.#ended.signal.addEventListener('abort', end, { once: true });
    const ms = options.limitMs ?? this.limitMs;
    try {
      return await withinLimit(work(over.signal), {
        clock: this.#options.clock,
        ms,
        signal: over.signal,
        late: () => this.#unavailable(ms),
      });
    } finally {
      options.signal?.removeEventListener('abort', leave);
      this.#ended.signal.removeEventListener('abort', end);
      over.abort(settled); // a reason of its own for each request would cost more than the request
    }
  }

  #nextEvent(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        forget();
        over.removeEventListener('abort', wake);
        resolve();
      };
      const forget = this.onEvent(wake);
      over.addEventListener('abort', wake, { once: true });
    });
  }

  #open(): void {
    this.#state.to('opening');
    this.#client?.abandon();
    const { clock, log } = this.#options;
    const ifCurrent = (act: () => void): void => {
      if (this.isCurrent(client)) act();
    };
    const client = new ZooKeeperClient(this.#options, {
      attempting: () => ifCurrent(() => (this.#connectingSinceMs = clock.monotonicMs())),
      heard: () => ifCurrent(() => (this.#heardMs = clock.monotonicMs())),
      connected: () => ifCurrent(() => this.#connected(client)),
      disconnected: () => ifCurrent(() => this.#suspended()),
      ended: (reason) => ifCurrent(() => this.#sessionEnded(reason)),
      trouble: (what, err) => log.warn({ err }, `ZooKeeper connection: ${what}`),
      tlsTrouble: (server, trouble) => this.#tlsTrouble(server, trouble),
      delayMs: (round) => {
        const capMs = Math.min(longestDelayMs, client.sessionTimeoutMs / 4);
        return reconnectDelayMs(round, capMs, Math.random());
      },
    });
    this.#client = client;
    this.#heardMs = clock.monotonicMs();
    this.#connectingSinceMs = this.#heardMs;
    client.connect();
  }

  #connected(client: ZooKeeperClient): void {
    if (!this.#state.tryTo('connected')) return;
    this.#openings = 0;
    this.#tlsTroubles.clear();
    const { sessionId, sessionTimeoutMs } = client;
    this.#options.log.info({ sessionId, sessionTimeoutMs }, 'ZooKeeper connected');
    this.#tell('connected');
  }

  #suspended(): void {
    if (!this.#state.tryTo('suspended')) return;
    this.#options.log.warn({}, 'ZooKeeper connection lost');
    this.#tell('suspended');
  }

  /** Said once for each server and problem, not at each attempt. */
  #tlsTrouble(server: string, trouble: TlsTrouble): void {
    const isKnown = this.#tlsTroubles.get(server)?.problem === trouble.problem;
    this.#tlsTroubles.set(server, trouble);
    if (isKnown) return;
    const { problem, hint } = trouble;
    this.#options.log.warn({ server, problem, hint }, 'ZooKeeper server cannot be used over TLS');
  }

  #sessionEnded(reason: string): void {
    if (!this.#state.tryTo('opening')) return;
    this.#options.log.warn({ reason }, 'ZooKeeper session ended');
    this.#client?.abandon();
    this.#client = undefined;
    this.#reopening = this.#reopen();
    this.#tell('ended');
  }

  async #reopen(): Promise<void> {
    const delayMs = reconnectDelayMs(this.#openings, longestDelayMs, Math.random());
    this.#openings += 1;
    try {
      await this.#options.clock.sleep(delayMs, this.#ended.signal);
    } catch {
      return; // we are being closed
    }
    this.#open();
  }

  /** Finds what the client would never notice: a server that hangs, and one that will not have our session. */
  async #keepWatch(): Promise<void> {
    const { clock, sessionTimeoutMs } = this.#options;
    const everyMs = Math.min(1_000, Math.max(20, sessionTimeoutMs / 30));
    let lastMs = clock.monotonicMs();
    while (!this.#ended.signal.aborted) {
      try {
        await clock.sleep(everyMs, this.#ended.signal);
      } catch {
        return; // we are being closed
      }
      const nowMs = clock.monotonicMs();
      // Where it was us who stood still, what has come meanwhile has to be read first.
      if (nowMs - lastMs < 3 * everyMs) this.#look(nowMs);
      lastMs = nowMs;
    }
  }

  #look(nowMs: number): void {
    const client = this.#client;
    if (client === undefined) return;
    const silentMs = nowMs - this.#heardMs;
    const timeoutMs = client.sessionTimeoutMs;
    const isQuiet = silentMs > (timeoutMs * 2) / 3;
    if (this.#state.is('connected')) {
      if (isQuiet) {
        this.#options.log.warn({ silentMs }, 'ZooKeeper does not answer');
        client.dropConnection();
      }
      return;
    }
    if (isQuiet && this.#state.tryTo('doubtful')) this.#tell('doubtful');
    const handshakeMs = Math.min(this.limitMs, Math.max(500, timeoutMs / 3));
    if (nowMs - this.#connectingSinceMs > handshakeMs) client.dropConnection();
    // A server with fewer transactions than we have seen (its data was lost) ends every connection, for ever.
    const isRefused = client.refusedHandshakes >= refusalsBeforeNewSession;
    if (isRefused && silentMs > timeoutMs) this.#sessionEnded('refused by every server');
  }

  #tell(event: SessionEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #unavailable(ms: number): GatewayError {
    const [trouble] = this.#tlsTroubles.values();
    if (trouble !== undefined) {
      const all = [...this.#tlsTroubles].map(([server, { problem }]) => `${server} ${problem}`);
      const message = `no connection to ZooKeeper within ${ms} ms: ${all.join('; ')}`;
      return new GatewayError('DISCOVERY_UNAVAILABLE', message, { hint: trouble.hint });
    }
    return new GatewayError(
      'DISCOVERY_UNAVAILABLE',
      `ZooKeeper at ${this.#options.addresses} gave no answer within ${ms} ms`,
      { hint: 'Look at the ZooKeeper servers, kyuubi.ha.addresses and the network between.' },
    );
  }
}

function sessionEnded(): ZooKeeperFailure {
  return new ZooKeeperFailure('session-ended', 'the ZooKeeper session is over');
}
