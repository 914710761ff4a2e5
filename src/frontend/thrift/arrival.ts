import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AddressList } from '../../config/address-list.ts';
import { StateMachine } from '../../core/state-machine.ts';
import type { Log } from '../../telemetry/log.ts';
import { readProxyHeader } from '../../wire/proxy-header.ts';
import { WireError } from '../../wire/wire-error.ts';
import { arrivalTransitions } from './arrival-state.ts';
import type { ArrivalState } from './arrival-state.ts';
import type { ClientConnection } from './client-connection.ts';
import { plainAddress } from './plain-address.ts';
import { sniff } from './sniffed-protocol.ts';
import type { TlsHandshakes } from './tls-handshakes.ts';

/** A client's connection once nothing is in front of its protocol any more. */
export interface ArrivedClient {
  /** What the client sends is read from it, from the first byte on. */
  readonly socket: Socket;
  /** The client's own, whatever balancer it came through. */
  readonly address: string;
  /** The same socket, where it is one of TLS. */
  readonly secure: TLSSocket | undefined;
}

export interface ArrivalOptions {
  /** Undefined where the door has no TLS. */
  readonly handshakes: Pick<TlsHandshakes, 'begin'> | undefined;
  readonly proxies: AddressList;
  readonly serve: (client: ArrivedClient) => ClientConnection;
  readonly onClosed: (arrival: Arrival) => void;
  readonly log: Log;
}

/** One accepted socket: takes off what stands in front of the client's protocol, a PROXY header and TLS, and hands it over. */
export class Arrival {
  readonly #socket: Socket;
  readonly #options: ArrivalOptions;
  readonly #state = new StateMachine<ArrivalState>(arrivalTransitions, 'accepted');
  #address: string;
  #held: Buffer | undefined;
  #client: ClientConnection | undefined;

  constructor(socket: Socket, options: ArrivalOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#address = plainAddress(socket.remoteAddress ?? '');
    socket.on('error', () => {}).on('close', () => this.#closed()); // 'close' follows an error and says all
  }

  /** Begins to read. */
  start(): void {
    if (this.#state.is('closed')) return;
    // Whoever has left already has no address; nothing may be decided by that.
    if (this.#address === '') return this.destroy();
    const isAnnounced = this.#options.proxies.includes(this.#address);
    this.#state.to(isAnnounced ? 'announced' : 'sniffing');
    if (!isAnnounced && this.#options.handshakes === undefined) this.#serve();
    else this.#socket.on('data', this.#take);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Lets the reply that is under way leave, then ends. */
  end(): void {
    if (this.#client === undefined) this.destroy();
    else this.#client.end();
  }

  readonly #take = (chunk: Buffer): void => {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    if (this.#state.is('announced')) this.#readHeader(bytes);
    else if (this.#state.is('sniffing')) this.#sniff(bytes);
  };

  #readHeader(bytes: Buffer): void {
    try {
      const header = readProxyHeader(bytes);
      if (header === undefined) {
        this.#held = bytes;
        return;
      }
      this.#address = header.source ?? this.#address;
      this.#state.to('sniffing');
      this.#sniff(bytes.subarray(header.lengthBytes));
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown;
      this.#options.log.info({ proxy: this.#address, error: thrown.message }, 'client refused');
      this.destroy();
    }
  }

  #sniff(bytes: Buffer): void {
    const { handshakes } = this.#options;
    if (handshakes !== undefined && bytes.length === 0) return;
    this.#socket.off('data', this.#take).pause();
    if (bytes.length > 0) this.#socket.unshift(bytes);
    if (handshakes === undefined || sniff(bytes) !== 'tls') return this.#serve();
    this.#state.to('securing');
    handshakes.begin(this.#socket, this.#address, (secure) => this.#serve(secure));
  }

  #serve(secure?: TLSSocket): void {
    if (!this.#state.tryTo('served')) return;
    const socket = secure ?? this.#socket;
    this.#client = this.#options.serve({ socket, address: this.#address, secure });
    socket.resume();
  }

  #closed(): void {
    if (this.#state.tryTo('closed')) this.#options.onClosed(this);
  }
}
