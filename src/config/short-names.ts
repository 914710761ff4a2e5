import { reading, splitList } from './kinds.ts';
import { KindOf } from './value-kind.ts';

/** What becomes of a user's name from its first `/` or `@` on. */
export type ShortNameRule =
  /** It is cut off, as Kyuubi does. */
  | { readonly kind: 'any' }
  /** Nothing is cut off. */
  | { readonly kind: 'off' }
  /** It is cut off where it is one of these, in lower case; with another one nobody comes in. */
  | { readonly kind: 'listed'; readonly domains: ReadonlySet<string> };

export const shortNameRule = new KindOf<ShortNameRule>(
  reading(parseRule),
  '* for any domain, off, or a comma separated list of domains and realms such as corp.example.com',
);

function parseRule(from: string): ShortNameRule | undefined {
  const parts = splitList(from);
  const [only] = parts;
  if (parts.length === 1 && only === '*') return Object.freeze({ kind: 'any' });
  if (parts.length === 1 && only?.toLowerCase() === 'off') return Object.freeze({ kind: 'off' });
  const isDomain = (part: string): boolean => /^[^\s/@*]+$/.test(part);
  if (parts.length === 0 || !parts.every(isDomain)) return undefined;
  const domains = new Set(parts.map((part) => part.toLowerCase()));
  return Object.freeze({ kind: 'listed', domains });
}
