import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { SlowReaderOrder } from './slow-reader-worker.ts';

const answerSchema = z.union([
  z.object({ rows: z.array(z.number()) }),
  z.object({ failure: z.string() }),
]);

/** Slow readers of one user, each with a session and a result of its own, in a thread of their own. */
export class SlowReaderCrowd {
  readonly #worker = new Worker(new URL('slow-reader-worker.ts', import.meta.url), {
    execArgv: [],
  });

  /** What the order gave: the rows that each reader has read in all, where it was to read to the end. */
  async carryOut(order: SlowReaderOrder): Promise<readonly number[]> {
    const answered = once(this.#worker, 'message'); // rejects with an error of the thread
    this.#worker.postMessage(order);
    const [message] = (await answered) as [unknown];
    const answer = answerSchema.parse(message);
    if ('failure' in answer) throw new Error(`${order.order}: ${answer.failure}`);
    return answer.rows;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
