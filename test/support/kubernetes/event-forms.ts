import { type Fields, isFields, type KubeObject } from './objects.ts';
import { newEvents, type ResourceType } from './resources.ts';

/** Events are kept in their core form; who asks in the newer group gets this one. */
export function inFormOf(resource: ResourceType, object: KubeObject): KubeObject {
  if (resource !== newEvents) return object;
  const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, ...rest } = object;
  const { component } = isFields(source) ? source : {};
  return {
    ...rest,
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    note: message,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
    reportingController: rest['reportingComponent'] || component || '',
  };
}

export function toCoreEvent(event: Fields): Fields {
  const { regarding, note, reportingController, ...rest } = event;
  return {
    ...rest,
    apiVersion: 'v1',
    involvedObject: regarding,
    message: note,
    reportingComponent: reportingController,
  };
}
