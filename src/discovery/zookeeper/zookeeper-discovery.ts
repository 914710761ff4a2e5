import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type {
  Discovery,
  EngineNode,
  EngineSpacePaths,
  EngineSurvey,
  IntentRecord,
  LaunchIntent,
  LaunchLock,
  ServerNode,
  ServerRegistration,
} from '../discovery.ts';
import type { DiscoveryLog } from '../discovery-log.ts';
import { enginesOf } from '../engine-node.ts';
import { checkAddresses, checkAuth, type ZooKeeperAuth } from './access.ts';
import { BackgroundWork } from './background-work.ts';
import type { ConnectionTls } from './connection-repairs.ts';
import { Counters } from './counters.ts';
import { EngineSurveys } from './engine-surveys.ts';
import { LaunchIntents } from './launch-intents.ts';
import { HeldLock } from './held-lock.ts';
import { LaunchLocks } from './launch-locks.ts';
import { Notes } from './notes.ts';
import { NodeWatches } from './node-watches.ts';
import { withParents } from './persistent-nodes.ts';
import { SpaceChanges } from './space-changes.ts';
import { WatchedSpaces } from './watched-spaces.ts';
import { failedWith, ignoring, toUnavailable } from './zookeeper-failure.ts';
import { ZooKeeperRegistration } from './zookeeper-registration.ts';
import { ZooKeeperSession } from './zookeeper-session.ts';

export interface ZooKeeperDiscoveryOptions {
  /** `host:port,host:port`, with a chroot after the last where there is one. */
  readonly addresses: string;
  readonly sessionTimeoutMs: number;
  /** How long a connection may take, and how long a request is tried before it fails. */
  readonly connectionTimeoutMs: number;
  readonly auth: ZooKeeperAuth;
  /** Undefined for plain connections. */
  readonly tls?: ConnectionTls | undefined;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
}

/** Discovery over ZooKeeper, in the paths and recipes of Kyuubi and Curator. */
export class ZooKeeperDiscovery implements Discovery {
  readonly #session: ZooKeeperSession;
  readonly #background: BackgroundWork;
  readonly #spaces: WatchedSpaces;
  readonly #changes: SpaceChanges;
  readonly #locks: LaunchLocks;
  readonly #intents: LaunchIntents;
  readonly #surveys: EngineSurveys;
  readonly #counters: Counters;
  readonly #notes: Notes;
  readonly #registration: (namespace: string, server: ServerNode) => ZooKeeperRegistration;

  constructor(options: ZooKeeperDiscoveryOptions) {
    checkAddresses(options.addresses);
    checkAuth(options.auth);
    const { clock, log } = options;
    const session = new ZooKeeperSession(options);
    const watches = new NodeWatches(session);
    const background = new BackgroundWork(log);
    const parts = { session, watches, background, clock, log };
    this.#session = session;
    this.#background = background;
    this.#spaces = new WatchedSpaces(parts);
    this.#changes = new SpaceChanges(parts);
    this.#locks = new LaunchLocks({ ...parts, leaseData: localAddress() });
    this.#intents = new LaunchIntents(session);
    this.#surveys = new EngineSurveys(session);
    this.#counters = new Counters(session, log);
    this.#notes = new Notes(this.#session);
    this.#registration = (namespace, server) => new ZooKeeperRegistration(parts, namespace, server);
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#session.start(signal);
  }

  async stop(): Promise<void> {
    await this.#session.stop();
    await this.#background.settled();
  }

  engines(
    space: string,
    options: { readonly fresh?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<readonly EngineNode[]> {
    const { fresh = false, signal } = options;
    return answer(fresh ? this.#spaces.fresh(space, signal) : this.#spaces.engines(space, signal));
  }

  changed(paths: EngineSpacePaths, signal: AbortSignal): Promise<void> {
    return this.#changes.next(paths, signal);
  }

  deregisterEngine(space: string, nodeName: string): Promise<void> {
    const path = `${space}/${nodeName}`;
    return answer(this.#session.retry((client) => ignoring('no-node', client.remove(path, -1))));
  }

  lock(path: string, timeoutMs: number, signal: AbortSignal): Promise<LaunchLock> {
    return answer(this.#locks.acquire(path, timeoutMs, signal));
  }

  readIntent(path: string): Promise<IntentRecord | undefined> {
    return answer(this.#intents.read(path));
  }

  async writeIntent(
    path: string,
    intent: LaunchIntent,
    expected: number | undefined,
    lock: LaunchLock,
  ): Promise<IntentRecord> {
    if (!(lock instanceof HeldLock)) throw new GatewayError('INTERNAL', 'a lock of another store');
    return answer(this.#intents.write(path, intent, expected, lock));
  }

  createIntent(path: string, intent: LaunchIntent): Promise<void> {
    return answer(this.#intents.create(path, intent));
  }

  noteJob(path: string, tag: string, jobRef: string): Promise<void> {
    return answer(this.#intents.noteJob(path, tag, jobRef));
  }

  survey(root: string): Promise<EngineSurvey> {
    return answer(this.#surveys.read(root));
  }

  forgetDraining(root: string, place: string, tag: string): Promise<void> {
    return this.deregisterEngine(`${root}_draining/${place}`, tag);
  }

  removeIntent(path: string, tag: string): Promise<void> {
    return answer(this.#intents.remove(path, tag));
  }

  nextCount(path: string): Promise<number> {
    return answer(this.#counters.next(path));
  }

  sharedText(path: string, proposal: string): Promise<string> {
    return answer(
      this.#session.retry(async (client) => {
        const create = (): Promise<unknown> =>
          client.create(path, Buffer.from(proposal), 'persistent');
        await ignoring('node-exists', withParents(client, path, create));
        return (await client.content(path)).data.toString('utf8');
      }),
    );
  }

  noteNames(folder: string): Promise<readonly string[]> {
    return answer(this.#notes.names(folder));
  }

  readNote(path: string): Promise<string | undefined> {
    return answer(this.#notes.read(path));
  }

  writeNote(path: string, text: string): Promise<void> {
    return answer(this.#notes.write(path, text));
  }

  removeNote(path: string): Promise<void> {
    return answer(this.#notes.remove(path));
  }

  async servers(namespace: string): Promise<readonly EngineNode[]> {
    const path = namespace.startsWith('/') ? namespace : `/${namespace}`;
    return enginesOf(await answer(this.#notes.names(path)));
  }

  async registerServer(namespace: string, server: ServerNode): Promise<ServerRegistration> {
    const path = namespace.startsWith('/') ? namespace : `/${namespace}`;
    const registration = this.#registration(path, server);
    await answer(registration.register());
    return registration;
  }

  async removeSpace(paths: EngineSpacePaths): Promise<void> {
    if (!(await this.#removeEmpty(paths.space))) return;
    this.#spaces.drop(paths.space);
    await this.#removeEmpty(paths.intent);
    for (const below of ['/locks', '/leases', '']) await this.#removeEmpty(paths.lock + below);
  }

  /** Says whether the node is gone. */
  async #removeEmpty(path: string): Promise<boolean> {
    try {
      await this.#session.retry((client) => ignoring('no-node', client.remove(path, -1)));
      return true;
    } catch (failure) {
      if (failedWith(failure, 'not-empty')) return false;
      throw toUnavailable(failure);
    }
  }
}

async function answer<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (failure) {
    throw toUnavailable(failure);
  }
}

/** Curator puts the address of who holds a lease into it, as bytes. */
function localAddress(): Buffer {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = addresses.find(({ address, internal }) => !internal && isIPv4(address));
  return Buffer.from((found?.address ?? '127.0.0.1').split('.').map(Number));
}
