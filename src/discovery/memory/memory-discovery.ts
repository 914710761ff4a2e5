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
import { enginesOf } from '../engine-node.ts';
import { spacePaths } from '../space-paths.ts';
import { MemoryLock } from './memory-lock.ts';
import { MemoryRegistration } from './memory-registration.ts';
import type { MemoryStore, StoreSession } from './memory-store.ts';

export interface MemoryDiscoveryOptions {
  readonly store: MemoryStore;
  readonly clock: Clock;
}

/** One gateway's view of a shared store. Its session can be ended by the store, and it then goes on with a new one. */
export class MemoryDiscovery implements Discovery {
  readonly #store: MemoryStore;
  readonly #clock: Clock;
  readonly #copies = new Map<string, readonly EngineNode[]>();
  readonly #registrations = new Set<MemoryRegistration>();
  #session: StoreSession;
  #forget = (): void => {};
  #isStopped = false;

  constructor({ store, clock }: MemoryDiscoveryOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#session = store.newSession();
  }

  /** For a test that ends it. */
  get session(): StoreSession {
    return this.#session;
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#ask(() => {
      signal.throwIfAborted();
      this.#forget = this.#store.onSessionEnd((session) => {
        if (session !== this.#session || this.#isStopped) return;
        this.#session = this.#store.newSession();
        for (const registration of this.#registrations) registration.register(this.#session);
      });
    });
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#forget();
    for (const registration of this.#registrations) registration.forget();
    this.#store.endSession(this.#session);
    return Promise.resolve();
  }

  engines(
    space: string,
    options: { readonly fresh?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<readonly EngineNode[]> {
    const copy = this.#copies.get(space);
    if (!this.#store.isAvailable && copy !== undefined && options.fresh !== true) {
      return Promise.resolve(copy);
    }
    return this.#ask(() => {
      options.signal?.throwIfAborted();
      const found = enginesOf((this.#store.children(space) ?? []).map(({ name }) => name));
      this.#copies.set(space, found);
      return found;
    });
  }

  changed(paths: EngineSpacePaths, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        for (const forget of forgets) forget();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const onChange = (): void => settle(resolve);
      const forgets = [
        this.#store.listen(paths.space, onChange),
        this.#store.listen(paths.intent, onChange),
        this.#store.onSessionEnd(onChange),
      ];
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  deregisterEngine(space: string, nodeName: string): Promise<void> {
    return this.#ask(() => this.#store.removeNode(space, nodeName));
  }

  async lock(path: string, timeoutMs: number, signal: AbortSignal): Promise<LaunchLock> {
    const limit = new AbortController();
    const over = new GatewayError(
      'LOCK_TIMEOUT',
      `the lock on ${path} was not free within ${timeoutMs} ms`,
    );
    const forward = (): void => limit.abort(signal.reason);
    signal.addEventListener('abort', forward, { once: true });
    if (signal.aborted) forward();
    const stopTimer = new AbortController();
    void this.#clock.sleep(timeoutMs, stopTimer.signal).then(
      () => limit.abort(over),
      () => {}, // the lock came before it
    );
    try {
      for (;;) {
        limit.signal.throwIfAborted();
        const { lockOwners, isAvailable } = this.#store;
        if (isAvailable && !lockOwners.has(path)) {
          return new MemoryLock(this.#store, path, this.#session);
        }
        await this.#lockMayBeFree(path, limit.signal);
      }
    } finally {
      stopTimer.abort();
      signal.removeEventListener('abort', forward);
    }
  }

  readIntent(path: string): Promise<IntentRecord | undefined> {
    return this.#ask(() => this.#store.intents.get(path));
  }

  writeIntent(
    path: string,
    intent: LaunchIntent,
    expected: number | undefined,
    lock: LaunchLock,
  ): Promise<IntentRecord> {
    return this.#ask(() => {
      const isHeld = lock instanceof MemoryLock && lock.isHeld;
      if (!isHeld || this.#store.intents.get(path)?.version !== expected) {
        throw new GatewayError('LOCK_TIMEOUT', `the launch intent at ${path} was not written`);
      }
      const record = { intent, version: expected === undefined ? 0 : expected + 1 };
      this.#store.intents.set(path, record);
      this.#store.tell(path);
      return record;
    });
  }

  createIntent(path: string, intent: LaunchIntent): Promise<void> {
    return this.#ask(() => {
      if (this.#store.intents.has(path)) throw new GatewayError('LOCK_TIMEOUT', `${path} is taken`);
      this.#store.intents.set(path, { intent, version: 0 });
      this.#store.tell(path);
    });
  }

  noteJob(path: string, tag: string, jobRef: string): Promise<void> {
    return this.#ask(() => {
      const found = this.#store.intents.get(path);
      if (found?.intent.tag !== tag) return;
      const { intent, version } = found;
      this.#store.intents.set(path, { intent: { ...intent, jobRef }, version: version + 1 });
    });
  }

  survey(root: string): Promise<EngineSurvey> {
    return this.#ask(() => {
      const below = (tree: string, path: string): EngineSpacePaths =>
        spacePaths(root, path.slice(tree.length + 1));
      const intents = [...this.#store.intents]
        .filter(([path]) => path.startsWith(`${root}_intent/`))
        .map(([path, { intent }]) => ({ paths: below(`${root}_intent`, path), intent }));
      const engines = this.#store
        .parents()
        .filter((path) => path.startsWith(`${root}/`))
        .flatMap((path) =>
          enginesOf((this.#store.children(path) ?? []).map(({ name }) => name)).map((node) => ({
            paths: below(root, path),
            node,
          })),
        );
      const notes = `${root}_draining/`;
      const draining = this.#store
        .parents()
        .filter((path) => path.startsWith(notes))
        .flatMap((path) =>
          (this.#store.children(path) ?? []).map(({ name }) => ({
            place: path.slice(notes.length),
            tag: name,
          })),
        );
      return { intents, engines, draining };
    });
  }

  forgetDraining(root: string, place: string, tag: string): Promise<void> {
    return this.#ask(() => this.#store.removeNode(`${root}_draining/${place}`, tag));
  }

  removeIntent(path: string, tag: string): Promise<void> {
    return this.#ask(() => {
      if (this.#store.intents.get(path)?.intent.tag !== tag) return;
      this.#store.intents.delete(path);
      this.#store.tell(path);
    });
  }

  nextCount(path: string): Promise<number> {
    return this.#ask(() => {
      const value = this.#store.counters.get(path) ?? 0;
      this.#store.counters.set(path, value === 0x7fff_ffff ? 0 : value + 1);
      return value;
    });
  }

  noteNames(folder: string): Promise<readonly string[]> {
    return this.#ask(() => [
      ...new Set(
        [...this.#store.texts.keys()]
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1).replace(/\/.*$/, '')),
      ),
    ]);
  }

  readNote(path: string): Promise<string | undefined> {
    return this.#ask(() => this.#store.texts.get(path));
  }

  writeNote(path: string, text: string): Promise<void> {
    return this.#ask(() => void this.#store.texts.set(path, text));
  }

  removeNote(path: string): Promise<void> {
    return this.#ask(() => void this.#store.texts.delete(path));
  }

  sharedText(path: string, proposal: string): Promise<string> {
    return this.#ask(() => {
      const text = this.#store.texts.get(path) ?? proposal;
      this.#store.texts.set(path, text);
      return text;
    });
  }

  registerServer(namespace: string, server: ServerNode): Promise<ServerRegistration> {
    return this.#ask(() => {
      const path = namespace.startsWith('/') ? namespace : `/${namespace}`;
      const registration = new MemoryRegistration(this.#store, path, server);
      registration.register(this.#session);
      this.#registrations.add(registration);
      return registration;
    });
  }

  servers(namespace: string): Promise<readonly EngineNode[]> {
    const path = namespace.startsWith('/') ? namespace : `/${namespace}`;
    return this.#ask(() => enginesOf((this.#store.children(path) ?? []).map(({ name }) => name)));
  }

  removeSpace(paths: EngineSpacePaths): Promise<void> {
    return this.#ask(() => {
      if ((this.#store.children(paths.space)?.length ?? 0) > 0) return;
      this.#store.removeParent(paths.space);
      this.#store.intents.delete(paths.intent);
      this.#store.tell(paths.intent);
    });
  }

  async #ask<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#isStopped) {
      throw new GatewayError('SHUTTING_DOWN', 'service discovery is being closed');
    }
    if (!this.#store.isAvailable) {
      throw new GatewayError('DISCOVERY_UNAVAILABLE', 'the store gives no answer');
    }
    return work();
  }

  #lockMayBeFree(path: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        for (const forget of forgets) forget();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const onChange = (): void => settle(resolve);
      const forgets = [this.#store.listen(path, onChange), this.#store.onAvailability(onChange)];
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
