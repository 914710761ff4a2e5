import { forbidden } from './api-error.ts';
import { isFields, type KubeObject } from './objects.ts';
import type { ObjectStore } from './object-store.ts';
import { requestsOf } from './pod-admission.ts';
import { isFinished, type Pod } from './pod.ts';
import { parseQuantity } from './quantity.ts';
import { pods, quotas, type ResourceType } from './resources.ts';

const ofPods: Readonly<Record<string, readonly ['requests' | 'limits', string]>> = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
};

/** Refuses what would go over a ResourceQuota of its namespace. */
export function checkQuotas(store: ObjectStore, resource: ResourceType, draft: KubeObject): void {
  const { namespace = '', name } = draft.metadata;
  for (const quota of store.list(quotas, namespace)) {
    const hard = hardOf(quota);
    const over: string[][] = [];
    for (const [key, limit] of Object.entries(hard)) {
      const wanted = usageOf(resource, draft, key);
      if (wanted === 0) {
        if (resource === pods && key in ofPods)
          throw forbidden(resource, name, missingText(quota.metadata.name, key, draft));
        continue;
      }
      const used = usedOf(store, namespace, key);
      if (used + wanted > (parseQuantity(limit) ?? 0))
        over.push([key, text(key, wanted), text(key, used), limit]);
    }
    if (over.length === 0) continue;
    const part = (at: number) => over.map((each) => `${each[0]}=${each[at]}`).join(',');
    throw forbidden(
      resource,
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${part(1)}, used: ${part(2)}, limited: ${part(3)}`,
    );
  }
}

/** The status of a quota as things are. */
export function quotaStatus(store: ObjectStore, quota: KubeObject): Record<string, unknown> {
  const hard = hardOf(quota);
  const { namespace = '' } = quota.metadata;
  const used = Object.keys(hard).map((key) => [key, text(key, usedOf(store, namespace, key))]);
  return { hard, used: Object.fromEntries(used) };
}

function hardOf(quota: KubeObject): Record<string, string> {
  const hard = isFields(quota['spec']) ? quota['spec']['hard'] : undefined;
  if (!isFields(hard)) return {};
  return Object.fromEntries(Object.entries(hard).map(([key, value]) => [key, String(value)]));
}

function usedOf(store: ObjectStore, namespace: string, key: string): number {
  const plural = key in ofPods ? 'pods' : key.replace(/^count[/]/, '').split('.')[0];
  const resource = [pods, ...others(store)].find((type) => type.plural === plural);
  if (resource === undefined) return 0;
  return store
    .list(resource, namespace)
    .reduce((sum, object) => sum + usageOf(resource, object, key), 0);
}

const others = (store: ObjectStore) => store.resources().filter((type) => type !== pods);

function usageOf(resource: ResourceType, object: KubeObject, key: string): number {
  if (resource !== pods)
    return key.replace(/^count[/]/, '').split('.')[0] === resource.plural ? 1 : 0;
  const pod = object as Pod; // the schema has let it in as a pod
  if (key === 'count/pods') return 1;
  if (pod.status !== undefined && isFinished(pod)) return 0;
  if (key === 'pods') return 1;
  const place = ofPods[key];
  return place === undefined ? 0 : requestsOf(pod.spec, ...place);
}

function missingText(quota: string, key: string, draft: KubeObject): string {
  const pod = draft as Pod; // the schema has let it in as a pod
  return `failed quota: ${quota}: must specify ${key} for: ${pod.spec.containers.map(({ name }) => name).join(',')}`;
}

function text(key: string, value: number): string {
  if (key.endsWith('memory')) return value % 2 ** 20 === 0 ? `${value / 2 ** 20}Mi` : String(value);
  return Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
}
