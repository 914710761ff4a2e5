import { randomUUID } from 'node:crypto';
import { alreadyExists, conflict, notFound } from './api-error.ts';
import { apiTime, type KubeObject } from './objects.ts';
import type { ResourceType } from './resources.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceType;
  readonly object: KubeObject;
  /** What it was before: a watch with a selector tells from it whether the object has come or gone. */
  readonly before: KubeObject | undefined;
  readonly version: number;
}

const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;

/** All objects, each change with a version of its own, and the changes as far back as nobody has compacted them. */
export class ObjectStore {
  /** The newest version. */
  version = 1_000;
  /** The oldest version from which changes can still be told. */
  oldest = 1_000;
  #history: Change[] = [];
  readonly #objects = new Map<ResourceType, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();

  create(resource: ResourceType, draft: KubeObject): KubeObject {
    const { name, namespace } = draft.metadata;
    const all = this.#of(resource);
    if (all.has(keyOf(namespace, name))) throw alreadyExists(resource, name);
    const object = {
      ...draft,
      metadata: {
        ...draft.metadata,
        uid: randomUUID(),
        resourceVersion: String(this.version + 1),
        creationTimestamp: apiTime(),
      },
    };
    all.set(keyOf(namespace, name), object);
    this.#tell('ADDED', resource, object, undefined);
    return object;
  }

  find(
    resource: ResourceType,
    namespace: string | undefined,
    name: string,
  ): KubeObject | undefined {
    return this.#of(resource).get(keyOf(namespace, name));
  }

  get(resource: ResourceType, namespace: string | undefined, name: string): KubeObject {
    const found = this.find(resource, namespace, name);
    if (found === undefined) throw notFound(resource, name);
    return found;
  }

  list(resource: ResourceType, namespace?: string): KubeObject[] {
    const all = [...this.#of(resource).values()];
    return namespace === undefined
      ? all
      : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** A draft with another resourceVersion than the stored one is refused; an equal object makes no new version. */
  replace(resource: ResourceType, draft: KubeObject): KubeObject {
    const { name, namespace, resourceVersion } = draft.metadata;
    const current = this.get(resource, namespace, name);
    if (resourceVersion !== current.metadata.resourceVersion) {
      throw conflict(
        resource,
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
    if (JSON.stringify(draft) === JSON.stringify(current)) return current;
    const object = {
      ...draft,
      metadata: { ...draft.metadata, resourceVersion: String(this.version + 1) },
    };
    this.#of(resource).set(keyOf(namespace, name), object);
    this.#tell('MODIFIED', resource, object, current);
    return object;
  }

  remove(resource: ResourceType, object: KubeObject): KubeObject {
    const { name, namespace } = object.metadata;
    const before = this.get(resource, namespace, name);
    this.#of(resource).delete(keyOf(namespace, name));
    const last = {
      ...before,
      metadata: { ...before.metadata, resourceVersion: String(this.version + 1) },
    };
    this.#tell('DELETED', resource, last, before);
    return last;
  }

  changesSince(version: number, resource: ResourceType): readonly Change[] {
    return this.#history.filter(
      (change) => change.version > version && change.resource === resource,
    );
  }

  /** Those of which there has ever been an object. */
  resources(): readonly ResourceType[] {
    return [...this.#objects.keys()];
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets what was, so that a watch or a further page from an older version is refused. */
  compact(): void {
    this.version += 1;
    this.oldest = this.version;
    this.#history = [];
  }

  #of(resource: ResourceType): Map<string, KubeObject> {
    let all = this.#objects.get(resource);
    if (all === undefined) {
      all = new Map();
      this.#objects.set(resource, all);
    }
    return all;
  }

  #tell(
    type: Change['type'],
    resource: ResourceType,
    object: KubeObject,
    before: KubeObject | undefined,
  ): void {
    this.version += 1;
    const change = { type, resource, object, before, version: this.version };
    this.#history.push(change);
    for (const listener of [...this.#listeners]) listener(change);
  }
}
