/** Where a node stands among those that wait for a lock. */
export type LockTurn =
  | { readonly kind: 'first' }
  | { readonly kind: 'behind'; readonly name: string }
  | { readonly kind: 'missing' };

/** Order is that of the numbers after the last `lock-`, whatever stands before it. */
export function lockTurn(names: readonly string[], own: string): LockTurn {
  const queue = names
    .filter((name) => /lock--?\d+$/.test(name))
    .toSorted((a, b) => numberOf(a) - numberOf(b));
  const at = queue.indexOf(own);
  if (at < 0) return { kind: 'missing' };
  const before = queue[at - 1];
  return before === undefined ? { kind: 'first' } : { kind: 'behind', name: before };
}

function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('lock-') + 'lock-'.length));
}
