import { createConnection, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import {
  decodeHeader,
  decodeReply,
  encodeCall,
  type Hs2Method,
  type Hs2Reply,
  type Hs2Request,
  messageEnd,
} from './hs2-wire.ts';
import { toldToClient } from './secret-search.ts';

export interface Hs2Address {
  readonly port: number;
  readonly host?: string;
  readonly auth?: 'plain' | 'nosasl';
  readonly user?: string;
  readonly password?: string;
  /** For whom PLAIN asks to act. */
  readonly authorizationId?: string;
  /** Whether PLAIN's first response is sent as OK (2, Python) or as COMPLETE (5, Java). */
  readonly initialResponse?: 'ok' | 'complete';
  /** Whether an empty result may come without its columns, as Spark 4's own server sends a command's. */
  readonly allowsNoColumns?: boolean;
  /** How long any one reply may take. */
  readonly limitMs?: number;
  /** What a balancer puts in front of all else. */
  readonly prelude?: Buffer;
  readonly tls?: ConnectionOptions;
}

const saslStart = 1;
const saslOk = 2;
const saslComplete = 5;

interface Waiter {
  readonly resolve: (message: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** One TCP connection to a HiveServer2, and what comes over it, message by message. */
export class Hs2Connection {
  readonly socket: Socket;
  readonly framed: boolean;
  readonly #limitMs: number;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #negotiation: Waiter | undefined;
  #waiters: Waiter[] = [];
  #unclaimed: Buffer[] = [];
  #lastSeqId = 0;
  #closed: Error | undefined;

  constructor(socket: Socket, framed: boolean, limitMs: number) {
    this.socket = socket;
    this.framed = framed;
    this.#limitMs = limitMs;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#received.push(bytes);
      this.#receivedBytes += bytes.length;
      this.#deliver();
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the server closed the connection')));
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  async call<M extends Hs2Method>(method: M, request: Hs2Request<M>): Promise<Hs2Reply<M>> {
    return decodeReply(method, await this.callForBytes(method, request));
  }

  /** The reply's message as it came, without its frame's length. */
  async callForBytes<M extends Hs2Method>(method: M, request: Hs2Request<M>): Promise<Buffer> {
    const seqId = this.nextSeqId();
    this.send(encodeCall(method, request, seqId));
    const message = await this.receive();
    const head = decodeHeader(message);
    if (head.seqId !== seqId)
      throw new Error(`${method} ${seqId} was answered under ${head.seqId}`);
    return message;
  }

  nextSeqId(): number {
    return ++this.#lastSeqId;
  }

  /** Sends one message in the connection's framing. */
  send(message: Buffer): void {
    this.socket.write(this.frame(message));
  }

  /** Sends one message in pieces that end at these offsets (of the framed bytes), each in a segment of its own. */
  async sendSplit(message: Buffer, offsets: readonly number[]): Promise<void> {
    const bytes = this.frame(message);
    const ends = [...offsets.filter((end) => end > 0 && end < bytes.length), bytes.length];
    let start = 0;
    for (const end of ends) {
      const piece = bytes.subarray(start, end);
      await new Promise((resolve) => this.socket.write(piece, resolve));
      await new Promise((resolve) => setTimeout(resolve, 1)); // so that the kernel does not join them
      start = end;
    }
  }

  frame(message: Buffer): Buffer {
    if (!this.framed) return message;
    const bytes = Buffer.allocUnsafe(4 + message.length);
    bytes.writeInt32BE(message.length, 0);
    message.copy(bytes, 4);
    return bytes;
  }

  /** The next message that nobody has received yet. */
  receive(): Promise<Buffer> {
    const message = this.#unclaimed.shift();
    if (message !== undefined) return Promise.resolve(message);
    return this.#wait((waiter) => this.#waiters.push(waiter));
  }

  /** SASL PLAIN as a client does it; fails with the server's text when it refuses. */
  async negotiatePlain(
    user: string,
    password: string,
    status: number,
    authorizationId = '',
  ): Promise<void> {
    const response = Buffer.from(`${authorizationId}\0${user}\0${password}`, 'utf8');
    this.socket.write(
      Buffer.concat([
        negotiationMessage(saslStart, Buffer.from('PLAIN')),
        negotiationMessage(status, response),
      ]),
    );
    const answer = await this.#wait((waiter) => {
      this.#negotiation = waiter;
    });
    if (answer[0] !== saslComplete) {
      throw new Error(
        toldToClient(`SASL status ${answer[0]}: ${answer.subarray(5).toString('utf8')}`),
      );
    }
  }

  end(): void {
    this.socket.destroy();
  }

  #wait(register: (waiter: Waiter) => void): Promise<Buffer> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no reply within ${this.#limitMs} ms`)),
        this.#limitMs,
      );
      register({
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  #deliver(): void {
    for (;;) {
      const message = this.#take();
      if (message === undefined) return;
      const negotiation = this.#negotiation;
      if (negotiation !== undefined) {
        this.#negotiation = undefined;
        negotiation.resolve(message);
        continue;
      }
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#unclaimed.push(message);
      else waiter.resolve(message);
    }
  }

  #take(): Buffer | undefined {
    const first = this.#received[0];
    if (first === undefined) return undefined;
    if (this.#negotiation !== undefined)
      return this.#takeLength(5, (head) => 5 + head.readInt32BE(1));
    if (this.framed) return this.#takeLength(4, (head) => 4 + head.readInt32BE(0))?.subarray(4);
    const bytes = this.#join();
    const end = messageEnd(bytes);
    return end === undefined ? undefined : this.#cut(bytes, end);
  }

  #takeLength(headBytes: number, wholeLength: (head: Buffer) => number): Buffer | undefined {
    if (this.#receivedBytes < headBytes) return undefined;
    if ((this.#received[0]?.length ?? 0) < headBytes) this.#join();
    const length = wholeLength(this.#received[0] ?? Buffer.alloc(0));
    if (this.#receivedBytes < length) return undefined;
    return this.#cut(this.#join(), length);
  }

  #join(): Buffer {
    const bytes = Buffer.concat(this.#received);
    this.#received = [bytes];
    return bytes;
  }

  #cut(bytes: Buffer, end: number): Buffer {
    this.#received = end === bytes.length ? [] : [bytes.subarray(end)];
    this.#receivedBytes -= end;
    return bytes.subarray(0, end);
  }

  #end(error: Error): void {
    this.#closed ??= error;
    this.#negotiation?.reject(error);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}

export async function connectForBytes(address: Hs2Address): Promise<Hs2Connection> {
  const plain = createConnection(address.port, address.host ?? '127.0.0.1');
  await opened(plain, 'connect');
  if (address.prelude) plain.write(address.prelude);
  const { tls } = address;
  const socket =
    tls === undefined
      ? plain
      : await opened(connectTls({ ...tls, socket: plain }), 'secureConnect');
  const auth = address.auth ?? 'plain';
  const connection = new Hs2Connection(socket, auth === 'plain', address.limitMs ?? 120_000);
  if (auth === 'plain') {
    const status = address.initialResponse === 'ok' ? saslOk : saslComplete;
    const { user = 'anonymous', password = 'anonymous' } = address;
    await connection.negotiatePlain(user, password, status, address.authorizationId);
  }
  return connection;
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`closed before ${event}`)));
  });
}

function negotiationMessage(status: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(status, 0);
  head.writeInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}
