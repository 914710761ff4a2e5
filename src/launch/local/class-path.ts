import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Names every file of a class path with its size and time. Undefined where the path can't have a class-data archive: a
 * directory with something in it stands on it.
 */
export async function classPathFacts(
  classPath: readonly string[],
): Promise<readonly string[] | undefined> {
  const facts: string[] = [];
  for (const entry of classPath) {
    const isWildcard = entry.endsWith('/*');
    const place = isWildcard ? entry.slice(0, -1) : entry;
    const found = await stat(place).catch(() => undefined);
    facts.push(entry);
    if (found === undefined) continue;
    if (!found.isDirectory()) {
      facts.push(`${found.size} ${found.mtimeMs}`);
      continue;
    }
    const names = (await readdir(place)).toSorted();
    if (!isWildcard && names.length > 0) return undefined;
    for (const name of names.filter((file) => file.endsWith('.jar'))) {
      const jar = await stat(join(place, name)).catch(() => undefined);
      facts.push(`${name} ${jar?.size} ${jar?.mtimeMs}`);
    }
  }
  return facts;
}
