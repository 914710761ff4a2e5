import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Fills a folder of the cache once and for all: it is filled under another name and then renamed, so that no test ever
 * sees half of it, whoever else is fetching.
 */
export async function fetchOnce(
  target: string,
  fetch: (folder: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}.part-`);
  try {
    await fetch(folder);
    renameSync(folder, target);
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    if (existsSync(join(target))) return target; // another test file was faster
    throw new Error(`${target} could not be fetched`, { cause });
  }
  return target;
}
