import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { FrontendTlsConfig } from '../../config/gateway-config.ts';
import type { Log } from '../../telemetry/log.ts';
import type { ServerTls } from '../../tls/server-tls.ts';

/** TLS of a door: its certificate, and what is asked of clients. */
export interface FrontendTls {
  readonly server: ServerTls;
  readonly config: Pick<FrontendTlsConfig, 'allowsPlain' | 'clientAuth' | 'clientUser'>;
}

/** Who waits for a handshake's end. */
interface Waiting {
  /** The client's address, for the log. */
  readonly client: string;
  readonly onSecure: (socket: TLSSocket) => void;
}

/** Makes TLS of connections that were accepted, and partly read, as plain ones. */
export class TlsHandshakes {
  /** Listens nowhere: it is handed its connections. */
  readonly #server: Server;
  /** By the two ends of the connection: Node gives out the new socket without the old. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #log: Log;

  constructor(tls: FrontendTls, handshakeTimeoutMs: number, log: Log) {
    this.#log = log;
    this.#server = createServer({
      ...tls.server.contextOptions,
      handshakeTimeout: handshakeTimeoutMs,
      requestCert: tls.config.clientAuth !== 'NONE',
      // A bad certificate is refused after the handshake, in words that the client's own protocol can carry.
      rejectUnauthorized: false,
    });
    tls.server.keepCurrent(this.#server);
    this.#server
      .on('secureConnection', (socket) => this.#secured(socket))
      .on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  /**
   * Begins the handshake with what the socket's buffer and the client's next bytes hold. `onSecure` is called when it has
   * succeeded; else the socket is closed.
   */
  begin(socket: Socket, client: string, onSecure: (secure: TLSSocket) => void): void {
    const name = connectionName(socket);
    const waiting = { client, onSecure };
    this.#waiting.set(name, waiting);
    socket.once('close', () => {
      // By then another connection may have the same two ends.
      if (this.#waiting.get(name) === waiting) this.#waiting.delete(name);
    });
    this.#server.emit('connection', socket);
  }

  #secured(socket: TLSSocket): void {
    const name = connectionName(socket);
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    socket.on('error', () => {}); // 'close' follows and says all
    if (waiting === undefined) socket.destroy();
    else waiting.onSecure(socket);
  }

  #failed(error: Error & { readonly code?: string }, socket: TLSSocket): void {
    const client = this.#waiting.get(connectionName(socket))?.client;
    const fields = { client, reason: error.code ?? error.message };
    // Whoever leaves before the end, or is sent away, is no news; they may come by the thousand.
    if (error.code === 'ECONNRESET') this.#log.debug(fields, 'TLS handshake failed');
    else this.#log.info(fields, 'TLS handshake failed');
    socket.destroy();
  }
}

function connectionName({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
