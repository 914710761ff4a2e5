import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LaunchTag } from '../launcher.ts';
import { secretsFileName } from './submit-plan.ts';

/** A folder for each submission under way, with files that only the gateway's user can read. */
export class SubmitFiles {
  readonly #root: string;

  constructor(cacheDir: string, cluster: string) {
    this.#root = resolve(cacheDir, 'yarn', encodeURIComponent(cluster));
  }

  folder(tag: LaunchTag): string {
    return join(this.#root, tag);
  }

  propertiesPath(tag: LaunchTag): string {
    return join(this.folder(tag), 'spark.properties');
  }

  secretsPath(tag: LaunchTag): string {
    return join(this.folder(tag), secretsFileName);
  }

  async write(tag: LaunchTag, properties: string, secrets: string): Promise<void> {
    await mkdir(this.folder(tag), { recursive: true, mode: 0o700 });
    await writeFile(this.propertiesPath(tag), properties, { mode: 0o600 });
    await writeFile(this.secretsPath(tag), secrets, { mode: 0o600 });
  }

  async remove(tag: LaunchTag): Promise<void> {
    await rm(this.folder(tag), { recursive: true, force: true });
  }

  /** Removes what an earlier gateway process left behind: its submissions ended with it. */
  async removeAllBut(tags: ReadonlySet<LaunchTag>): Promise<void> {
    const left = await readdir(this.#root).catch(() => []); // not made yet
    await Promise.all(left.filter((tag) => !tags.has(tag)).map((tag) => this.remove(tag)));
  }
}
