import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fingerprint } from '../fingerprint.ts';
import type { Site } from '../site.ts';
import { writeAtomically } from './write-atomically.ts';
import { zipFile } from './zip-file.ts';

/**
 * The site's configuration files as a jar, named after its content; undefined where there are none. In a directory on the
 * class path they would make class-data sharing impossible.
 */
export async function siteJar(site: Site, cacheDir: string): Promise<string | undefined> {
  if (site.classPathFiles.size === 0) return undefined;
  const entries = await Promise.all(
    [...site.classPathFiles]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(async ([name, path]) => ({ name, content: await readFile(path) })),
  );
  const parts = entries.flatMap(({ name, content }) => [name, content.toString('base64')]);
  const path = join(cacheDir, 'site', `${fingerprint(parts)}.jar`);
  if (!(await stat(path).catch(() => undefined))) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomically(path, zipFile(entries));
  }
  return path;
}
