/** What Java reads otherwise than JavaScript, or alone: a pattern with it would let in others than it was written for. */
const oddities = [
  /\\(?![dDsSwWbBtnfr])[A-Za-z]/,
  /\\0/,
  /\(\?(?!:)/, // flags, names, conditions
  /(?<!\\)[*+?}]\+/,
  /&&/,
  /\[\^?\]/,
  /\[(?:[^\]\\]|\\.)*\[/,
];

/** The first piece of a pattern of Java's that JavaScript would read in another way; undefined where there is none. */
export function unportable(pattern: string): string | undefined {
  const plain = pattern.replaceAll('\\\\', '\\/'); // an escaped backslash escapes nothing
  for (const odd of oddities) {
    const found = odd.exec(plain);
    if (found !== null) return found[0];
  }
  return undefined;
}
