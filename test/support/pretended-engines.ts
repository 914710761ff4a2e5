import { createClient, CreateMode, Exception, type Client } from 'node-zookeeper-client';
import { z } from 'zod';
import { FakeHs2Server } from './fake-hs2-server.ts';

export interface PretendedEnginesOptions {
  /** `host:port` of the ZooKeeper in which engines and gateways meet. */
  readonly zooKeeper: string;
  readonly sessionTimeoutMs?: number;
}

/** A pod, job run or step whose command is not run. */
export interface PretendedJob {
  /** Of its launch. */
  readonly tag: string;
  /** All that its engine would see, secrets included; throws where it would see nothing. */
  readonly settings: () => ReadonlyMap<string, string>;
  /** Its engine ends: its place has been taken, or why it could not register. */
  readonly end: (why: string) => void;
}

/** What became of a job that wanted to be an engine. */
export type Registration = 'registered' | 'fenced' | 'failed';

/**
 * Engines for jobs whose commands are not run: each registers as the real one does, by its settings and only while its intent
 * names it, and all of them are one server that lets everybody in and knows one statement.
 */
export class PretendedEngines {
  /** By the tags of their launches. */
  readonly registrations = new Map<string, Registration>();
  readonly server: FakeHs2Server;
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
    return new PretendedEngines(server, zooKeeper);
  }

  private constructor(server: FakeHs2Server, zooKeeper: Client) {
    this.server = server;
    this.#zooKeeper = zooKeeper;
  }

  /** To be called when a job has come to run. */
  async register(job: PretendedJob): Promise<void> {
    let why = 'another engine has its place';
    const outcome = await this.#register(job).catch((failure: unknown): Registration => {
      why = `ERROR not registered: ${String(failure)}`;
      return 'failed';
    });
    this.registrations.set(job.tag, outcome);
    if (outcome !== 'registered') job.end(why);
  }

  count(outcome: Registration): number {
    return [...this.registrations.values()].filter((each) => each === outcome).length;
  }

  async stop(): Promise<void> {
    this.#zooKeeper.close();
    await this.server.stop();
  }

  async #register({ tag, settings: read }: PretendedJob): Promise<Registration> {
    const settings = read();
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

const intentSchema = z.looseObject({ tag: z.string() });
type IntentContent = z.infer<typeof intentSchema>;

/** Java's properties syntax, as far as the gateway writes it. */
export function propertiesOf(text: string): ReadonlyMap<string, string> {
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
