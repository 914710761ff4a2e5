import { ApiError } from './api-error.ts';
import { type Fields, isFields, type KubeObject } from './objects.ts';

export type Selector = (object: KubeObject) => boolean;

const term = /^\s*([\w./-]+)\s*(?:(=|==|!=)\s*([\w.-]*)|\s(in|notin)\s*[(]([^()]*)[)])?\s*$/;

/** A label selector as in a query: `a=b,c!=d,e in (f,g),h,!i`. */
export function labelSelector(text: string): Selector {
  if (text.trim() === '') return () => true;
  const tests = splitTerms(text).map(labelTest);
  return ({ metadata }) => tests.every((test) => test(metadata.labels ?? {}));
}

function labelTest(text: string): (labels: Record<string, string>) => boolean {
  const trimmed = text.trim();
  if (trimmed.startsWith('!')) {
    const key = trimmed.slice(1).trim();
    return (labels) => !(key in labels);
  }
  const match = term.exec(trimmed);
  if (match === null) throw new ApiError(400, `unable to parse requirement: ${trimmed}`);
  const [, key = '', sign, value = '', word, list = ''] = match;
  if (sign !== undefined) {
    if (sign === '!=') return (labels) => labels[key] !== value;
    return (labels) => labels[key] === value;
  }
  if (word !== undefined) {
    const values = new Set(list.split(',').map((each) => each.trim()));
    return (labels) => {
      const own = labels[key];
      return (own !== undefined && values.has(own)) === (word === 'in');
    };
  }
  return (labels) => key in labels;
}

/** At the commas that stand in no brackets. */
function splitTerms(text: string): string[] {
  return text.split(/,(?![^(]*[)])/);
}

const everywhere = ['metadata.name', 'metadata.namespace'];
const selectable: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    ...['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'],
    ...['status.phase', 'status.podIP', 'status.nominatedNodeName'],
  ],
  Event: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (field) => `involvedObject.${field}`,
    ),
    ...['reason', 'reportingComponent', 'source', 'type'],
    ...['kind', 'namespace', 'name', 'uid'].map((field) => `regarding.${field}`),
  ],
  Secret: ['type'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
};

/** A field selector as in a query: `status.phase!=Failed,spec.nodeName=a`. */
export function fieldSelector(text: string, kind: string): Selector {
  if (text.trim() === '') return () => true;
  const tests = text.split(',').map((each) => {
    const match = /^\s*([\w.]+)\s*(=|==|!=)\s*(.*?)\s*$/.exec(each);
    if (match === null) throw new ApiError(400, `invalid selector: '${each}'; can't understand it`);
    const [, path = '', sign, value = ''] = match;
    if (!everywhere.includes(path) && selectable[kind]?.includes(path) !== true)
      throw new ApiError(400, `field label not supported: ${path}`);
    return (object: KubeObject) => (valueAt(object, path) === value) === (sign !== '!=');
  });
  return (object) => tests.every((test) => test(object));
}

function valueAt(object: Fields, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) value = isFields(value) ? value[step] : undefined;
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
}
