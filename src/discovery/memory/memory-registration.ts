import type { ServerNode, ServerRegistration } from '../discovery.ts';
import { serverNodeData, serverNodePrefix } from '../server-node.ts';
import type { MemoryStore, StoreSession } from './memory-store.ts';

export class MemoryRegistration implements ServerRegistration {
  readonly #store: MemoryStore;
  readonly #namespace: string;
  readonly #server: ServerNode;
  #session: StoreSession | undefined;
  #forget = (): void => {};
  #isOver = false;
  #nodeName = '';

  constructor(store: MemoryStore, namespace: string, server: ServerNode) {
    this.#store = store;
    this.#namespace = namespace;
    this.#server = server;
  }

  get nodeName(): string {
    return this.#nodeName;
  }

  register(session: StoreSession): void {
    if (this.#isOver) return;
    this.#forget();
    this.#session = session;
    const data = serverNodeData(this.#server).toString();
    const prefix = serverNodePrefix(this.#server);
    this.#nodeName = this.#store.addNode(this.#namespace, prefix, data, session);
    this.#forget = this.#store.listen(this.#namespace, () => this.#look());
  }

  /** Ends without a word, as its session is being closed. */
  forget(): void {
    this.#isOver = true;
    this.#forget();
  }

  unregister(): Promise<void> {
    this.forget();
    this.#store.removeNode(this.#namespace, this.#nodeName);
    return Promise.resolve();
  }

  #look(): void {
    const names = this.#store.children(this.#namespace)?.map(({ name }) => name);
    if (names?.includes(this.#nodeName) === true || this.#session?.isAlive !== true) return;
    this.forget();
    this.#server.onRetired?.();
  }
}
