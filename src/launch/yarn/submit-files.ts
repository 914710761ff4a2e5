import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LaunchTag } from '../launcher.ts';
import { secretsFileName } from './submit-plan.ts';

/** A folder for each submission under way, with files that only the gateway's user can read. */
export class SubmitFiles {
  readonly #root: string;
  /** Gateways of one host may share a folder for their files. */
  readonly #own: string;

  constructor(cacheDir: string, cluster: string) {
    this.#root = resolve(cacheDir, 'yarn', encodeURIComponent(cluster));
    this.#own = join(this.#root, String(process.pid));
  }

  folder(tag: LaunchTag): string {
    return join(this.#own, tag);
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

  /** Removes what gateway processes left behind that have ended: their submissions ended with them. */
  async removeLeft(underWay: ReadonlySet<LaunchTag>): Promise<void> {
    const ended = (await namesIn(this.#root)).filter((pid) => !isRunning(pid));
    // In a container, a gateway has the process id of the one before it.
    const own = (await namesIn(this.#own)).filter((tag) => !underWay.has(tag));
    await Promise.all([
      ...ended.map((pid) => rm(join(this.#root, pid), { recursive: true, force: true })),
      ...own.map((tag) => this.remove(tag)),
    ]);
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []); // not made yet
}

function isRunning(pid: string): boolean {
  try {
    return /^\d+$/.test(pid) && process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's, but there
  }
}
