import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { EngineNode } from '../discovery.ts';
import { enginesOf } from '../engine-node.ts';
import type { BackgroundWork } from './background-work.ts';
import type { NodeWatches } from './node-watches.ts';
import { listWatched, listWatchedOrMissing } from './watched-children.ts';
import { failedWith } from './zookeeper-failure.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';

export interface WatchedSpaceOptions {
  /** The space itself has gone: a watch on its return would stay for ever, so nobody keeps one unasked. */
  readonly onGone: () => void;

  readonly session: ZooKeeperSession;
  readonly watches: NodeWatches;
  readonly background: BackgroundWork;
  readonly clock: Clock;
}

/** A copy of one engine space's children, read again whenever ZooKeeper tells of a change. */
export class WatchedSpace {
  readonly #space: string;
  readonly #options: WatchedSpaceOptions;
  readonly #forget: () => void;
  #engines: readonly EngineNode[] | undefined;
  /** Counts the events; a copy read before the last one is stale. */
  #changes = 0;
  #readAt = -1;
  #reading: Promise<void> | undefined;
  askedMs: number;

  constructor(space: string, options: WatchedSpaceOptions) {
    this.#space = space;
    this.#options = options;
    this.askedMs = options.clock.monotonicMs();
    this.#forget = options.watches.listen(space, () => this.#changed());
  }

  close(): void {
    this.#forget();
  }

  /** What the space held at its last change, or, while ZooKeeper is out of reach, when it was last seen. */
  async engines(signal: AbortSignal | undefined): Promise<readonly EngineNode[]> {
    if (this.#engines !== undefined && (this.#isCurrent() || !this.#options.session.isConnected)) {
      return this.#engines;
    }
    try {
      await this.#current(signal);
    } catch (failure) {
      if (this.#engines === undefined || !isOutage(failure)) throw failure;
    }
    if (this.#engines === undefined) throw new Error(`${this.#space} was not read`);
    return this.#engines;
  }

  /** Asks ZooKeeper, whatever the copy says. */
  async fresh(signal: AbortSignal | undefined): Promise<readonly EngineNode[]> {
    const { session, watches } = this.#options;
    return session.retry(
      (client) => this.#read(() => listWatchedOrMissing(watches, client, this.#space)),
      { signal },
    );
  }

  #isCurrent(): boolean {
    return this.#readAt === this.#changes;
  }

  #changed(): void {
    this.#changes += 1;
    // Without a connection the next one tells of a change again.
    if (!this.#options.session.isConnected) return;
    this.#options.background.run(`copy of ${this.#space}`, () => this.#refresh());
  }

  async #refresh(): Promise<void> {
    const { session, watches } = this.#options;
    try {
      await session.retry(async (client) => {
        while (!this.#isCurrent())
          await this.#read(() => listWatched(watches, client, this.#space));
      });
    } catch (failure) {
      if (!failedWith(failure, 'no-node')) throw failure;
      this.#options.onGone();
    }
  }

  /** Many who ask share one request; each has its own limit. */
  async #current(signal: AbortSignal | undefined): Promise<void> {
    const { session, watches } = this.#options;
    await session.retry(
      async (client) => {
        while (!this.#isCurrent()) {
          this.#reading ??= this.#read(() => listWatchedOrMissing(watches, client, this.#space))
            .then(() => {})
            .finally(() => (this.#reading = undefined));
          await this.#reading;
        }
      },
      { signal },
    );
  }

  async #read(list: () => Promise<readonly string[]>): Promise<readonly EngineNode[]> {
    const before = this.#changes;
    const engines = enginesOf(await list());
    // Of two that overlap, the one that knows more events has the later answer.
    if (before >= this.#readAt) {
      this.#engines = engines;
      this.#readAt = before;
    }
    return engines;
  }
}

function isOutage(failure: unknown): boolean {
  return failure instanceof GatewayError && failure.code === 'DISCOVERY_UNAVAILABLE';
}
