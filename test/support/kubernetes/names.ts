import type { Cause } from './api-error.ts';
import type { ObjectMeta } from './objects.ts';
import type { ResourceType } from './resources.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const serviceLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const annotationBytes = 256 * 1024;

const rules = {
  subdomain: {
    form: subdomain,
    max: 253,
    why: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  },
  label: {
    form: label,
    max: 63,
    why: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  },
  service: {
    form: serviceLabel,
    max: 63,
    why: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  },
} as const;

/** What is wrong with a name of this kind, in the server's words; nothing when it will do. */
export function nameFault(name: string, kind: keyof typeof rules): string | undefined {
  const { form, max, why } = rules[kind];
  if (name.length > max) return `must be no more than ${max} characters`;
  return form.test(name) ? undefined : `${why} (regex used for validation is '${form.source}')`;
}

export function metadataFaults(resource: ResourceType, metadata: ObjectMeta): Cause[] {
  const causes: Cause[] = [];
  const wrong = (field: string, value: string, why: string) =>
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
      field,
    });
  const fault = nameFault(metadata.name, resource.names);
  if (fault !== undefined) wrong('metadata.name', metadata.name, fault);
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    const keyFault = keyFaultOf(key);
    if (keyFault !== undefined) wrong('metadata.labels', key, keyFault);
    const valueFault = labelValueFault(value);
    if (valueFault !== undefined) wrong('metadata.labels', value, valueFault);
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    const keyFault = keyFaultOf(key.toLowerCase());
    if (keyFault !== undefined) wrong('metadata.annotations', key, keyFault);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > annotationBytes) {
    const message = `Too long: may not be more than ${annotationBytes} bytes`;
    causes.push({ reason: 'FieldValueTooLong', message, field: 'metadata.annotations' });
  }
  return causes;
}

export function labelValueFault(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 bytes';
  if (value === '' || qualified.test(value)) return undefined;
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
}

/** `name` or `prefix/name`. */
function keyFaultOf(key: string): string | undefined {
  const [name = '', prefix, ...rest] = key.split('/').toReversed();
  if (rest.length > 0)
    return 'a qualified name must consist of a name and an optional prefix before one slash';
  if (prefix !== undefined) {
    const fault = nameFault(prefix, 'subdomain');
    if (fault !== undefined) return `prefix part ${fault}`;
  }
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 bytes';
  if (qualified.test(name)) return undefined;
  return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
}
