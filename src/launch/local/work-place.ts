import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { GatewayError } from '../../core/errors.ts';
import type { LaunchTag } from '../launcher.ts';

/** Where launches have their files: a directory for each engine's key, and one for what only a launch needs. */
export class WorkPlace {
  readonly root: string;
  readonly #secretsDir: string;

  constructor(workRoot: string, cacheDir: string) {
    this.root = resolve(workRoot);
    this.#secretsDir = resolve(cacheDir, 'launch');
  }

  /**
   * The directory that this engine key's engines run in. Derby's `metastore_db` and `derby.log` and Spark's
   * `spark-warehouse` are made in it, so two keys never fight for one metastore, and a key finds its tables again.
   */
  async engineDir(workDir: string): Promise<string> {
    const path = resolve(this.root, workDir);
    const below = relative(this.root, path);
    if (below === '' || below.startsWith('..') || isAbsolute(below) || workDir.includes('\0')) {
      const shown = JSON.stringify(workDir);
      throw new GatewayError('INVALID_ARGUMENT', `${shown} is no directory below ${this.root}`);
    }
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Whether a launch whose log lies there is one of this root's. */
  holds(logPath: string | undefined): boolean {
    return logPath !== undefined && logPath.startsWith(`${this.root}/`);
  }

  propertiesPath(tag: LaunchTag): string {
    return join(this.#secretsDir, `${tag}.properties`);
  }

  async writeProperties(tag: LaunchTag, text: string): Promise<void> {
    await mkdir(this.#secretsDir, { recursive: true, mode: 0o700 });
    await writeFile(this.propertiesPath(tag), text, { flag: 'wx', mode: 0o600 });
  }

  async removeProperties(tag: LaunchTag): Promise<void> {
    await rm(this.propertiesPath(tag), { force: true });
  }

  /** Removes what launches of an earlier gateway process left behind. */
  async removeLeftProperties(alive: ReadonlySet<LaunchTag>): Promise<void> {
    const names = await readdir(this.#secretsDir).catch(() => []);
    const tags = names
      .filter((name) => name.endsWith('.properties'))
      .map((name) => name.slice(0, -11));
    await Promise.all(
      tags.filter((tag) => !alive.has(tag)).map((tag) => this.removeProperties(tag)),
    );
  }
}
