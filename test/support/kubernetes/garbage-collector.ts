import { ApiError } from './api-error.ts';
import type { KubeObject } from './objects.ts';
import type { ObjectApi } from './object-api.ts';
import type { ResourceType } from './resources.ts';

/** Deletes what has owners and none of them is left, and finishes deletions that wait for others. */
export class GarbageCollector {
  readonly #api: ObjectApi;
  readonly #dependents = new Map<
    string,
    Map<string, { resource: ResourceType; object: KubeObject }>
  >();
  readonly #living = new Set<string>();

  constructor(api: ObjectApi) {
    this.#api = api;
    api.store.onChange(({ type, resource, object, before }) => {
      const { uid } = object.metadata;
      for (const { uid: owner } of before?.metadata.ownerReferences ?? [])
        this.#dependents.get(owner)?.delete(uid);
      if (type === 'DELETED') {
        this.#living.delete(uid);
        setImmediate(() => this.#collect(uid));
        return;
      }
      this.#living.add(uid);
      const owners = object.metadata.ownerReferences ?? [];
      for (const { uid: owner } of owners) this.#dependentsOf(owner).set(uid, { resource, object });
      if (owners.length > 0) setImmediate(() => this.#check(resource, object));
      if (object.metadata.deletionTimestamp !== undefined)
        setImmediate(() => this.#finish(resource, object));
    });
  }

  #dependentsOf(owner: string) {
    let found = this.#dependents.get(owner);
    if (found === undefined) {
      found = new Map();
      this.#dependents.set(owner, found);
    }
    return found;
  }

  #collect(owner: string): void {
    for (const { resource, object } of this.#dependents.get(owner)?.values() ?? [])
      this.#check(resource, object);
    this.#dependents.delete(owner);
  }

  #check(resource: ResourceType, seen: KubeObject): void {
    const { namespace, name, uid } = seen.metadata;
    const object = this.#api.store.find(resource, namespace, name);
    if (object?.metadata.uid !== uid) return;
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0 || owners.some((owner) => this.#living.has(owner.uid))) return;
    this.#delete(resource, object);
  }

  /** Foreground: the owner goes when what blocks it has gone. Orphan: what it owns is let go, then it goes. */
  #finish(resource: ResourceType, seen: KubeObject): void {
    const { namespace, name, uid } = seen.metadata;
    const object = this.#api.store.find(resource, namespace, name);
    if (object?.metadata.uid !== uid) return;
    const finalizers = object.metadata.finalizers ?? [];
    const dependents = [...(this.#dependents.get(uid)?.values() ?? [])];
    if (finalizers.includes('orphan')) {
      for (const each of dependents) this.#letGo(each.resource, each.object, uid);
    } else if (finalizers.includes('foregroundDeletion')) {
      for (const each of dependents) this.#delete(each.resource, each.object);
      if ((this.#dependents.get(uid)?.size ?? 0) > 0) {
        setTimeout(() => this.#finish(resource, object), 20).unref();
        return;
      }
    } else return;
    const left = finalizers.filter((each) => !['orphan', 'foregroundDeletion'].includes(each));
    this.#api.update(
      { resource, namespace, name },
      { ...object, metadata: { ...object.metadata, finalizers: left } },
    );
  }

  #letGo(resource: ResourceType, seen: KubeObject, owner: string): void {
    const { namespace, name } = seen.metadata;
    const object = this.#api.store.find(resource, namespace, name);
    if (object === undefined) return;
    const ownerReferences = (object.metadata.ownerReferences ?? []).filter(
      ({ uid }) => uid !== owner,
    );
    this.#api.store.replace(resource, {
      ...object,
      metadata: { ...object.metadata, ownerReferences },
    });
  }

  #delete(resource: ResourceType, { metadata }: KubeObject): void {
    try {
      this.#api.delete({ resource, namespace: metadata.namespace, name: metadata.name });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }
}
