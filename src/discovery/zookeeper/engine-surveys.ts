import type { EngineSpacePaths, EngineSurvey } from '../discovery.ts';
import { enginesOf } from '../engine-node.ts';
import { parseIntent } from '../intent-json.ts';
import { spacePaths } from '../space-paths.ts';
import type { ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith } from './zookeeper-failure.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';

/** Nodes that are asked for at once: a store that serves others, too, is not to be flooded. */
const asksAtOnce = 64;

/** Reads a share level's trees whole. */
export class EngineSurveys {
  readonly #session: ZooKeeperSession;

  constructor(session: ZooKeeperSession) {
    this.#session = session;
  }

  async read(root: string): Promise<EngineSurvey> {
    // Engines first: one that registers in between is then found by its intent.
    const spaces = await this.#tails(root);
    const engines = await inBatches(spaces, async (tail) => {
      const paths = spacePaths(root, tail);
      return enginesOf(await this.#children(paths.space)).map((node) => ({ paths, node }));
    });
    const intents = await inBatches(await this.#tails(`${root}_intent`), async (tail) => {
      const paths = spacePaths(root, tail);
      const intent = await this.#intent(paths);
      return intent === undefined ? [] : [{ paths, intent }];
    });
    const draining = (await this.#tails(`${root}_draining`)).map((tail) => {
      const [place = '', tag = ''] = tail.split('/');
      return { place, tag };
    });
    return { engines, intents, draining };
  }

  /** `<user>/<leaf>` of all that stands two levels below. */
  async #tails(tree: string): Promise<readonly string[]> {
    return inBatches(await this.#children(tree), async (user) => {
      const leaves = await this.#children(`${tree}/${user}`);
      return leaves.map((leaf) => `${user}/${leaf}`);
    });
  }

  #children(path: string): Promise<readonly string[]> {
    return this.#session.retry((client) => orNothing([], () => client.children(path)));
  }

  async #intent({
    intent: path,
  }: EngineSpacePaths): Promise<ReturnType<typeof parseIntent> | undefined> {
    const read = (client: ZooKeeperClient): Promise<Buffer | undefined> =>
      orNothing(undefined, async () => (await client.content(path)).data);
    const data = await this.#session.retry(read);
    return data === undefined ? undefined : parseIntent(path, data);
  }
}

async function orNothing<T>(nothing: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    if (failedWith(failure, 'no-node')) return nothing;
    throw failure;
  }
}

async function inBatches<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<readonly R[]>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += asksAtOnce) {
    const batch = await Promise.all(items.slice(at, at + asksAtOnce).map(work));
    results.push(...batch.flat());
  }
  return results;
}
