import type { ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith, ignoring } from './zookeeper-failure.ts';

/** Creates an empty persistent node and those above it, where they are missing. */
async function ensureNode(client: ZooKeeperClient, path: string): Promise<void> {
  if (path === '' || path === '/') return;
  const create = (): Promise<unknown> => client.create(path, Buffer.alloc(0), 'persistent');
  try {
    await ignoring('node-exists', create());
  } catch (failure) {
    if (failedWith(failure, 'no-node')) {
      await ensureNode(client, parentOf(path));
      await ensureNode(client, path);
      return;
    }
    // Below a parent that is not ours, what was made for us is enough.
    if (failedWith(failure, 'other') && (await client.exists(path)) !== undefined) return;
    throw failure;
  }
}

/** Carries out `work`, once more with the path's parents created when they were missing. */
export async function withParents<T>(
  client: ZooKeeperClient,
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    if (!failedWith(failure, 'no-node')) throw failure;
    await ensureNode(client, parentOf(path));
    return work();
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
