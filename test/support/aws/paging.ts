import { validation } from './aws-error.ts';
import { textOf } from './input-text.ts';

/** One page of what is already in order, and the token of the next. */
export function page<Item extends { readonly id: string }>(
  items: readonly Item[],
  input: Readonly<Record<string, unknown>>,
  longest: number,
): { readonly items: readonly Item[]; readonly nextToken?: string } {
  const token = input['nextToken'];
  let from = 0;
  if (token !== undefined) {
    const last = Buffer.from(textOf(token), 'base64url').toString('utf8');
    from = items.findIndex(({ id }) => id === last) + 1;
    if (from === 0) throw validation('Invalid nextToken');
  }
  const size = Math.min(Number(input['maxResults'] ?? longest), longest);
  const found = items.slice(from, from + size);
  const last = found.at(-1);
  if (last === undefined || from + size >= items.length) return { items: found };
  return { items: found, nextToken: Buffer.from(last.id).toString('base64url') };
}

/** Whether a time lies in the window that a list asks for. */
export function isWithin(atMs: number, after: unknown, before: unknown): boolean {
  return (
    !(after instanceof Date && atMs < after.getTime()) &&
    !(before instanceof Date && atMs > before.getTime())
  );
}

export const includes = (wanted: unknown, value: string) =>
  !Array.isArray(wanted) || wanted.length === 0 || wanted.includes(value);
