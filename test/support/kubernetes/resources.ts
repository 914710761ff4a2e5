import type { Subject } from './api-error.ts';

/** A kind of object that the server keeps. */
export interface ResourceType extends Subject {
  readonly version: string;
  readonly isNamespaced: boolean;
  /** Its name among the published schemas. */
  readonly schema: string;
  readonly hasStatus: boolean;
  /** Deleting one is answered with the object; otherwise with a Status. */
  readonly returnsDeleted: boolean;
  readonly names: 'subdomain' | 'label' | 'service';
}

const core = (
  plural: string,
  kind: string,
  more: Partial<Omit<ResourceType, 'plural' | 'kind'>> = {},
): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  isNamespaced: true,
  schema: `io.k8s.api.core.v1.${kind}`,
  hasStatus: false,
  returnsDeleted: false,
  names: 'subdomain',
  ...more,
});

export const pods = core('pods', 'Pod', { hasStatus: true, returnsDeleted: true });
export const services = core('services', 'Service', {
  hasStatus: true,
  returnsDeleted: true,
  names: 'service',
});
export const configMaps = core('configmaps', 'ConfigMap');
export const secrets = core('secrets', 'Secret');
export const events = core('events', 'Event');
export const claims = core('persistentvolumeclaims', 'PersistentVolumeClaim', {
  hasStatus: true,
  returnsDeleted: true,
});
export const serviceAccounts = core('serviceaccounts', 'ServiceAccount', { returnsDeleted: true });
export const quotas = core('resourcequotas', 'ResourceQuota', {
  hasStatus: true,
  returnsDeleted: true,
});
export const namespaces = core('namespaces', 'Namespace', {
  isNamespaced: false,
  hasStatus: true,
  returnsDeleted: true,
  names: 'label',
});
export const nodes = core('nodes', 'Node', { isNamespaced: false, hasStatus: true });
/** The same objects as core events, in their newer form. */
export const newEvents = core('events', 'Event', {
  group: 'events.k8s.io',
  schema: 'io.k8s.api.events.v1.Event',
});
export const sparkApplications: ResourceType = {
  ...core('sparkapplications', 'SparkApplication', { hasStatus: true }),
  group: 'sparkoperator.k8s.io',
  version: 'v1beta2',
  schema: 'sparkapplications.sparkoperator.k8s.io/v1beta2',
};

export const resourceTypes: readonly ResourceType[] = [
  pods,
  services,
  configMaps,
  secrets,
  events,
  newEvents,
  claims,
  serviceAccounts,
  quotas,
  namespaces,
  nodes,
  sparkApplications,
];

export const apiVersionOf = ({ group, version }: ResourceType) =>
  group === '' ? version : `${group}/${version}`;

export function findResource(
  group: string,
  version: string,
  plural: string,
): ResourceType | undefined {
  return resourceTypes.find(
    (type) => type.group === group && type.version === version && type.plural === plural,
  );
}
