import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { HeldLock, type HeldLockOptions } from './held-lock.ts';
import { lockTurn } from './lock-queue.ts';
import { ProtectedNode } from './protected-node.ts';
import { withinLimit } from '../../core/time-limit.ts';
import { listWatched } from './watched-children.ts';
import type { Watcher, ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith } from './zookeeper-failure.ts';
import { noLimitMs } from './zookeeper-session.ts';

export interface LaunchLocksOptions extends HeldLockOptions {
  readonly clock: Clock;
  /** Told to others that look at who holds the lock. */
  readonly leaseData: Buffer;
}

/**
 * Curator's InterProcessSemaphoreMutex: a queue below `locks`, whose first may put a lease below `leases` and holds the
 * lock as long as that lease is there and is the only one.
 */
export class LaunchLocks {
  readonly #options: LaunchLocksOptions;

  constructor(options: LaunchLocksOptions) {
    this.#options = options;
  }

  async acquire(path: string, timeoutMs: number, signal: AbortSignal): Promise<HeldLock> {
    const over = new AbortController();
    const work = this.#acquire(path, over.signal);
    const late = (): Error =>
      new GatewayError('LOCK_TIMEOUT', `the lock on ${path} was not free within ${timeoutMs} ms`, {
        hint: 'Another session may be starting the engine: try again when it is up.',
      });
    try {
      return await withinLimit(work, { clock: this.#options.clock, ms: timeoutMs, signal, late });
    } catch (failure) {
      over.abort(failure);
      this.#options.background.run(`lock on ${path} given up`, async () => {
        const lock = await work.catch(() => undefined);
        await lock?.release(); // it came in the very moment
      });
      throw failure;
    }
  }

  async #acquire(path: string, signal: AbortSignal): Promise<HeldLock> {
    for (;;) {
      const client = await this.#options.session.client({ signal, limitMs: noLimitMs });
      try {
        const lock = await this.#acquireOn(client, path, signal);
        if (lock !== undefined) return lock;
      } catch (failure) {
        if (!failedWith(failure, 'session-ended')) throw failure;
      }
    }
  }

  /** Gives undefined when somebody took our nodes away, so that it has to begin anew. */
  async #acquireOn(
    client: ZooKeeperClient,
    path: string,
    signal: AbortSignal,
  ): Promise<HeldLock | undefined> {
    const { session, background, leaseData: data } = this.#options;
    const nodeOf = (parent: string, baseName: string): ProtectedNode =>
      new ProtectedNode({
        session,
        background,
        client,
        parent: `${path}/${parent}`,
        baseName,
        data,
      });
    const place = nodeOf('locks', 'lock-');
    const lease = nodeOf('leases', 'lease-');
    let lock: HeldLock | undefined;
    try {
      await place.create(signal);
      if (!(await this.#ourTurn(client, `${path}/locks`, place.name, signal))) return undefined;
      await lease.create(signal);
      if (!(await this.#onlyLease(client, `${path}/leases`, lease.name, signal))) return undefined;
      lock = new HeldLock(client, lease, this.#options);
      return lock;
    } finally {
      place.removeEventually();
      if (lock === undefined) lease.removeEventually();
    }
  }

  async #ourTurn(
    client: ZooKeeperClient,
    locks: string,
    name: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { session, watches } = this.#options;
    const options = { on: client, signal, limitMs: noLimitMs };
    for (;;) {
      const turn = lockTurn(await session.retry(() => client.children(locks), options), name);
      if (turn.kind !== 'behind') return turn.kind === 'first';
      const before = `${locks}/${turn.name}`;
      const next = watches.next(before, signal);
      try {
        const look = (watcher: Watcher): Promise<unknown> => client.content(before, watcher);
        await session.retry(() => watches.arm('node', before, look), options);
        await next.event;
      } catch (failure) {
        if (!failedWith(failure, 'no-node')) throw failure;
      } finally {
        next.cancel();
      }
    }
  }

  async #onlyLease(
    client: ZooKeeperClient,
    leases: string,
    name: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { session, watches } = this.#options;
    const options = { on: client, signal, limitMs: noLimitMs };
    for (;;) {
      const next = watches.next(leases, signal);
      try {
        const names = await session.retry(() => listWatched(watches, client, leases), options);
        if (!names.includes(name)) return false;
        if (names.length === 1) return true;
        await next.event;
      } finally {
        next.cancel();
      }
    }
  }
}
