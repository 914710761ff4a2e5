import { z } from 'zod';
import { ChildProgram } from './child-program.ts';
import { requireAnswer } from './part.ts';

const doneSchema = z.object({ done: z.number() });
const processes = 4;

/** Many idle sessions, each over a connection of its own, held by a few processes. */
export class IdleCrowd {
  readonly #children: readonly ChildProgram[];
  #size = 0;

  constructor(port: number, user: string) {
    this.#children = Array.from(
      { length: processes },
      (_, at) =>
        new ChildProgram('idle-clients.ts', [
          ...['--port', String(port), '--user', user],
          // Each has the ports of an address of its own.
          ...['--source-address', `127.0.0.${at + 2}`],
        ]),
    );
  }

  get size(): number {
    return this.#size;
  }

  /** Opens sessions until there are this many. */
  async growTo(sessions: number): Promise<void> {
    const missing = sessions - this.#size;
    const share = Math.ceil(missing / processes);
    let left = missing;
    for (const child of this.#children) {
      child.tell({ order: 'open', sessions: Math.min(share, left) });
      left -= Math.min(share, left);
    }
    await this.#allDone(sessions);
    this.#size = sessions;
  }

  /** Throws unless every session still answers. */
  async askAll(): Promise<void> {
    for (const child of this.#children) child.tell({ order: 'ask' });
    await this.#allDone(this.#size);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  async #allDone(sessions: number): Promise<void> {
    const replies = await Promise.all(this.#children.map((child) => child.next()));
    const done = replies.reduce<number>((sum, reply) => sum + doneSchema.parse(reply).done, 0);
    requireAnswer(done === sessions, `opening ${sessions} sessions`, done);
  }
}
