import { ChildProgram } from './child-program.ts';
import { VoidRun } from './part.ts';
import type { RowAddress } from './row-connection.ts';
import { type RowAnswer, type RowOrder, rowAnswerSchema } from './row-orders.ts';
import type { Reading, Verified } from './row-session.ts';

type AnswerOf<K extends RowAnswer['kind']> = Extract<RowAnswer, { kind: K }>;

/** The raw frame reader: a process of its own, with any number of sessions by name. */
export class RowReader {
  readonly #child = new ChildProgram('row-reader-program.ts', []);

  async open(session: string, address: RowAddress): Promise<void> {
    await this.#ask({ order: 'open', session, address }, 'done');
  }

  /** Until the statement is FINISHED; milliseconds. */
  async execute(session: string, statement: string): Promise<number> {
    return (await this.#ask({ order: 'execute', session, statement }, 'executed')).ms;
  }

  /** Reads the results of the last statements of these sessions, all at once. */
  async read(
    sessions: readonly string[],
    maxRows: number,
    { again = false } = {},
  ): Promise<readonly Reading[]> {
    const order: RowOrder = { order: 'read', sessions: [...sessions], maxRows, again };
    return (await this.#ask(order, 'read')).readings;
  }

  /** From ExecuteStatement to the last row. */
  async run(
    session: string,
    statement: string,
    maxRows: number,
  ): Promise<Reading & { readonly executeMs: number }> {
    return await this.#ask({ order: 'run', session, statement, maxRows }, 'ran');
  }

  /** Reads the result of the last statement whole, every value. */
  async verify(session: string, maxRows: number): Promise<Verified> {
    return await this.#ask({ order: 'verify', session, maxRows }, 'verified');
  }

  /** Has a session begin to read its last result again, and stop. */
  async stall(session: string, maxRows: number, afterBytes: number): Promise<void> {
    await this.#ask({ order: 'stall', session, maxRows, afterBytes }, 'done');
  }

  /** Has the stalled session read the rest. */
  async finish(session: string): Promise<Reading | undefined> {
    return (await this.#ask({ order: 'finish', session }, 'read')).readings[0];
  }

  async close(sessions: readonly string[]): Promise<void> {
    await this.#ask({ order: 'close', sessions: [...sessions] }, 'done');
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  async #ask<K extends RowAnswer['kind']>(order: RowOrder, kind: K): Promise<AnswerOf<K>> {
    this.#child.tell(order);
    const answer = rowAnswerSchema.parse(await this.#child.next());
    if (answer.kind === 'failed') {
      throw answer.isVoid ? new VoidRun(answer.message) : new Error(answer.message);
    }
    if (answer.kind !== kind) throw new Error(`${order.order} was answered by ${answer.kind}`);
    return answer as AnswerOf<K>; // compared above
  }
}
