import type { LaunchIntent } from '../discovery.ts';

/** One instance's stay in the store: what it holds goes when the session ends. */
export interface StoreSession {
  readonly id: number;
  isAlive: boolean;
}

export interface StoredNode {
  readonly name: string;
  readonly owner: StoreSession | undefined;
  readonly data: string;
}

/** What several `MemoryDiscovery` share, in place of a ZooKeeper; a test plays the engines and the accidents. */
export class MemoryStore {
  readonly #children = new Map<string, StoredNode[]>();
  readonly #sequences = new Map<string, number>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #sessionListeners = new Set<(session: StoreSession) => void>();
  readonly #availabilityListeners = new Set<() => void>();
  readonly intents = new Map<string, { intent: LaunchIntent; version: number }>();
  readonly counters = new Map<string, number>();
  readonly texts = new Map<string, string>();
  readonly lockOwners = new Map<string, { readonly session: StoreSession }>();
  #isAvailable = true;
  #lastSession = 0;

  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  /** An outage: nothing is answered until it is over. */
  setAvailable(isAvailable: boolean): void {
    this.#isAvailable = isAvailable;
    for (const listener of [...this.#availabilityListeners]) listener();
  }

  onAvailability(listener: () => void): () => void {
    this.#availabilityListeners.add(listener);
    return () => this.#availabilityListeners.delete(listener);
  }

  newSession(): StoreSession {
    this.#lastSession += 1;
    return { id: this.#lastSession, isAlive: true };
  }

  endSession(session: StoreSession): void {
    session.isAlive = false;
    for (const [path, lock] of this.lockOwners) {
      if (lock.session === session) this.unlock(path, lock);
    }
    for (const [path, nodes] of this.#children) {
      for (const node of nodes.filter(({ owner }) => owner === session)) {
        this.removeNode(path, node.name);
      }
    }
    for (const listener of [...this.#sessionListeners]) listener(session);
  }

  onSessionEnd(listener: (session: StoreSession) => void): () => void {
    this.#sessionListeners.add(listener);
    return () => this.#sessionListeners.delete(listener);
  }

  /** Undefined where the parent was never made. */
  children(path: string): readonly StoredNode[] | undefined {
    return this.#children.get(path);
  }

  parents(): readonly string[] {
    return [...this.#children.keys()];
  }

  /** Adds a node with the next number after `prefix` and gives its name. */
  addNode(path: string, prefix: string, data = '', owner?: StoreSession): string {
    const sequence = this.#sequences.get(path) ?? 0;
    this.#sequences.set(path, sequence + 1);
    const name = `${prefix}${String(sequence).padStart(10, '0')}`;
    this.#children.set(path, [...(this.#children.get(path) ?? []), { name, owner, data }]);
    this.tell(path);
    return name;
  }

  removeNode(path: string, name: string): void {
    const nodes = this.#children.get(path);
    if (nodes?.some((node) => node.name === name) !== true) return;
    this.#children.set(
      path,
      nodes.filter((node) => node.name !== name),
    );
    this.tell(path);
  }

  removeParent(path: string): void {
    this.#children.delete(path);
    this.tell(path);
  }

  unlock(path: string, owner: { readonly session: StoreSession }): void {
    if (this.lockOwners.get(path) !== owner) return;
    this.lockOwners.delete(path);
    this.tell(path);
  }

  listen(path: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(path) ?? new Set();
    this.#listeners.set(path, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  tell(path: string): void {
    for (const listener of [...(this.#listeners.get(path) ?? [])]) listener();
  }
}
