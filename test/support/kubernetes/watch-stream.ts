import type { ServerResponse } from 'node:http';
import { tooOld } from './api-error.ts';
import type { ApiRequest } from './api-request.ts';
import { inFormOf } from './event-forms.ts';
import type { KubeObject } from './objects.ts';
import type { Change, ObjectStore } from './object-store.ts';
import { apiVersionOf, events, pods, type ResourceType } from './resources.ts';
import type { Selector } from './selectors.ts';

export interface WatchOptions {
  /** How often an idle watch is told the newest version, when it wants to know. */
  readonly bookmarkMs: number;
  /** How long a watch lasts that names no time-out. */
  readonly defaultMs: number;
}

/** One watch: sends what its reader has missed, then what happens, until its time is over or somebody breaks it. */
export class WatchStream {
  readonly request: ApiRequest;
  readonly #store: ObjectStore;
  readonly #response: ServerResponse;
  readonly #selects: Selector;
  readonly #stored: ResourceType;
  readonly #ends: (() => void)[] = [];

  constructor(
    request: ApiRequest,
    store: ObjectStore,
    response: ServerResponse,
    selects: Selector,
    options: WatchOptions,
  ) {
    this.request = request;
    this.#store = store;
    this.#response = response;
    this.#selects = selects;
    this.#stored = storedAs(request.resource);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (!this.#catchUp()) return;
    this.#ends.push(store.onChange((change) => this.#take(change)));
    const seconds = Number(request.query.get('timeoutSeconds') ?? 0);
    const limit = setTimeout(
      () => this.end(true),
      seconds > 0 ? seconds * 1_000 : options.defaultMs,
    );
    this.#ends.push(() => clearTimeout(limit));
    if (this.#wantsBookmarks()) {
      const timer = setInterval(() => this.#bookmark(), options.bookmarkMs);
      this.#ends.push(() => clearInterval(timer));
    }
    response.on('close', () => this.#stop());
  }

  /** As a server does that lets its watchers go, e.g. because it is restarted. */
  break(): void {
    this.#stop();
    this.#response.destroy();
  }

  end(withBookmark = false): void {
    if (withBookmark && this.#wantsBookmarks()) this.#bookmark();
    this.#stop();
    this.#response.end();
  }

  #catchUp(): boolean {
    const asked = this.request.query.get('resourceVersion') ?? '';
    if (asked === '' || asked === '0') {
      for (const object of this.#store.list(this.#stored, this.request.namespace))
        if (this.#selects(object)) this.#send('ADDED', object);
      return true;
    }
    const version = Number(asked);
    if (version < this.#store.oldest) {
      this.#write({ type: 'ERROR', object: tooOld(version, this.#store.oldest).toStatus() });
      this.#response.end();
      return false;
    }
    for (const change of this.#store.changesSince(version, this.#stored)) this.#take(change);
    return true;
  }

  #take(change: Change): void {
    if (change.resource !== this.#stored) return;
    const { namespace, name } = this.request;
    const { object, before } = change;
    if (namespace !== undefined && object.metadata.namespace !== namespace) return;
    if (name !== '' && object.metadata.name !== name) return;
    const isIn = change.type !== 'DELETED' && this.#selects(object);
    const wasIn = before !== undefined && this.#selects(before);
    if (isIn) this.#send(wasIn ? 'MODIFIED' : 'ADDED', object);
    else if (wasIn) this.#send('DELETED', object);
  }

  #wantsBookmarks(): boolean {
    return this.request.query.get('allowWatchBookmarks') === 'true';
  }

  #bookmark(): void {
    const { resource } = this.request;
    const metadata = { resourceVersion: String(this.#store.version), creationTimestamp: null };
    // An object of the kind with nothing in it, as the server's own types write one.
    const empty = resource === pods ? { spec: { containers: null }, status: {} } : {};
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata, ...empty };
    this.#write({ type: 'BOOKMARK', object });
  }

  #send(type: string, object: KubeObject): void {
    this.#write({ type, object: inFormOf(this.request.resource, object) });
  }

  #write(event: unknown): void {
    if (!this.#response.writableEnded) this.#response.write(`${JSON.stringify(event)}\n`);
  }

  #stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

export function storedAs(resource: ResourceType): ResourceType {
  return resource.plural === 'events' ? events : resource;
}
