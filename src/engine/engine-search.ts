import { GatewayError } from '../core/errors.ts';
import { untilAborted } from '../core/until-aborted.ts';
import type { EngineNode } from '../discovery/discovery.ts';

/** What a search may use: where its lines go, and when nobody waits for it any more. */
export interface SearchControl {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One search for one engine, and the sessions that wait for it. It is given up when the last of them has left. */
export class EngineSearch {
  readonly result: Promise<EngineNode>;
  readonly #abort = new AbortController();
  readonly #said: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #waiting = 0;

  constructor(run: (control: SearchControl) => Promise<EngineNode>) {
    this.result = run({ say: (line) => this.#say(line), signal: this.#abort.signal });
    this.result.catch(() => {});
  }

  /** Everybody left before it was done: it is on its way out. */
  get isAbandoned(): boolean {
    return this.#abort.signal.aborted;
  }

  async join(say: (line: string) => void, signal: AbortSignal): Promise<EngineNode> {
    this.#waiting++;
    for (const line of this.#said) say(line);
    this.#listeners.add(say);
    try {
      return await untilAborted(this.result, signal);
    } finally {
      this.#listeners.delete(say);
      if (--this.#waiting === 0) {
        this.#abort.abort(
          new GatewayError('SESSION_CLOSED', 'nobody waits for the launch any more'),
        );
      }
    }
  }

  #say(line: string): void {
    if (this.#said.length < keptLines) this.#said.push(line);
    for (const listener of this.#listeners) listener(line);
  }
}

/** Lines that somebody who joins a search late is still told. */
const keptLines = 2000;
