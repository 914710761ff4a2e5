/** Keys of one family, written without what they all begin with: `under('a.b.', 'c d')` is `a.b.c` and `a.b.d`. */
export function under(prefix: string, names: string): readonly string[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => prefix + name);
}
