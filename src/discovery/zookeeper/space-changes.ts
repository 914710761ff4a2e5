import type { EngineSpacePaths } from '../discovery.ts';
import type { BackgroundWork } from './background-work.ts';
import type { NodeWatches } from './node-watches.ts';
import type { Watcher, ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith } from './zookeeper-failure.ts';
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
    await this.#options.session.retry(
      async (client) => {
        await this.#watchChildren(client, space);
        const look = (watcher: Watcher): Promise<unknown> => client.exists(intent, watcher);
        await this.#options.watches.arm('node', intent, look);
      },
      { signal, limitMs: noLimitMs },
    );
  }

  async #watchChildren(client: ZooKeeperClient, space: string): Promise<void> {
    const { watches } = this.#options;
    const list = (watcher: Watcher): Promise<unknown> => client.children(space, watcher);
    const look = (watcher: Watcher): Promise<unknown> => client.exists(space, watcher);
    for (;;) {
      try {
        await watches.arm('children', space, list);
        return;
      } catch (failure) {
        if (!failedWith(failure, 'no-node')) throw failure;
      }
      if ((await watches.arm('node', space, look)) === undefined) return;
    }
  }
}
