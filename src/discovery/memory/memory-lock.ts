import { GatewayError } from '../../core/errors.ts';
import type { LaunchLock } from '../discovery.ts';
import type { MemoryStore, StoreSession } from './memory-store.ts';

/** Taken by being made. */
export class MemoryLock implements LaunchLock {
  readonly session: StoreSession;
  readonly #store: MemoryStore;
  readonly #path: string;
  readonly #lost = new AbortController();
  readonly #forget: () => void;

  constructor(store: MemoryStore, path: string, session: StoreSession) {
    this.#store = store;
    this.#path = path;
    this.session = session;
    store.lockOwners.set(path, this);
    this.#forget = store.onSessionEnd((ended) => {
      if (ended !== session) return;
      this.#forget();
      this.#lost.abort(
        new GatewayError('LOCK_TIMEOUT', 'the lock was lost: its session has ended'),
      );
    });
  }

  get isHeld(): boolean {
    return this.#store.lockOwners.get(this.#path) === this;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  release(): Promise<void> {
    this.#forget();
    this.#store.unlock(this.#path, this);
    return Promise.resolve();
  }
}
