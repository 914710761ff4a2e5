import { createHash } from 'node:crypto';

/** A short name for these texts in this order; lengths go in, so that no other split of the same text has it. */
export function fingerprint(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 32);
}
