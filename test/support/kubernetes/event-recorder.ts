import { randomBytes } from 'node:crypto';
import { apiTime, type KubeObject } from './objects.ts';
import type { ObjectStore } from './object-store.ts';
import { events } from './resources.ts';

/** Writes events as the parts of a cluster do: the same one again counts up. */
export class EventRecorder {
  readonly #store: ObjectStore;
  readonly #component: string;
  readonly #names = new Map<string, string>();

  constructor(store: ObjectStore, component: string) {
    this.#store = store;
    this.#component = component;
  }

  record(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { namespace = 'default', name, uid, resourceVersion } = about.metadata;
    const now = apiTime();
    const key = JSON.stringify([uid, type, reason, message]);
    const seen = this.#names.get(key);
    const same = seen === undefined ? undefined : this.#store.find(events, namespace, seen);
    if (same !== undefined) {
      const count = Number(same['count'] ?? 1) + 1;
      this.#store.replace(events, { ...same, count, lastTimestamp: now });
      return;
    }
    const eventName = `${name}.${randomBytes(8).toString('hex')}`;
    this.#names.set(key, eventName);
    this.#store.create(events, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: eventName,
        namespace,
        uid: '',
        resourceVersion: '',
        creationTimestamp: now,
      },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        namespace,
        name,
        uid,
        resourceVersion,
      },
      reason,
      message,
      type,
      source: { component: this.#component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      eventTime: null,
      reportingComponent: this.#component,
      reportingInstance: '',
    });
  }
}
