import type { DiscoveryLog } from '../discovery-log.ts';
import { withParents } from './persistent-nodes.ts';
import type { ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith, ignoring } from './zookeeper-failure.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';

const largest = 0x7fff_ffff;

/** Curator's DistributedAtomicInteger: four bytes, the highest first, changed by compare and set. */
export class Counters {
  readonly #session: ZooKeeperSession;
  readonly #log: DiscoveryLog;

  constructor(session: ZooKeeperSession, log: DiscoveryLog) {
    this.#session = session;
    this.#log = log;
  }

  /** A lost reply skips a number at worst. */
  next(path: string): Promise<number> {
    return this.#session.retry(async (client) => {
      for (;;) {
        const value = await this.#raise(client, path);
        if (value !== undefined) return value;
      }
    });
  }

  /** Gives undefined when another one was faster. */
  async #raise(client: ZooKeeperClient, path: string): Promise<number | undefined> {
    let value = 0;
    let version: number | undefined;
    await ignoring(
      'no-node',
      client.content(path).then((found) => {
        value = this.#parse(path, found.data);
        version = found.version;
      }),
    );
    const next = Buffer.alloc(4);
    next.writeInt32BE(value === largest ? 0 : value + 1);
    try {
      if (version === undefined) {
        await withParents(client, path, () => client.create(path, next, 'persistent'));
      } else {
        await client.setData(path, next, version);
      }
      return value;
    } catch (failure) {
      if (failedWith(failure, 'bad-version', 'node-exists', 'no-node')) return undefined;
      throw failure;
    }
  }

  /** Curator overflows into numbers below zero, which are of no use for a choice: counting begins anew. */
  #parse(path: string, data: Buffer): number {
    if (data.length === 4) return Math.max(0, data.readInt32BE(0));
    if (data.length > 0) this.#log.warn({ path, bytes: data.length }, 'counter is not a number');
    return 0;
  }
}
