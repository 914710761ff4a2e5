/** The sides in the order of this round, counted from 0: each is the first as often as the others. */
export function turns<T>(sides: readonly T[], round: number): T[] {
  const first = round % sides.length;
  return [...sides.slice(first), ...sides.slice(0, first)];
}
