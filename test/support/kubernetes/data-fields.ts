import type { Cause } from './api-error.ts';
import { isFields, type KubeObject } from './objects.ts';

/** What a secret or a config map may hold. */
const dataBytes = 1024 * 1024;

/** Texts that a secret is given in the open are kept encoded, as the server does. */
export function moveStringData(secret: KubeObject): void {
  const given = secret['stringData'];
  if (!isFields(given)) return;
  const encoded = Object.entries(given).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  secret['data'] = {
    ...(isFields(secret['data']) ? secret['data'] : {}),
    ...Object.fromEntries(encoded),
  };
  delete secret['stringData'];
}

/** What is wrong with the data of a secret or a config map. */
export function dataFaults(draft: KubeObject): Cause[] {
  const causes: Cause[] = [];
  let bytes = 0;
  for (const field of ['data', 'stringData', 'binaryData']) {
    const data = draft[field];
    if (!isFields(data)) continue;
    for (const [key, value] of Object.entries(data)) {
      bytes += Buffer.byteLength(String(value));
      if (/^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && key !== '..') continue;
      const message = `Invalid value: "${key}": a valid config key must consist of alphanumeric characters, '-', '_' or '.'`;
      causes.push({ reason: 'FieldValueInvalid', message, field: `${field}[${key}]` });
    }
  }
  if (bytes > dataBytes) {
    const message = `Too long: may not be more than ${dataBytes} bytes`;
    causes.push({ reason: 'FieldValueTooLong', message, field: 'data' });
  }
  return causes;
}
