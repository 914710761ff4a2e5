import type { EngineSpacePaths } from '../discovery.ts';
import type { BackgroundWork } from './background-work.ts';
import type { NodeWatches } from './node-watches.ts';
import { listWatchedOrMissing } from './watched-children.ts';
import type { Watcher } from './zookeeper-client.ts';
import { noLimitMs, type ZooKeeperSession } from './zookeeper-session.ts';

export interface SpaceChangesOptions {
  readonly session: ZooKeeperSession;
  readonly watches: NodeWatches;
  readonly background: BackgroundWork;
}

/** Lets callers sleep until something happens in a space. A watch that has to be set first counts as a change. */
export class SpaceChanges {
  readonly #options: SpaceChangesOptions;

  constructor(options: SpaceChangesOptions) {
    this.#options = options;
  }

  next(paths: EngineSpacePaths, signal: AbortSignal): Promise<void> {
    const { watches, background } = this.#options;
    const done = new AbortController();
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        for (const forget of forgets) forget();
        signal.removeEventListener('abort', onAbort);
        done.abort();
        finish();
      };
      const onChange = (): void => settle(resolve);
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const forgets = [
        watches.listen(paths.space, onChange),
        watches.listen(paths.intent, onChange),
      ];
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) return onAbort();
      if (this.#isWatched(paths)) return;
      background.run(`watch on ${paths.space}`, async () => {
        await this.#watch(paths, done.signal);
        onChange(); // whatever came before the watch was set would be missed
      });
    });
  }

  #isWatched({ space, intent }: EngineSpacePaths): boolean {
    const { watches } = this.#options;
    const isSpaceWatched = watches.isArmed('children', space) || watches.isArmed('node', space);
    return isSpaceWatched && watches.isArmed('node', intent);
  }

  async #watch({ space, intent }: EngineSpacePaths, signal: AbortSignal): Promise<void> {
    const { session, watches } = this.#options;
    await session.retry(
      async (client) => {
        await listWatchedOrMissing(watches, client, space);
        const look = (watcher: Watcher): Promise<unknown> => client.exists(intent, watcher);
        await watches.arm('node', intent, look);
      },
      { signal, limitMs: noLimitMs },
    );
  }
}
