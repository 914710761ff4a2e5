import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Logins } from '../../auth/auth-provider.ts';
import type { FrontendConfig } from '../../config/gateway-config.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { ClientConnection } from './client-connection.ts';
import { dispatch, refuse } from './dispatch.ts';
import type { MethodParts } from './method.ts';

export interface ThriftFrontendOptions {
  readonly config: FrontendConfig;
  readonly logins: Logins;
  readonly parts: MethodParts;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often connections that never got through their log-in are looked for. */
const sweepEveryMs = 1000;
/** Connections that the kernel holds for us while we are busy. */
const backlog = 4096;

/** The binary Thrift door: SASL PLAIN and NOSASL on one port, told apart by the first bytes. */
export class ThriftFrontend {
  readonly #options: ThriftFrontendOptions;
  readonly #server: Server;
  readonly #connections = new Set<ClientConnection>();
  /** Connections that are not through their log-in, with the time of their arrival, oldest first. */
  readonly #arriving = new Map<ClientConnection, number>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ThriftFrontendOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Where the door is. */
  get address(): { readonly host: string; readonly port: number } {
    const { address, port } = this.#server.address() as AddressInfo; // it listens on a port, never on a pipe
    return { host: address, port };
  }

  get connections(): number {
    return this.#connections.size;
  }

  async start(): Promise<void> {
    const { bindHost, bindPort } = this.#options.config;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ host: bindHost, port: bindPort, backlog }, resolve);
    try {
      await promise;
    } catch (cause) {
      throw new GatewayError(
        'CONFIG_INVALID',
        `cannot listen on ${bindHost}:${bindPort}: ${String(cause)}`,
        {
          cause,
          hint: 'Set kyuubi.frontend.thrift.binary.bind.host and .bind.port; port 0 takes any free one.',
        },
      );
    }
    this.#server.off('error', reject);
    this.#server.on('error', (err) => this.#options.log.warn({ err }, 'accept failed'));
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs);
  }

  /** No new clients; those that are there may finish what they have begun. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#server.close();
  }

  /** Ends every connection: replies under way have until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.close();
    for (const connection of this.#connections) connection.end();
    const until = this.#options.clock.monotonicMs() + deadlineMs;
    while (this.#connections.size > 0 && this.#options.clock.monotonicMs() < until) {
      await this.#options.clock.sleep(20);
    }
    for (const connection of this.#connections) connection.destroy();
  }

  #accept(socket: Socket): void {
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
