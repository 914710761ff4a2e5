import type { ObjectStore } from './object-store.ts';
import { quotaStatus } from './quota-admission.ts';
import { quotas } from './resources.ts';

/** Keeps what every quota says of its use as it is. */
export function keepQuotas(store: ObjectStore): void {
  const stale = new Set<string>();
  store.onChange(({ resource, object, type }) => {
    const { namespace } = object.metadata;
    if (namespace === undefined || (resource === quotas && type === 'MODIFIED')) return;
    if (stale.has(namespace) || store.list(quotas, namespace).length === 0) return;
    stale.add(namespace);
    setImmediate(() => {
      stale.delete(namespace);
      for (const quota of store.list(quotas, namespace))
        store.replace(quotas, { ...quota, status: quotaStatus(store, quota) });
    });
  });
}
