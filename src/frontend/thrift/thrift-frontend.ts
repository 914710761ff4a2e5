import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Logins } from '../../auth/auth-provider.ts';
import type { FrontendConfig, HttpConfig } from '../../config/gateway-config.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { ClientConnection } from './client-connection.ts';
import { dispatch, refuse } from './dispatch.ts';
import { HttpDoor } from './http/http-door.ts';
import type { LoginCookies } from './http/login-cookie.ts';
import type { MethodParts } from './method.ts';

export interface ThriftFrontendOptions {
  readonly config: FrontendConfig;
  readonly http: HttpConfig;
  /** What stands for a login over HTTP; undefined: nothing does. */
  readonly cookies: LoginCookies | undefined;
  readonly logins: Logins;
  readonly parts: MethodParts;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often connections that never got through their log-in are looked for. */
const sweepEveryMs = 1000;
/** Connections that the kernel holds for us while we are busy. */
const backlog = 4096;

/**
 * The Thrift door: SASL PLAIN, NOSASL and HTTP on one port, told apart by the first bytes, and HTTP on a port of its own where
 * that is wanted.
 */
export class ThriftFrontend {
  readonly #options: ThriftFrontendOptions;
  readonly #server: Server;
  readonly #http: HttpDoor;
  /** The port for HTTP alone. */
  readonly #httpServer: Server | undefined;
  readonly #connections = new Set<ClientConnection>();
  /** Connections that are not through their log-in, with the time of their arrival, oldest first. */
  readonly #arriving = new Map<ClientConnection, number>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ThriftFrontendOptions) {
    this.#options = options;
    const { config, http, parts, log, clock, logins, cookies } = options;
    this.#http = new HttpDoor({
      config: http,
      logins,
      cookies,
      dispatch: (message, context) => dispatch(message, context, parts, log),
      maxMessageBytes: config.maxMessageBytes,
      requestTimeoutMs: config.handshakeTimeoutMs,
      clock,
      log,
    });
    this.#server = createServer((socket) =>
      this.#accept(socket, http.onBinaryPort ? 'all' : 'no-http'),
    );
    const hasHttpPort = config.protocols.some((name) => name.toUpperCase() === 'THRIFT_HTTP');
    this.#httpServer = hasHttpPort
      ? createServer((socket) => this.#accept(socket, 'http'))
      : undefined;
  }

  /** Where the door is. */
  get address(): { readonly host: string; readonly port: number } {
    const { address, port } = this.#server.address() as AddressInfo; // it listens on a port, never on a pipe
    return { host: address, port };
  }

  /** Where the port for HTTP alone is, if there is one. */
  get httpAddress(): { readonly host: string; readonly port: number } | undefined {
    const address = this.#httpServer?.address() as AddressInfo | null | undefined; // a port, as above
    return address ? { host: address.address, port: address.port } : undefined;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async start(): Promise<void> {
    const { config, http } = this.#options;
    await this.#listen(this.#server, config.bindHost, config.bindPort, 'binary');
    if (this.#httpServer !== undefined) {
      await this.#listen(this.#httpServer, http.bindHost, http.bindPort, 'http');
    }
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs);
  }

  async #listen(
    server: Server,
    host: string,
    port: number,
    door: 'binary' | 'http',
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host, port, backlog }, resolve);
    try {
      await promise;
    } catch (cause) {
      throw new GatewayError(
        'CONFIG_INVALID',
        `cannot listen on ${host}:${port}: ${String(cause)}`,
        {
          cause,
          hint: `Set kyuubi.frontend.thrift.${door}.bind.host and .bind.port; port 0 takes any free one.`,
        },
      );
    }
    server.off('error', reject);
    server.on('error', (err) => this.#options.log.warn({ err }, 'accept failed'));
  }

  /** No new clients; those that are there may finish what they have begun. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#server.close();
    this.#httpServer?.close();
  }

  /** Ends every connection: replies under way have until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.close();
    this.#http.stop();
    for (const connection of this.#connections) connection.end();
    const until = this.#options.clock.monotonicMs() + deadlineMs;
    while (this.#connections.size > 0 && this.#options.clock.monotonicMs() < until) {
      await this.#options.clock.sleep(20);
    }
    for (const connection of this.#connections) connection.destroy();
  }

  #accept(socket: Socket, speaks: 'all' | 'no-http' | 'http'): void {
    const { config, logins, parts, log, clock } = this.#options;
    if (this.#connections.size >= config.maxConnections) {
      log.warn({ limit: config.maxConnections }, 'connection limit reached');
      socket.destroy();
      return;
    }
    if (this.#arriving.size >= config.maxUnauthenticatedConnections) {
      const [oldest] = this.#arriving.keys();
      oldest?.destroy();
    }
    const connection = new ClientConnection(socket, {
      logins,
      http: speaks === 'no-http' ? undefined : (open, first) => this.#http.take(open, first),
      isHttpOnly: speaks === 'http',
      maxMessageBytes: config.maxMessageBytes,
      dispatch: (message, context) => dispatch(message, context, parts, log),
      refuse,
      onOpen: (open) => this.#arriving.delete(open),
      onClosed: (closed) => {
        this.#connections.delete(closed);
        this.#arriving.delete(closed);
        parts.sessions.disconnected(closed);
      },
      log,
    });
    this.#connections.add(connection);
    this.#arriving.set(connection, clock.monotonicMs());
  }

  #sweep(): void {
    const limit = this.#options.clock.monotonicMs() - this.#options.config.handshakeTimeoutMs;
    for (const [connection, since] of this.#arriving) {
      if (since > limit) return;
      connection.destroy();
    }
  }
}
