import { contentOf } from './object-content.ts';
import type { ObjectStore } from './object-store.ts';
import { requestsOf } from './pod-admission.ts';
import type { Container, EnvVar, KeyRef, Pod } from './pod.ts';
import { parseQuantity } from './quantity.ts';
import { configMaps, type ResourceType, secrets } from './resources.ts';

/** Something that a container's environment refers to is not there, in the kubelet's words. */
export class ConfigTrouble extends Error {}

/** The environment of a container: that of its image, that of the cluster, then its own. Throws a `ConfigTrouble`. */
export function environmentOf(
  store: ObjectStore,
  pod: Pod,
  container: Container,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = { ...given };
  const { namespace = '' } = pod.metadata;
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const resource = secretRef === undefined ? configMaps : secrets;
    const ref = secretRef ?? configMapRef;
    const found = store.find(resource, namespace, ref?.name ?? '');
    if (found === undefined && ref?.optional !== true)
      throw new ConfigTrouble(`${resource.kind.toLowerCase()} "${ref?.name ?? ''}" not found`);
    for (const [key, value] of found === undefined ? [] : contentOf(found))
      env[`${prefix}${key}`] = value.toString('utf8');
  }
  for (const each of container.env ?? []) {
    const value = valueOf(store, pod, container, each, namespace);
    if (value !== undefined) env[each.name] = expand(value, env);
  }
  return env;
}

function valueOf(
  store: ObjectStore,
  pod: Pod,
  container: Container,
  { value, valueFrom }: EnvVar,
  namespace: string,
): string | undefined {
  if (valueFrom === undefined) return value ?? '';
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath);
  if (resourceFieldRef !== undefined) return resourceValue(pod, container, resourceFieldRef);
  if (secretKeyRef !== undefined) return keyValue(store, secrets, namespace, secretKeyRef);
  if (configMapKeyRef !== undefined) return keyValue(store, configMaps, namespace, configMapKeyRef);
  return '';
}

function keyValue(
  store: ObjectStore,
  resource: ResourceType,
  namespace: string,
  { name = '', key, optional }: KeyRef,
): string | undefined {
  const kind = resource.kind.toLowerCase();
  const found = store.find(resource, namespace, name);
  if (found === undefined) {
    if (optional === true) return undefined;
    throw new ConfigTrouble(`${kind} "${name}" not found`);
  }
  const value = contentOf(found).get(key);
  if (value === undefined && optional !== true)
    throw new ConfigTrouble(`couldn't find key ${key} in ${resource.kind} ${namespace}/${name}`);
  return value?.toString('utf8');
}

/** A field of the pod as the downward API gives it. */
export function fieldValue(pod: Pod, path: string): string {
  const { metadata, spec, status } = pod;
  const entry = /^metadata[.](labels|annotations)\['(.+)'\]$/.exec(path);
  if (entry !== null) {
    const map = entry[1] === 'labels' ? metadata.labels : metadata.annotations;
    return map?.[entry[2] ?? ''] ?? '';
  }
  const asFile = (map: Record<string, string> | undefined) =>
    Object.entries(map ?? {})
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join('\n');
  const fields: Readonly<Record<string, () => string>> = {
    'metadata.name': () => metadata.name,
    'metadata.namespace': () => metadata.namespace ?? '',
    'metadata.uid': () => metadata.uid,
    'metadata.labels': () => asFile(metadata.labels),
    'metadata.annotations': () => asFile(metadata.annotations),
    'spec.nodeName': () => spec.nodeName ?? '',
    'spec.serviceAccountName': () => spec.serviceAccountName ?? '',
    'status.podIP': () => status.podIP ?? '',
    'status.podIPs': () => status.podIP ?? '',
    'status.hostIP': () => status.hostIP ?? '',
  };
  const read = fields[path];
  if (read === undefined) throw new ConfigTrouble(`unsupported fieldPath: ${path}`);
  return read();
}

function resourceValue(
  pod: Pod,
  own: Container,
  {
    resource,
    containerName,
    divisor,
  }: { resource: string; containerName?: string; divisor?: string },
): string {
  const [list, key] = resource.split('.');
  const container =
    pod.spec.containers.find(({ name }) => name === (containerName ?? own.name)) ?? own;
  const value = requestsOf(
    { containers: [container] },
    list === 'limits' ? 'limits' : 'requests',
    key ?? '',
  );
  return String(Math.ceil(value / (parseQuantity(divisor ?? '1') || 1)));
}

/** `$(NAME)` is what stands earlier in the environment; `$$(NAME)` is the text itself. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(?:\$|\(([^()]+)\))/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return env[name] ?? whole;
  });
}
