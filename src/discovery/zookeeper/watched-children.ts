import type { NodeWatches } from './node-watches.ts';
import type { Watcher, ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith } from './zookeeper-failure.ts';

/** Lists a node's children and watches them. Fails with `no-node`, and no watch, where there is no such node. */
export function listWatched(
  watches: NodeWatches,
  client: ZooKeeperClient,
  path: string,
): Promise<readonly string[]> {
  const list = (watcher: Watcher): Promise<readonly string[]> => client.children(path, watcher);
  return watches.arm('children', path, list);
}

/** The same, but a node that is missing has no children, and is watched for being created. */
export async function listWatchedOrMissing(
  watches: NodeWatches,
  client: ZooKeeperClient,
  path: string,
): Promise<readonly string[]> {
  const look = (watcher: Watcher): Promise<unknown> => client.exists(path, watcher);
  for (;;) {
    try {
      return await listWatched(watches, client, path);
    } catch (failure) {
      if (!failedWith(failure, 'no-node')) throw failure;
    }
    if ((await watches.arm('node', path, look)) === undefined) return [];
  }
}
