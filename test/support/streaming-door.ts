import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Logins } from '../../src/auth/auth-provider.ts';
import type { LoginDesk } from '../../src/auth/login-desk.ts';
import { EngineLane } from '../../src/engine/engine-lane.ts';
import { LaneBuffers } from '../../src/engine/lane-buffers.ts';
import { ClientConnection } from '../../src/frontend/thrift/client-connection.ts';
import { collectedLog } from './collected-log.ts';
import { openDesk } from './open-desk.ts';
import { newSecret } from './secrets.ts';
import { StreamingEngine } from './streaming-engine.ts';

export interface StreamingDoorOptions {
  /** Who may come: anybody unless given. */
  readonly logins?: Partial<Logins>;
  /** PEM texts; without them the door is plain. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

const password = newSecret();

/** A connection to an engine that answers with as many bytes as it is asked for. */
export function openStreamingLane(port: number, buffers: LaneBuffers): Promise<EngineLane> {
  return EngineLane.open(
    {
      host: '127.0.0.1',
      certificate: undefined,
      port,
      user: 'alice',
      password: () => password,
      connectTimeoutMs: 5000,
      maxReplyBytes: 0x7fffffff,
      buffers,
      onClosed: () => {},
    },
    new AbortController().signal,
  );
}

/** A door whose every client has an engine's connection to itself: real sockets, and nothing between the two but the relay. */
export class StreamingDoor {
  readonly engine: StreamingEngine;
  readonly isTls: boolean;
  /** The door's own ends, in the order of the clients' arrival. */
  readonly clients: Socket[] = [];
  readonly lanes: EngineLane[] = [];
  /** Replies of which the lane has seen the end, and requests that failed. */
  readonly ended: string[] = [];
  readonly #server: Server;
  readonly #desk: LoginDesk;
  readonly #buffers = new LaneBuffers();

  static async open({ logins, tls }: StreamingDoorOptions = {}): Promise<StreamingDoor> {
    const door = new StreamingDoor(await StreamingEngine.start(), await openDesk(logins), tls);
    await new Promise<void>((resolve) => {
      door.#server.listen(0, '127.0.0.1', resolve);
    });
    return door;
  }

  private constructor(engine: StreamingEngine, desk: LoginDesk, tls: StreamingDoorOptions['tls']) {
    this.engine = engine;
    this.isTls = tls !== undefined;
    this.#desk = desk;
    const accept = (socket: Socket): void => this.#accept(socket);
    this.#server =
      tls === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer({ ...tls, noDelay: true }, accept);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on TCP
  }

  async stop(): Promise<void> {
    for (const socket of this.clients) socket.destroy();
    for (const lane of this.lanes) lane.close();
    await this.engine.stop();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #accept(socket: Socket): void {
    const lane = openStreamingLane(this.engine.port, this.#buffers);
    this.clients.push(socket);
    new ClientConnection(socket, {
      clientAddress: '127.0.0.1',
      logins: this.#desk,
      refuse: (_message, _context, error) => {
        throw error;
      },
      http: undefined,
      isHttpOnly: false,
      maxMessageBytes: 1 << 20,
      log: collectedLog().log,
      onOpen: () => {},
      onClosed: () => {},
      dispatch: async (message, context) => {
        const open = await lane;
        if (!this.lanes.includes(open)) this.lanes.push(open);
        try {
          const frame = await open.exchange(message, context.relay());
          this.ended.push(frame === undefined ? 'relayed' : 'gathered');
          return frame === undefined ? { kind: 'relayed' } : { kind: 'frame', frame };
        } catch (failure) {
          this.ended.push('failed');
          throw failure;
        }
      },
    });
  }
}
