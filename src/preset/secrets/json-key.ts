import { SecretError } from './secret-source.ts';

/** One text of a secret that is a JSON object; the secret itself where no key is asked for. */
export function jsonKeyOf(secret: string, key: string | undefined): string {
  if (key === undefined) return secret;
  const object = parsed(secret);
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value === undefined) throw new SecretError('no-such-key', `it has no key ${key}`);
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new SecretError('unusable', `its key ${key} is no text`);
}

function parsed(secret: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(secret);
  } catch {
    throw new SecretError('unusable', 'it is no JSON, and a key of it was asked for'); // the parser's words hold parts of it
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SecretError('unusable', 'it is no JSON object, and a key of it was asked for');
  }
  return value as Record<string, unknown>; // what a key holds is looked at above
}
