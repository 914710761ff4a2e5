import { GatewayError } from '../../core/errors.ts';
import type { IntentRecord, LaunchIntent } from '../discovery.ts';
import { intentBytes, parseIntent } from '../intent-json.ts';
import type { HeldLock } from './held-lock.ts';
import { withParents } from './persistent-nodes.ts';
import type { NodeContent, ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith, ignoring } from './zookeeper-failure.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';

export class LaunchIntents {
  readonly #session: ZooKeeperSession;

  constructor(session: ZooKeeperSession) {
    this.#session = session;
  }

  async read(path: string): Promise<IntentRecord | undefined> {
    const found = await this.#session.retry((client) => contentOf(client, path));
    if (found === undefined) return undefined;
    return { intent: parseIntent(path, found.data), version: found.version };
  }

  /** The lease is checked by ZooKeeper itself in the same transaction: a gateway that slept cannot write. */
  async write(
    path: string,
    intent: LaunchIntent,
    expected: number | undefined,
    lock: HeldLock,
  ): Promise<IntentRecord> {
    if (lock.lost.aborted) throw refused(path, lock.lost.reason);
    const data = intentBytes(intent);
    const version = expected === undefined ? 0 : expected + 1;
    let wasTried = false;
    try {
      await this.#session.retry(
        async (client) => {
          // After a lost reply, what stands there tells whether the first try was carried out.
          if (wasTried && holds(await contentOf(client, path), data, version)) return;
          wasTried = true;
          await this.#writeOnce(client, lock, { path, data, expected });
        },
        { on: lock.client },
      );
    } catch (failure) {
      const kinds = ['no-node', 'node-exists', 'bad-version', 'session-ended'] as const;
      if (failedWith(failure, ...kinds)) throw refused(path, failure);
      throw failure;
    }
    return { intent, version };
  }

  /** After a lost reply, a node that says just this is the one that was to be made. */
  async create(path: string, intent: LaunchIntent): Promise<void> {
    const data = intentBytes(intent);
    await this.#session.retry(async (client) => {
      try {
        await withParents(client, path, () => client.create(path, data, 'persistent'));
      } catch (failure) {
        if (!failedWith(failure, 'node-exists')) throw failure;
        if ((await contentOf(client, path))?.data.equals(data) !== true)
          throw refused(path, failure);
      }
    });
  }

  async noteJob(path: string, tag: string, jobRef: string): Promise<void> {
    await this.#session.retry(async (client) => {
      for (;;) {
        const found = await contentOf(client, path);
        const intent = found === undefined ? undefined : parseIntent(path, found.data);
        if (found === undefined || intent?.tag !== tag || intent.jobRef === jobRef) return;
        try {
          await client.setData(path, intentBytes({ ...intent, jobRef }), found.version);
          return;
        } catch (failure) {
          if (!failedWith(failure, 'bad-version', 'no-node')) throw failure;
        }
      }
    });
  }

  async remove(path: string, tag: string): Promise<void> {
    await this.#session.retry(async (client) => {
      for (;;) {
        const found = await contentOf(client, path);
        if (found === undefined || parseIntent(path, found.data).tag !== tag) return;
        try {
          await ignoring('no-node', client.remove(path, found.version));
          return;
        } catch (failure) {
          if (!failedWith(failure, 'bad-version')) throw failure;
        }
      }
    });
  }

  async #writeOnce(client: ZooKeeperClient, lock: HeldLock, write: IntentWrite): Promise<void> {
    const { path, data, expected } = write;
    const commit = (): Promise<void> => client.writeWhile(lock.leasePath, path, data, expected);
    if (expected !== undefined) return commit();
    // A missing parent and a missing lease look alike; if it was the lease, the second try says so again.
    return withParents(client, path, commit);
  }
}

interface IntentWrite {
  readonly path: string;
  readonly data: Buffer;
  readonly expected: number | undefined;
}

async function contentOf(client: ZooKeeperClient, path: string): Promise<NodeContent | undefined> {
  try {
    return await client.content(path);
  } catch (failure) {
    if (failedWith(failure, 'no-node')) return undefined;
    throw failure;
  }
}

function holds(found: NodeContent | undefined, data: Buffer, version: number): boolean {
  return found !== undefined && found.version === version && found.data.equals(data);
}

function refused(path: string, cause: unknown): GatewayError {
  return new GatewayError(
    'LOCK_TIMEOUT',
    `the launch intent at ${path} was not written: the lock was lost or another gateway was faster`,
    { cause },
  );
}
