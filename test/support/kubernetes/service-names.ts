import { isFields } from './objects.ts';
import type { ObjectStore } from './object-store.ts';
import type { Pod } from './pod.ts';
import { pods, services } from './resources.ts';

/** What stands in a pod's /etc/hosts, in place of a name server: itself, the API, and each service that leads to one pod. */
export function hostsText(store: ObjectStore, network: string, pod: Pod): string {
  const { namespace = '' } = pod.metadata;
  const lines = [
    '127.0.0.1 localhost',
    `${pod.status.podIP ?? ''} ${pod.spec.hostname ?? pod.metadata.name}`,
    `${network}.1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local`,
  ];
  for (const service of store.list(services)) {
    const address = addressBehind(store, service.metadata.namespace ?? '', service['spec']);
    if (address === undefined) continue;
    const { name, namespace: home = '' } = service.metadata;
    const full = `${name}.${home}`;
    const names = [`${full}.svc.cluster.local`, `${full}.svc`, full];
    if (home === namespace) names.push(name);
    lines.push(`${address} ${names.join(' ')}`);
  }
  return `${lines.join('\n')}\n`;
}

function addressBehind(store: ObjectStore, namespace: string, spec: unknown): string | undefined {
  const selector = isFields(spec) && isFields(spec['selector']) ? spec['selector'] : {};
  const wanted = Object.entries(selector);
  if (wanted.length === 0) return undefined;
  const found = store
    .list(pods, namespace)
    .find(
      ({ metadata, status }) =>
        wanted.every(([key, value]) => metadata.labels?.[key] === value) &&
        isFields(status) &&
        typeof status['podIP'] === 'string' &&
        status['phase'] !== 'Failed' &&
        status['phase'] !== 'Succeeded',
    );
  const status = found?.['status'];
  return isFields(status) ? String(status['podIP']) : undefined;
}
