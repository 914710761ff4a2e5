/** The keys of a part's sides, in the order in which they are shown. */
export function sideNamesOf<S extends string>(sides: Readonly<Record<S, string>>): readonly S[] {
  return Object.keys(sides) as S[]; // a constant's keys, and no others
}
