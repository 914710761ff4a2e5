import type { Watcher } from './zookeeper-client.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';

/** `node`: creation, change and removal of the node itself. */
export type WatchKind = 'children' | 'node';

interface Watch {
  isArmed: boolean;
  readonly watcher: Watcher;
}

/**
 * Passes watch events on to who listens for a path. Every listener is also woken, without need perhaps, by each new
 * connection and by the end of a session: watches go with their connection, and who wants one sets it again. The client gets one function for a path
 * and kind however often a watch is set, as it would call and keep each of many.
 */
export class NodeWatches {
  readonly #set: Record<WatchKind, Map<string, Watch>> = { children: new Map(), node: new Map() };
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(session: ZooKeeperSession) {
    session.onEvent((event) => {
      if (event !== 'connected') for (const set of Object.values(this.#set)) set.clear();
      if (event === 'ended' || event === 'connected') {
        for (const path of [...this.#listeners.keys()]) this.#tell(path);
      }
    });
  }

  isArmed(kind: WatchKind, path: string): boolean {
    return this.#set[kind].get(path)?.isArmed ?? false;
  }

  /** Sends a request that sets a watch when it succeeds. */
  async arm<T>(
    kind: WatchKind,
    path: string,
    request: (watcher: Watcher) => Promise<T>,
  ): Promise<T> {
    const watch = this.#set[kind].get(path) ?? this.#newWatch(kind, path);
    this.#set[kind].set(path, watch);
    try {
      const result = await request(watch.watcher);
      watch.isArmed = true; // unless it has fired meanwhile: then it is no longer in the map
      return result;
    } catch (failure) {
      if (!watch.isArmed && this.#set[kind].get(path) === watch) this.#set[kind].delete(path);
      throw failure;
    }
  }

  listen(path: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(path) ?? new Set();
    this.#listeners.set(path, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(path) === listeners) {
        this.#listeners.delete(path);
      }
    };
  }

  /** Listens from now on; the promise rejects with the signal. */
  next(path: string, signal: AbortSignal): { readonly event: Promise<void>; cancel(): void } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason as Error);
    const forget = this.listen(path, resolve);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    promise.catch(() => {}); // heard by whoever awaits it; nobody may
    const cancel = (): void => {
      forget();
      signal.removeEventListener('abort', onAbort);
    };
    return { event: promise, cancel };
  }

  #newWatch(kind: WatchKind, path: string): Watch {
    const watch: Watch = {
      isArmed: false,
      watcher: () => {
        if (this.#set[kind].get(path) === watch) this.#set[kind].delete(path);
        this.#tell(path);
      },
    };
    return watch;
  }

  #tell(path: string): void {
    for (const listener of [...(this.#listeners.get(path) ?? [])]) listener();
  }
}
