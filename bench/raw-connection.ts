import { createConnection, type Socket } from 'node:net';
import { encodeCall, type Hs2Method, type Hs2Request } from '../test/support/hs2-wire.ts';

export interface RawAddress {
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  /** Source address: another one has ports of its own. */
  readonly localAddress?: string;
}

/** A framed client that does as little as can be: one frame out, one frame in, no decoding, no timers. */
export class RawConnection {
  readonly #socket: Socket;
  #held: Buffer | undefined;
  #waiter: PromiseWithResolvers<Buffer> | undefined;
  #lengthAt = 0;
  #headBytes = 4;
  #closed: Error | undefined;

  static async open(address: RawAddress): Promise<RawConnection> {
    const { port, user, password = 'anonymous', localAddress } = address;
    const socket = createConnection({
      port,
      host: '127.0.0.1',
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    const connection = new RawConnection(socket);
    await connection.#negotiate(user, password);
    return connection;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.removeAllListeners('error');
    socket
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .on('error', (error) => this.#end(error))
      .on('close', () => this.#end(new Error('the server closed the connection')));
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Sends a frame and resolves with the reply's, each with its length in front. */
  exchange(frame: Buffer): Promise<Buffer> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const waiter = Promise.withResolvers<Buffer>();
    this.#waiter = waiter;
    this.#socket.write(frame);
    return waiter.promise;
  }

  end(): void {
    this.#socket.destroy();
  }

  async #negotiate(user: string, password: string): Promise<void> {
    this.#lengthAt = 1;
    this.#headBytes = 5;
    const answer = await this.exchange(
      Buffer.concat([
        negotiationMessage(1, Buffer.from('PLAIN')),
        negotiationMessage(5, Buffer.from(`\0${user}\0${password}`)),
      ]),
    );
    if (answer[0] !== 5) throw new Error(`the log-in was refused: ${answer.toString('utf8', 5)}`);
    this.#lengthAt = 0;
    this.#headBytes = 4;
  }

  #take(chunk: Buffer): void {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    const isWhole =
      bytes.length >= this.#headBytes &&
      bytes.length >= this.#headBytes + bytes.readInt32BE(this.#lengthAt);
    this.#held = isWhole ? undefined : bytes;
    if (!isWhole) return;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.resolve(bytes);
  }

  #end(error: Error): void {
    this.#closed ??= error;
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }
}

/** A call as it goes over the wire: `i32 length | message`. */
export function framedCall<M extends Hs2Method>(
  method: M,
  request: Hs2Request<M>,
  seqId = 1,
): Buffer {
  const message = encodeCall(method, request, seqId);
  const frame = Buffer.allocUnsafe(4 + message.length);
  frame.writeInt32BE(message.length, 0);
  message.copy(frame, 4);
  return frame;
}

function negotiationMessage(status: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(status, 0);
  head.writeInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}
