import { z } from 'zod';
import { nearestKey } from '../../config/nearest-key.ts';

/** An object that has no other keys than these: one that was misspelled is told the nearest that there is. */
export function strictObject<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, Object.keys(shape))).join('; ')
        : undefined,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestKey(key, known);
  return nearest === undefined
    ? `${key} is not known here (${known.join(', ')} are)`
    : `${key} is not known here; did you mean ${nearest}?`;
}
