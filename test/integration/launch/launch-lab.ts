import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import type { LaunchRequest } from '../../../src/launch/launcher.ts';
import {
  LocalLauncher,
  type LocalLauncherOptions,
} from '../../../src/launch/local/local-launcher.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { filesBelow, requireNoLeaks, SecretSearch } from '../../support/secret-search.ts';
import { newSecret } from '../../support/secrets.ts';
import { newLaunchRequest } from '../../support/launch-request.ts';

export const engineKey = newSecret();

export const never = new AbortController().signal;

/** A launcher with its own directories, and the requests made of it. */
export class LaunchLab {
  readonly dir = makeTempDir('launch');
  readonly workRoot = join(this.dir, 'work');
  readonly cacheDir = join(this.dir, 'cache');
  readonly #launchers: LocalLauncher[] = [];

  launcher(options: Partial<LocalLauncherOptions>): LocalLauncher {
    const launcher = new LocalLauncher({
      sparkHome: undefined,
      javaHome: undefined,
      workRoot: this.workRoot,
      cacheDir: this.cacheDir,
      mainResource: join(this.dir, 'engine.jar'),
      baseEnvironment: process.env,
      osUser: 'root',
      startupLimit: undefined,
      secretKeys: /secret|password/i,
      fastStart: { directly: true, archives: false },
      clock: systemClock,
      log: { debug: nothing, info: nothing, warn: nothing },
      ...options,
    });
    this.#launchers.push(launcher);
    return launcher;
  }

  /** A Spark whose spark-submit is this script, and whose Java is not asked for. */
  fakeSpark(script: string): string {
    const home = join(this.dir, `spark-${randomUUID()}`);
    mkdirSync(join(home, 'bin'), { recursive: true });
    const path = join(home, 'bin', 'spark-submit');
    writeFileSync(path, `#!/bin/bash\n${script}\n`);
    chmodSync(path, 0o755);
    return home;
  }

  propertiesFiles(): readonly string[] {
    const dir = join(this.cacheDir, 'launch');
    try {
      return readdirSync(dir).map((name) => join(dir, name));
    } catch {
      return [];
    }
  }

  async end(): Promise<void> {
    for (const launcher of this.#launchers) await launcher.stopAll('all', Date.now() + 10_000);
    // What was killed a moment ago may not be gone yet.
    const deadlineMs = performance.now() + 3000;
    let left = processesWith(this.dir);
    while (left.length > 0 && performance.now() < deadlineMs) {
      await systemClock.sleep(50);
      left = processesWith(this.dir);
    }
    if (left.length > 0) throw new Error(`processes ${left.join(' ')} were left running`);
    const settings = join(this.cacheDir, 'launch');
    const search = new SecretSearch();
    const files = filesBelow(this.dir).filter((path) => !path.startsWith(settings));
    requireNoLeaks(files.flatMap((path) => search.inFile(path)));
    removeTempDir(this.dir);
  }
}

export function requestOf(
  conf: Readonly<Record<string, string>> = {},
  more: Partial<LaunchRequest> = {},
): LaunchRequest {
  return newLaunchRequest({
    conf: new Map(Object.entries({ 'spark.master': 'local[1]', ...conf })),
    engineKey,
    ...more,
  });
}

export async function gather<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Processes whose command line has this text. */
export function processesWith(text: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

/** The processes of a group, without dead ones that nobody has reaped. */
export function livingInGroup(leader: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const stat = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return group === leader && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}

const nothing = (): void => undefined;
