import { untilAborted } from '../core/until-aborted.ts';

/** Rounds of a look at something, each for all who asked before it began; one at a time. */
export class SharedRounds<Answer> {
  readonly #look: (signal: AbortSignal) => Promise<Answer>;
  readonly #stopping = new AbortController();
  /** The round under way, and the one that begins after it. */
  #round: Promise<unknown> = Promise.resolve();
  #next: Promise<Answer> | undefined;

  constructor(look: (signal: AbortSignal) => Promise<Answer>) {
    this.#look = look;
  }

  /** What the next round finds. Who gives up waiting leaves the round to the others. */
  next(signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    this.#next ??= this.#afterThis();
    return untilAborted(this.#next, signal);
  }

  /** What a round does ends with this. */
  stop(): void {
    this.#stopping.abort(new Error('the cluster is no longer looked at'));
  }

  async #afterThis(): Promise<Answer> {
    await this.#round;
    this.#next = undefined;
    const round = this.#look(this.#stopping.signal);
    this.#round = round.catch(() => undefined); // told to those who wait for it
    return round;
  }
}
