import { setTimeout as sleep } from 'node:timers/promises';
import types from '#thrift/types';
import { connectHs2, type Hs2Client, type Hs2Operation } from '../../support/hs2-client.ts';
import { requireSuccess } from '../../support/hs2-result.ts';
import { decodeReply } from '../../support/hs2-wire.ts';
import { SlowResultCheck, slowStatement } from './slow-reader-result.ts';
import { Throttle } from './slow-reader-throttle.ts';

const executeLimitMs = 900_000;
const fetchRows = 10_000;
/** An error is no longer than this, and what is no longer is quickly decoded. */
const shortReplyBytes = 100_000;

/** One session that reads one result, slowly or fast, and checks every value of it. */
export class SlowReader {
  readonly #client: Hs2Client;
  readonly #throttle: Throttle;
  readonly #check = new SlowResultCheck();
  #operation: Hs2Operation | undefined;
  #whole: Promise<number> | undefined;

  static async open(port: number, user: string): Promise<SlowReader> {
    return new SlowReader(await connectHs2({ port, user, limitMs: executeLimitMs }));
  }

  private constructor(client: Hs2Client) {
    this.#client = client;
    this.#throttle = new Throttle(client.connection.socket);
  }

  /** Resolves once the whole result is there to be fetched. */
  async execute(rows: number, partitions: number): Promise<void> {
    const session = await this.#client.openSession();
    this.#operation = await session.execute(slowStatement(rows, partitions), { async: true });
    await this.#operation.finish(executeLimitMs);
  }

  /** Reads at this rate, then not at all, in the midst of a reply. Fails at once where the reading does. */
  async readSlowly(bytesPerSecond: number, seconds: number): Promise<void> {
    this.#throttle.bytesPerSecond = bytesPerSecond;
    this.#whole ??= this.#readAll();
    await Promise.race([sleep(seconds * 1000), this.#whole]);
    this.#throttle.bytesPerSecond = 0;
  }

  /** Reads what is left as fast as it comes, and returns the rows of the whole result. */
  async readToTheEnd(): Promise<number> {
    this.#throttle.bytesPerSecond = Infinity;
    return await (this.#whole ??= this.#readAll());
  }

  async close(): Promise<void> {
    await this.#operation?.close();
    this.#client.end();
  }

  async #readAll(): Promise<number> {
    const operationHandle = this.#operation?.handle;
    if (operationHandle === undefined) throw new Error('nothing was executed');
    for (;;) {
      const reply = await this.#client.connection.callForBytes('FetchResults', {
        operationHandle,
        orientation: types.TFetchOrientation.FETCH_NEXT,
        maxRows: fetchRows as never, // Int64 in the generated types, a plain number on its way in
        fetchType: 0,
      });
      if (reply.length < shortReplyBytes) requireSuccess(decodeReply('FetchResults', reply).status);
      if (this.#check.take(reply) === 0) return this.#check.rows;
    }
  }
}
