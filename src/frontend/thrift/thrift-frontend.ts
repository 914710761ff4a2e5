import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { LoginDesk } from '../../auth/login-desk.ts';
import { authenticationEntries } from '../../config/entries/authentication.ts';
import { spnegoEntries } from '../../config/entries/spnego.ts';
import type { FrontendConfig, HttpConfig, RestConfig } from '../../config/gateway-config.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { checkClientCertificate } from '../../tls/client-certificate.ts';
import type { ClientCertificate } from '../../tls/client-certificate.ts';
import { Arrival } from './arrival.ts';
import type { ArrivedClient } from './arrival.ts';
import { ClientConnection } from './client-connection.ts';
import { dispatch, refuse } from './dispatch.ts';
import { HttpDoor } from './http/http-door.ts';
import type { HttpApi } from './http/http-door.ts';
import type { LoginCookies } from './http/login-cookie.ts';
import type { MethodParts } from './method.ts';
import { TlsHandshakes } from './tls-handshakes.ts';
import type { FrontendTls } from './tls-handshakes.ts';

export interface ThriftFrontendOptions {
  readonly config: FrontendConfig;
  readonly http: HttpConfig;
  /** What else is reached by HTTP, and its own port; undefined: nothing. */
  readonly rest: { readonly config: RestConfig; readonly api: HttpApi } | undefined;
  /** What stands for a login over HTTP; undefined: nothing does. */
  readonly cookies: LoginCookies | undefined;
  /** Undefined: the door speaks no TLS. */
  readonly tls: FrontendTls | undefined;
  readonly logins: LoginDesk;
  readonly parts: MethodParts;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a port takes. */
type Spoken = 'all' | 'no-http' | 'http' | 'rest';

/** How often connections that never got through their log-in are looked for. */
const sweepEveryMs = 1000;
/** A connection that is silent for so long is asked whether its other end is still there. */
const keepAliveMs = 60_000;
/** Connections that the kernel holds for us while we are busy. */
const backlog = 4096;

/**
 * The Thrift door: TLS or not, SASL PLAIN, NOSASL and HTTP on one port, told apart by the first bytes, and HTTP on a port of its
 * own where that is wanted.
 */
export class ThriftFrontend {
  readonly #options: ThriftFrontendOptions;
  readonly #server: Server;
  readonly #handshakes: TlsHandshakes | undefined;
  readonly #http: HttpDoor;
  /** The port for HTTP alone. */
  readonly #httpServer: Server | undefined;
  /** The port for the HTTP API alone. */
  readonly #restServer: Server | undefined;
  readonly #connections = new Set<Arrival>();
  /** Connections that are not through their log-in, with the time of their arrival, oldest first. */
  readonly #arriving = new Map<Arrival, number>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ThriftFrontendOptions) {
    this.#options = options;
    const { config, http, rest, tls, parts, log, clock, logins, cookies } = options;
    this.#handshakes =
      tls === undefined ? undefined : new TlsHandshakes(tls, config.handshakeTimeoutMs, log);
    this.#http = new HttpDoor({
      config: http,
      logins,
      cookies,
      dispatch: (message, context) => dispatch(message, context, parts, log),
      api: rest?.api,
      maxMessageBytes: config.maxMessageBytes,
      requestTimeoutMs: config.handshakeTimeoutMs,
      clock,
      log,
    });
    const listener = (speaks: Spoken): Server =>
      createServer(
        { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
        (socket) => this.#accept(socket, speaks),
      );
    this.#server = listener(http.onBinaryPort ? 'all' : 'no-http');
    const hasHttpPort = config.protocols.some((name) => name.toUpperCase() === 'THRIFT_HTTP');
    this.#httpServer = hasHttpPort ? listener('http') : undefined;
    this.#restServer = rest === undefined ? undefined : listener('rest');
  }

  /** Where the door is. */
  get address(): { readonly host: string; readonly port: number } {
    const { address, port } = this.#server.address() as AddressInfo; // it listens on a port, never on a pipe
    return { host: address, port };
  }

  /** Where the port for HTTP alone is, if there is one. */
  get httpAddress(): { readonly host: string; readonly port: number } | undefined {
    return addressOf(this.#httpServer);
  }

  /** Where the port of the HTTP API is, if there is one. */
  get restAddress(): { readonly host: string; readonly port: number } | undefined {
    return addressOf(this.#restServer);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Throws CONFIG_INVALID where a port can't be had, or where nobody could come in by it. */
  async start(): Promise<void> {
    const { config, http, rest, logins } = this.#options;
    if (logins.isRequired && !logins.takesOverHttp) {
      if (this.#httpServer !== undefined) throw nobodyOverHttp('THRIFT_HTTP');
      if (rest !== undefined) throw nobodyOverHttp('REST');
    }
    await this.#listen(this.#server, config.bindHost, config.bindPort, 'thrift.binary');
    if (this.#httpServer !== undefined) {
      await this.#listen(this.#httpServer, http.bindHost, http.bindPort, 'thrift.http');
    }
    if (this.#restServer !== undefined && rest !== undefined) {
      await this.#listen(this.#restServer, rest.config.bindHost, rest.config.bindPort, 'rest');
    }
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs);
  }

  async #listen(
    server: Server,
    host: string,
    port: number,
    door: 'thrift.binary' | 'thrift.http' | 'rest',
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
          hint: `Set kyuubi.frontend.${door}.bind.host and .bind.port; port 0 takes any free one.`,
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
    this.#restServer?.close();
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

  #accept(socket: Socket, speaks: Spoken): void {
    const { config, log, clock } = this.#options;
    if (this.#connections.size >= config.maxConnections) {
      log.warn({ limit: config.maxConnections }, 'connection limit reached');
      socket.destroy();
      return;
    }
    if (this.#arriving.size >= config.maxUnauthenticatedConnections) {
      const [oldest] = this.#arriving.keys();
      oldest?.destroy();
    }
    const arrival = new Arrival(socket, {
      handshakes: this.#handshakes,
      proxies: config.proxyProtocolTrusted,
      serve: (client) => this.#serve(arrival, client, speaks),
      onClosed: (closed) => {
        this.#connections.delete(closed);
        this.#arriving.delete(closed);
      },
      log,
    });
    this.#connections.add(arrival);
    this.#arriving.set(arrival, clock.monotonicMs());
    arrival.start();
  }

  #serve(arrival: Arrival, client: ArrivedClient, speaks: Spoken): ClientConnection {
    const { config, logins, parts, log, tls } = this.#options;
    const certificate =
      tls === undefined || client.secure === undefined
        ? undefined
        : this.#named(checkClientCertificate(client.secure, tls.config));
    const isPlainRefused = tls !== undefined && !tls.config.allowsPlain;
    const certificateUser = certificate?.kind === 'accepted' ? certificate.user : undefined;
    const refusal =
      certificate?.kind === 'refused'
        ? certificate.error
        : client.secure === undefined && isPlainRefused
          ? encryptionRequired
          : undefined;
    const { address } = client;
    return new ClientConnection(client.socket, {
      logins,
      clientAddress: address,
      certificateUser,
      http:
        speaks === 'no-http'
          ? undefined
          : (socket, first, onAdmitted) =>
              this.#http.take(socket, first, {
                ...{ address, certificateUser, refusal, onAdmitted },
                isForApi: speaks === 'rest',
              }),
      isHttpOnly: speaks === 'http' || speaks === 'rest',
      refusal,
      maxMessageBytes: config.maxMessageBytes,
      dispatch: (message, context) => dispatch(message, context, parts, log),
      refuse,
      onOpen: () => this.#arriving.delete(arrival),
      onClosed: (closed) => parts.sessions.disconnected(closed),
      log,
    });
  }

  /** A certificate proves a full name, which counts as the user that it stands for. */
  #named(certificate: ClientCertificate): ClientCertificate {
    if (certificate.kind === 'refused' || certificate.user === undefined) return certificate;
    try {
      const proven = { user: certificate.user, isAuthenticated: true };
      return { kind: 'accepted', user: this.#options.logins.named(proven).user };
    } catch (thrown) {
      return { kind: 'refused', error: toGatewayError(thrown) };
    }
  }

  #sweep(): void {
    const limit = this.#options.clock.monotonicMs() - this.#options.config.handshakeTimeoutMs;
    for (const [connection, since] of this.#arriving) {
      if (since > limit) return;
      connection.destroy();
    }
  }
}

function nobodyOverHttp(protocol: 'THRIFT_HTTP' | 'REST'): GatewayError {
  const { principal, keytab } = spnegoEntries;
  return new GatewayError(
    'CONFIG_INVALID',
    `${authenticationEntries.methods.key} lists KERBEROS alone, and ${protocol} would let nobody in: ${principal.key} is not set`,
    {
      hint: `Set ${principal.key} to HTTP/<host>@<REALM>, and ${keytab.key} to a file with its keys.`,
    },
  );
}

/** A port, never a pipe. */
function addressOf(
  server: Server | undefined,
): { readonly host: string; readonly port: number } | undefined {
  const address = server?.address() as AddressInfo | null | undefined;
  return address ? { host: address.address, port: address.port } : undefined;
}

const encryptionRequired = new GatewayError('CONNECTION_DENIED', 'this endpoint requires TLS', {
  hint: 'Add ssl=true to the JDBC URL, or turn TLS on in the client.',
});
