import { randomUUID } from 'node:crypto';
import type { BackgroundWork } from './background-work.ts';
import { withParents } from './persistent-nodes.ts';
import type { ZooKeeperClient } from './zookeeper-client.ts';
import { ignoring } from './zookeeper-failure.ts';
import { noLimitMs, type ZooKeeperSession } from './zookeeper-session.ts';

export interface ProtectedNodeOptions {
  readonly session: ZooKeeperSession;
  readonly background: BackgroundWork;
  /** The node lives and is looked for within this ZooKeeper session only. */
  readonly client: ZooKeeperClient;
  readonly parent: string;
  /** Name up to the number, e.g. `lease-`. */
  readonly baseName: string;
  readonly data: Buffer;
}

/**
 * An ephemeral sequential node whose name carries a random id (Curator's protection, `_c_<uuid>-<base>0000000001`), so
 * that the one created by a request whose reply was lost is found again instead of being doubled or left behind.
 */
export class ProtectedNode {
  readonly #options: ProtectedNodeOptions;
  readonly #prefix = `_c_${randomUUID()}-`;
  #wasTried = false;
  #path: string | undefined;

  constructor(options: ProtectedNodeOptions) {
    this.#options = options;
  }

  /** Once created. */
  get path(): string {
    if (this.#path === undefined) throw new Error(`no node ${this.#prefix} has been created`);
    return this.#path;
  }

  get name(): string {
    return this.path.slice(this.#options.parent.length + 1);
  }

  async create(signal: AbortSignal): Promise<void> {
    const { session, client, parent, baseName, data } = this.#options;
    const path = `${parent}/${this.#prefix}${baseName}`;
    this.#path = await session.retry(
      async () => {
        const found = await this.#find();
        if (found !== undefined) return found;
        return withParents(client, path, () => {
          signal.throwIfAborted(); // else it would be created after it has been removed
          this.#wasTried = true;
          return client.create(path, data, 'ephemeral-sequential');
        });
      },
      { on: client, signal, limitMs: noLimitMs },
    );
  }

  /** Sees to it that the node is gone, however long that takes, unless the ZooKeeper session ends before it. */
  removeEventually(): void {
    if (!this.#wasTried) return;
    const { background } = this.#options;
    background.run(`removal of ${this.#prefix}`, () => this.remove(noLimitMs));
  }

  async remove(limitMs: number): Promise<void> {
    const { session, client } = this.#options;
    const removal = session.retry(
      async () => {
        const path = this.#path ?? (await this.#find());
        if (path !== undefined) await ignoring('no-node', client.remove(path, -1));
      },
      { on: client, limitMs },
    );
    await ignoring('session-ended', removal); // the node went with it
  }

  async #find(): Promise<string | undefined> {
    if (!this.#wasTried) return undefined;
    const { client, parent } = this.#options;
    let names: readonly string[] = [];
    await ignoring(
      'no-node',
      client.children(parent).then((found) => (names = found)),
    );
    const name = names.find((each) => each.startsWith(this.#prefix));
    return name === undefined ? undefined : `${parent}/${name}`;
  }
}
