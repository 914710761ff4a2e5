import { invalid } from './api-error.ts';
import { type Fields, isFields, type KubeObject } from './objects.ts';
import { configMaps, pods, type ResourceType, secrets } from './resources.ts';

/** Throws an `ApiError` for a change of what can't change once there is an object. */
export function refuseFixedFields(
  resource: ResourceType,
  current: KubeObject,
  next: KubeObject,
): void {
  const { name } = current.metadata;
  const refuse = (field: string, message: string) => {
    throw invalid(resource, name, [{ reason: 'FieldValueForbidden', message, field }]);
  };
  if (resource === pods && fixedPart(current) !== fixedPart(next)) {
    refuse(
      'spec',
      'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    );
  }
  if ((resource === secrets || resource === configMaps) && current['immutable'] === true) {
    for (const field of ['data', 'binaryData', 'immutable']) {
      if (JSON.stringify(current[field]) !== JSON.stringify(next[field]))
        refuse(field, 'Forbidden: field is immutable when `immutable` is set');
    }
  }
  if (resource === secrets && current['type'] !== next['type'])
    refuse('type', 'Invalid value: field is immutable');
}

function fixedPart(pod: KubeObject): string {
  const spec: Fields = { ...(isFields(pod['spec']) ? pod['spec'] : {}) };
  delete spec['activeDeadlineSeconds'];
  delete spec['tolerations'];
  for (const list of ['containers', 'initContainers']) {
    const containers = spec[list];
    if (Array.isArray(containers))
      spec[list] = containers.map((each: unknown) =>
        isFields(each) ? { ...each, image: '' } : each,
      );
  }
  return JSON.stringify(sorted(spec));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key])]),
  );
}
