import { GatewayError } from '../../core/errors.ts';
import type { LaunchLock } from '../discovery.ts';
import type { DiscoveryLog } from '../discovery-log.ts';
import type { BackgroundWork } from './background-work.ts';
import type { NodeWatches } from './node-watches.ts';
import type { ProtectedNode } from './protected-node.ts';
import type { Watcher, ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith } from './zookeeper-failure.ts';
import { noLimitMs, type ZooKeeperSession } from './zookeeper-session.ts';

export interface HeldLockOptions {
  readonly session: ZooKeeperSession;
  readonly watches: NodeWatches;
  readonly background: BackgroundWork;
  readonly log: DiscoveryLog;
}

/** In an outage the rest is left to the background. */
const releaseLimitMs = 2_000;

/** A lease that stands for the lock, in the ZooKeeper session that it was taken in. */
export class HeldLock implements LaunchLock {
  readonly client: ZooKeeperClient;
  readonly #lease: ProtectedNode;
  readonly #options: HeldLockOptions;
  readonly #lost = new AbortController();
  readonly #forget: (() => void)[] = [];
  #isReleased = false;

  constructor(client: ZooKeeperClient, lease: ProtectedNode, options: HeldLockOptions) {
    this.client = client;
    this.#lease = lease;
    this.#options = options;
    const { session, watches, background } = options;
    if (!session.isCurrent(client)) this.#lose('its ZooKeeper session has ended');
    this.#forget.push(
      session.onEvent((event) => {
        if (event === 'ended') this.#lose('its ZooKeeper session has ended');
        if (event === 'doubtful') this.#lose('ZooKeeper has not answered for too long');
      }),
      watches.listen(lease.path, () => background.run('look at a lease', () => this.#look())),
    );
    background.run('watch on a lease', () => this.#look());
  }

  get leasePath(): string {
    return this.#lease.path;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    this.#stopWatching();
    const { log } = this.#options;
    try {
      await this.#lease.remove(releaseLimitMs);
    } catch (err) {
      log.warn({ err, lease: this.leasePath }, 'lock not released yet');
      this.#lease.removeEventually();
    }
  }

  /** Somebody may have taken the lease away. */
  async #look(): Promise<void> {
    const { session, watches } = this.#options;
    const { client, leasePath: path } = this;
    if (this.#isReleased) return;
    try {
      const options = { on: client, limitMs: noLimitMs };
      const look = (watcher: Watcher): Promise<unknown> => client.content(path, watcher);
      await session.retry(() => watches.arm('node', path, look), options);
    } catch (failure) {
      if (failedWith(failure, 'no-node')) this.#lose('its lease was taken away');
      else throw failure;
    }
  }

  #lose(why: string): void {
    if (this.#isReleased) return;
    this.#stopWatching();
    this.#lost.abort(new GatewayError('LOCK_TIMEOUT', `the lock was lost: ${why}`));
  }

  #stopWatching(): void {
    for (const forget of this.#forget.splice(0)) forget();
  }
}
