/**
 * A name as directories compare names: without regard to case, to spaces around it and doubled inside it, and to Unicode's
 * other ways of writing the same letters.
 */
export function foldName(name: string): string {
  return tidyName(name).toLowerCase();
}

/** The spelling that `foldName` would keep, but for case. */
export function tidyName(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ');
}
