import type { ACL, Client, Event, Transaction } from 'node-zookeeper-client';
import { createClient, CreateMode, type Stat } from 'node-zookeeper-client';
import type { Clock } from '../../core/clock.ts';
import type { DiscoveryLog } from '../discovery-log.ts';
import { aclsOf, type ZooKeeperAuth } from './access.ts';
import {
  type ConnectionEvents,
  type ConnectionTls,
  RepairedConnection,
} from './connection-repairs.ts';
import { withinLimit } from '../../core/time-limit.ts';
import { toZooKeeperFailure, ZooKeeperFailure } from './zookeeper-failure.ts';

export type NodeMode = 'persistent' | 'ephemeral-sequential';
export type Watcher = (event: Event) => void;

export interface NodeFacts {
  readonly version: number;
  /** Id of the session that the node goes with; zeros for a persistent one. */
  readonly owner: string;
}

export interface NodeContent extends NodeFacts {
  readonly data: Buffer;
}

export interface ZooKeeperClientOptions {
  readonly addresses: string;
  readonly sessionTimeoutMs: number;
  readonly auth: ZooKeeperAuth;
  /** Undefined for plain connections. */
  readonly tls?: ConnectionTls | undefined;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
}

const modes: Record<NodeMode, number> = {
  persistent: CreateMode.PERSISTENT,
  'ephemeral-sequential': CreateMode.EPHEMERAL_SEQUENTIAL,
};

const closeLimitMs = 2_000;

/**
 * One ZooKeeper session from its first connection to its end, over any number of connections. A request is sent at once or
 * not at all, is answered within a limit, and what is not answered takes its connection with it: so nothing that was given
 * up is carried out behind our back once another request has been answered.
 */
export class ZooKeeperClient {
  readonly #client: Client;
  readonly #connection: RepairedConnection;
  readonly #acls: ACL[];
  readonly #clock: Clock;
  readonly #closed = Promise.withResolvers<void>();

  constructor(options: ZooKeeperClientOptions, events: Omit<ConnectionEvents, 'closed'>) {
    this.#acls = aclsOf(options.auth);
    this.#clock = options.clock;
    this.#client = createClient(options.addresses, { sessionTimeout: options.sessionTimeoutMs });
    this.#connection = new RepairedConnection(
      this.#client,
      { ...events, closed: () => this.#closed.resolve() },
      options.tls,
    );
    if (options.auth.type === 'digest') {
      this.#client.addAuthInfo('digest', Buffer.from(options.auth.digest));
    }
  }

  get isConnected(): boolean {
    return this.#connection.isConnected;
  }

  get sessionTimeoutMs(): number {
    return this.#connection.sessionTimeoutMs;
  }

  get refusedHandshakes(): number {
    return this.#connection.refusedHandshakes;
  }

  get sessionId(): string {
    return this.#client.getSessionId().toString('hex');
  }

  connect(): void {
    this.#client.connect();
  }

  dropConnection(): void {
    this.#connection.drop();
  }

  abandon(): void {
    this.#connection.abandon();
  }

  /** Ends the session, so that its nodes go at once; without a connection it is left to expire. */
  async close(): Promise<void> {
    if (this.isConnected) {
      this.#client.close();
      const late = (): Error => new Error('closing the session took too long');
      const limit = { clock: this.#clock, ms: closeLimitMs, late };
      await withinLimit(this.#closed.promise, limit).catch(() => {}); // left to expire then
    }
    this.#connection.abandon();
  }

  children(path: string, watcher?: Watcher): Promise<readonly string[]> {
    return this.#ask(`children of ${path}`, (done) => {
      if (watcher === undefined) this.#client.getChildren(path, done);
      else this.#client.getChildren(path, watcher, done);
    });
  }

  /** Sets the watcher only where there is a node. */
  content(path: string, watcher?: Watcher): Promise<NodeContent> {
    return this.#ask(`data of ${path}`, (done) => {
      const give = (failure: unknown, data: Buffer | undefined, stat: Stat): void => {
        if (failure) done(failure);
        else done(null, { ...factsOf(stat), data: data ?? Buffer.alloc(0) });
      };
      if (watcher === undefined) this.#client.getData(path, give);
      else this.#client.getData(path, watcher, give);
    });
  }

  /** Sets the watcher whether there is a node or not, even where its parents are missing. */
  exists(path: string, watcher?: Watcher): Promise<NodeFacts | undefined> {
    return this.#ask(`existence of ${path}`, (done) => {
      const give = (failure: unknown, stat: Stat | null): void => {
        if (failure) done(failure);
        else done(null, stat ? factsOf(stat) : undefined);
      };
      if (watcher === undefined) this.#client.exists(path, give);
      else this.#client.exists(path, watcher, give);
    });
  }

  /** Gives the path as it was created, with its number for a sequential node. */
  create(path: string, data: Buffer, mode: NodeMode): Promise<string> {
    return this.#ask(`creation of ${path}`, (done) => {
      this.#client.create(path, data, this.#acls, modes[mode], done);
    });
  }

  setData(path: string, data: Buffer, version: number): Promise<NodeFacts> {
    return this.#ask(`change of ${path}`, (done) => {
      this.#client.setData(path, data, version, (failure, stat) => {
        if (failure) done(failure);
        else done(null, factsOf(stat));
      });
    });
  }

  /** -1 is any version. */
  remove(path: string, version: number): Promise<void> {
    return this.#ask(`removal of ${path}`, (done) => this.#client.remove(path, version, done));
  }

  /** Writes a node if another one exists, as one step. `expected` is the version to replace, undefined to create. */
  writeWhile(
    guard: string,
    path: string,
    data: Buffer,
    expected: number | undefined,
  ): Promise<void> {
    return this.#ask(`change of ${path} under ${guard}`, (done) => {
      const transaction = this.#client.transaction().check(guard);
      if (expected === undefined) {
        transaction.create(path, data, this.#acls, CreateMode.PERSISTENT).commit(done);
      } else {
        transaction.setData(path, data, expected);
        expectVersion(transaction, expected);
        transaction.commit(done);
      }
    });
  }

  async #ask<T>(
    what: string,
    send: (done: (failure: unknown, result?: T) => void) => void,
  ): Promise<T> {
    if (!this.isConnected) {
      throw new ZooKeeperFailure('connection-lost', `${what}: there is no connection`);
    }
    const answer = new Promise<T>((resolve, reject) => {
      send((failure, result) => {
        if (failure) reject(toZooKeeperFailure(what, failure));
        else resolve(result as T); // the client gives a result whenever it gives no failure
      });
    }).catch((failure: unknown) => {
      throw toZooKeeperFailure(what, failure);
    });
    const ms = this.sessionTimeoutMs;
    const late = (): Error => {
      this.dropConnection();
      return new ZooKeeperFailure('connection-lost', `${what}: no answer within ${ms} ms`);
    };
    return withinLimit(answer, { clock: this.#clock, ms, late });
  }
}

function factsOf(stat: Stat): NodeFacts {
  return { version: stat.version, owner: stat.ephemeralOwner.toString('hex') };
}

/** The client's transactions take version 0 for "any": it has to be put in behind their back. */
function expectVersion(transaction: Transaction, version: number): void {
  const { ops } = transaction as unknown as { ops: { version?: number }[] };
  const last = ops.at(-1);
  if (last === undefined) throw new Error('a transaction without operations');
  last.version = version;
}
