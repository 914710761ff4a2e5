import { withParents } from './persistent-nodes.ts';
import { failedWith, ignoring } from './zookeeper-failure.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';

const anyVersion = -1;

/** Texts that outlive the gateway that wrote them, each in a node of its own. */
export class Notes {
  readonly #session: ZooKeeperSession;

  constructor(session: ZooKeeperSession) {
    this.#session = session;
  }

  names(folder: string): Promise<readonly string[]> {
    return this.#session.retry(async (client) => {
      try {
        return await client.children(folder);
      } catch (failure) {
        if (failedWith(failure, 'no-node')) return [];
        throw failure;
      }
    });
  }

  read(path: string): Promise<string | undefined> {
    return this.#session.retry(async (client) => {
      try {
        return (await client.content(path)).data.toString('utf8');
      } catch (failure) {
        if (failedWith(failure, 'no-node')) return undefined;
        throw failure;
      }
    });
  }

  write(path: string, text: string): Promise<void> {
    const data = Buffer.from(text);
    return this.#session.retry(async (client) => {
      for (;;) {
        try {
          await withParents(client, path, () => client.create(path, data, 'persistent'));
          return;
        } catch (failure) {
          if (!failedWith(failure, 'node-exists')) throw failure;
        }
        try {
          await client.setData(path, data, anyVersion);
          return;
        } catch (failure) {
          if (!failedWith(failure, 'no-node')) throw failure; // removed in between: it is made anew
        }
      }
    });
  }

  remove(path: string): Promise<void> {
    return this.#session.retry((client) => ignoring('no-node', client.remove(path, anyVersion)));
  }
}
