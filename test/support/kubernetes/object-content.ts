import { isFields } from './objects.ts';

/** The entries of a Secret or a ConfigMap. */
export function contentOf(object: Record<string, unknown>): Map<string, Buffer> {
  const content = new Map<string, Buffer>();
  const isSecret = object['kind'] === 'Secret';
  for (const field of ['data', 'binaryData']) {
    const entries = object[field];
    if (!isFields(entries)) continue;
    const encoding = isSecret || field === 'binaryData' ? 'base64' : 'utf8';
    for (const [key, value] of Object.entries(entries))
      content.set(key, Buffer.from(String(value), encoding));
  }
  return content;
}
