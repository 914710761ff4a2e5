import { createClient, CreateMode, Exception, type Client } from 'node-zookeeper-client';
import { z } from 'zod';
import { FakeHs2Server } from './fake-hs2-server.ts';
import type { KubernetesCluster } from './kubernetes/kubernetes.ts';
import type { Pod } from './kubernetes/pod.ts';
import { secrets } from './kubernetes/resources.ts';

export interface PretendedEnginesOptions {
  /** `host:port` of the ZooKeeper in which engines and gateways meet. */
  readonly zooKeeper: string;
  /** In which the pods run: each finds its settings in its own secret. */
  readonly kubernetes: () => KubernetesCluster;
  readonly sessionTimeoutMs?: number;
}

/** What became of a pod that wanted to be an engine. */
export type Registration = 'registered' | 'fenced' | 'failed';

/**
 * Engines for pods whose commands are not run: each registers as the real one does, by its secret's settings and only while its
 * intent names it, and all of them are one server that lets everybody in and knows one statement.
 */
export class PretendedEngines {
  /** Pods by the tags of their launches. */
  readonly registrations = new Map<string, Registration>();
  readonly server: FakeHs2Server;
  readonly #options: PretendedEnginesOptions;
  readonly #zooKeeper: Client;

  static async start(options: PretendedEnginesOptions): Promise<PretendedEngines> {
    const server = await FakeHs2Server.start({
      statements: {
        [pretendedStatement]: {
          columns: [['one', 3]],
          batches: [[{ i32Val: { values: [1], nulls: Buffer.alloc(0) } }]],
        },
      },
    });
    const zooKeeper = createClient(options.zooKeeper, {
      sessionTimeout: options.sessionTimeoutMs ?? 60_000,
    });
    const connected = new Promise<void>((resolve) => zooKeeper.once('connected', resolve));
    zooKeeper.connect();
    await connected;
    return new PretendedEngines(options, server, zooKeeper);
  }

  private constructor(options: PretendedEnginesOptions, server: FakeHs2Server, zooKeeper: Client) {
    this.#options = options;
    this.server = server;
    this.#zooKeeper = zooKeeper;
  }

  /** To be called when a pod's containers have come up. A pod that is no engine's is left alone. */
  async register(pod: Pod): Promise<void> {
    const tag = pod.metadata.labels?.['torii.io/tag'];
    if (tag === undefined) return;
    const { name, namespace } = pod.metadata;
    const kubernetes = this.#options.kubernetes();
    const outcome = await this.#register(pod, tag).catch((failure: unknown): Registration => {
      kubernetes.print(name, `ERROR not registered: ${String(failure)}`, undefined, namespace);
      return 'failed';
    });
    this.registrations.set(tag, outcome);
    // The real one ends when its place has been taken.
    if (outcome !== 'registered') kubernetes.finish(name, 1, undefined, namespace);
  }

  count(outcome: Registration): number {
    return [...this.registrations.values()].filter((each) => each === outcome).length;
  }

  async stop(): Promise<void> {
    this.#zooKeeper.close();
    await this.server.stop();
  }

  async #register(pod: Pod, tag: string): Promise<Registration> {
    const settings = this.#settingsOf(pod);
    const space = required(settings, 'kyuubi.ha.namespace');
    const intentPath = required(settings, 'torii.engine.intent.path');
    const revision = settings.get('spark.torii.engine.revision');
    const address = this.server.url;
    const more = revision === undefined ? '' : `;revision=${revision}`;
    const node = `${space}/serverUri=${address};version=0;refId=${tag}${more};sequence=`;
    await this.#makeSpace(space);
    for (;;) {
      const found = await this.#intent(intentPath);
      if (found?.content['tag'] !== tag) return 'fenced';
      const content = { ...found.content, state: 'registered', engine: address };
      const transaction = this.#zooKeeper
        .transaction()
        .setData(intentPath, Buffer.from(JSON.stringify(content)), found.version)
        .create(node, Buffer.from(address), undefined, CreateMode.EPHEMERAL_SEQUENTIAL);
      const failure = await new Promise<unknown>((resolve) => transaction.commit(resolve));
      if (!failure) return 'registered';
      // The gateway wrote in between: what stands there now decides.
      if (!(failure instanceof Exception) || failure.getCode() !== Exception.BAD_VERSION)
        throw asError(failure);
    }
  }

  #settingsOf({ metadata }: Pod): ReadonlyMap<string, string> {
    const { store } = this.#options.kubernetes().api;
    const secret = secretSchema.parse(store.get(secrets, metadata.namespace, metadata.name));
    const text = Buffer.from(secret.data['spark.properties'], 'base64').toString('utf8');
    return propertiesOf(text);
  }

  async #makeSpace(space: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#zooKeeper.mkdirp(space, (failure) => (failure ? reject(asError(failure)) : resolve()));
    });
  }

  #intent(path: string): Promise<{ content: IntentContent; version: number } | undefined> {
    return new Promise((resolve, reject) => {
      this.#zooKeeper.getData(path, (failure, data, stat) => {
        if (failure instanceof Exception && failure.getCode() === Exception.NO_NODE)
          resolve(undefined);
        else if (failure) reject(asError(failure));
        else {
          const content = intentSchema.parse(JSON.parse(data.toString('utf8')));
          resolve({ content, version: stat.version });
        }
      });
    });
  }
}

/** The statement that they answer, with one row. */
export const pretendedStatement = 'select 1';

const secretSchema = z.object({ data: z.object({ 'spark.properties': z.string() }) });
const intentSchema = z.looseObject({ tag: z.string() });
type IntentContent = z.infer<typeof intentSchema>;

/** Java's properties syntax, as far as the gateway writes it. */
function propertiesOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const parts = /^((?:[^\\=]|\\.)*)=(.*)$/.exec(line);
      return parts === null ? [] : [[unescaped(parts[1]), unescaped(parts[2])]];
    }),
  );
}

function unescaped(text = ''): string {
  return text.replaceAll(/\\(?:u([0-9a-f]{4})|(.))/g, (_, code: string | undefined, one: string) =>
    code === undefined ? one : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function required(settings: ReadonlyMap<string, string>, key: string): string {
  const value = settings.get(`spark.${key}`);
  if (value === undefined) throw new Error(`the engine was not told its ${key}`);
  return value;
}

function asError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error('ZooKeeper refused it', { cause: failure });
}
