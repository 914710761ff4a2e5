import type { EngineNode } from '../discovery.ts';
import { WatchedSpace, type WatchedSpaceOptions } from './watched-space.ts';

const longestUnaskedMs = 10 * 60_000;
const mostSpaces = 1_000;

/** The spaces that were asked for of late, in the order in which they were. */
export class WatchedSpaces {
  readonly #options: Omit<WatchedSpaceOptions, 'onGone'>;
  readonly #spaces = new Map<string, WatchedSpace>();

  constructor(options: Omit<WatchedSpaceOptions, 'onGone'>) {
    this.#options = options;
  }

  engines(space: string, signal: AbortSignal | undefined): Promise<readonly EngineNode[]> {
    return this.#of(space).engines(signal);
  }

  fresh(space: string, signal: AbortSignal | undefined): Promise<readonly EngineNode[]> {
    return this.#of(space).fresh(signal);
  }

  drop(space: string): void {
    this.#spaces.get(space)?.close();
    this.#spaces.delete(space);
  }

  #of(space: string): WatchedSpace {
    const nowMs = this.#options.clock.monotonicMs();
    const found = this.#spaces.get(space) ?? this.#newSpace(space);
    found.askedMs = nowMs;
    this.#spaces.delete(space);
    this.#spaces.set(space, found);
    for (const [name, each] of this.#spaces) {
      if (this.#spaces.size <= mostSpaces && nowMs - each.askedMs < longestUnaskedMs) break;
      this.drop(name);
    }
    return found;
  }

  #newSpace(space: string): WatchedSpace {
    const made = new WatchedSpace(space, {
      ...this.#options,
      onGone: () => {
        if (this.#spaces.get(space) === made) this.drop(space);
      },
    });
    return made;
  }
}
