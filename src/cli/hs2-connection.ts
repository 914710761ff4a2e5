import { reasonOf } from '../core/errors.ts';
import { readMessageHeader } from '../wire/message-header.ts';
import { decodeReply, encodeCall, ThriftApplicationError } from '../wire/struct-codec.ts';
import type { MethodName, RequestOf, ResponseOf } from '../wire/struct-codec.ts';
import { BinaryTransport } from './binary-transport.ts';
import { CliError } from './cli-error.ts';
import { placeOf } from './hs2-transport.ts';
import type { Hs2Address, Hs2Transport } from './hs2-transport.ts';
import { HttpTransport } from './http-transport.ts';

/** Calls to a server, one at a time, by whatever carries them. */
export class Hs2Connection {
  readonly #transport: Hs2Transport;
  readonly #at: string;
  #last: Promise<unknown> = Promise.resolve();
  #unanswered = 0;
  #seqId = 0;

  /** Over the binary protocol: connects and logs in, for which `timeoutMs` is the limit. HTTP does so with the first call. */
  static async open(
    address: Hs2Address,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Hs2Connection> {
    const transport =
      address.httpPath === undefined
        ? await BinaryTransport.open(address, timeoutMs, signal)
        : new HttpTransport(address, timeoutMs);
    return new Hs2Connection(transport, placeOf(address));
  }

  private constructor(transport: Hs2Transport, at: string) {
    this.#transport = transport;
    this.#at = at;
  }

  /** True while a call waits for its answer. */
  get isBusy(): boolean {
    return this.#unanswered > 0;
  }

  /** Calls are sent in the order of asking, each after the answer to the one before it. */
  call<M extends MethodName>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>> {
    this.#unanswered += 1;
    const answer = this.#last
      .then(() => this.#exchange(method, request))
      .finally(() => {
        this.#unanswered -= 1;
      });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#transport.close();
  }

  async #exchange<M extends MethodName>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>> {
    this.#seqId += 1;
    const seqId = this.#seqId;
    const frame = await this.#transport.exchange(encodeCall(method, seqId, request));
    return this.#read(method, seqId, frame);
  }

  #read<M extends MethodName>(method: M, seqId: number, frame: Buffer): ResponseOf<M> {
    try {
      const answered = readMessageHeader(frame).seqId;
      if (answered !== seqId) throw new Error(`it answers call ${answered}, not ${seqId}`);
      return decodeReply(method, frame);
    } catch (cause) {
      if (cause instanceof ThriftApplicationError) {
        throw new CliError('statement', `${method}: ${cause.message}`, { cause });
      }
      const reason = reasonOf(cause);
      this.#transport.close();
      throw new CliError('connection', `${this.#at} sent a bad reply to ${method}: ${reason}`, {
        cause,
      });
    }
  }
}
