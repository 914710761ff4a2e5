import { constants } from 'node:fs';
import { open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const baseName = 'kyuubi-spark-sql-engine.log';

export interface LogFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * A log of its own for one launch: `<base>.<n>`, where n is the number of a log that nobody has written to for `reuseAfterMs`,
 * else the next one (kyuubi-contract 1.8). A directory so keeps as many logs as there were launches within that time.
 * `inUse` are logs that are not to be reused, however old.
 */
export async function createLogFile(
  directory: string,
  reuseAfterMs: number,
  nowMs: number,
  inUse: ReadonlySet<string>,
): Promise<LogFile> {
  const numbers = await logNumbers(directory);
  const old = await oldest(directory, numbers, nowMs - reuseAfterMs, inUse);
  if (old !== undefined) await unlink(old.path).catch(() => undefined); // another launch was faster
  let number = old?.number ?? (numbers.at(-1) ?? -1) + 1;
  for (;;) {
    const path = join(directory, `${baseName}.${number}`);
    try {
      const { O_CREAT, O_EXCL, O_WRONLY, O_APPEND } = constants;
      return { path, handle: await open(path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND, 0o600) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // always an ErrnoException
      number = Math.max(number, numbers.at(-1) ?? -1) + 1;
    }
  }
}

async function logNumbers(directory: string): Promise<readonly number[]> {
  const numbers = (await readdir(directory))
    .map((name) => (name.startsWith(`${baseName}.`) ? name.slice(baseName.length + 1) : ''))
    .filter((rest) => /^\d{1,9}$/.test(rest))
    .map(Number);
  return numbers.toSorted((a, b) => a - b);
}

async function oldest(
  directory: string,
  numbers: readonly number[],
  beforeMs: number,
  inUse: ReadonlySet<string>,
): Promise<{ readonly path: string; readonly number: number } | undefined> {
  for (const number of numbers) {
    const path = join(directory, `${baseName}.${number}`);
    if (inUse.has(path)) continue;
    const facts = await stat(path).catch(() => undefined);
    if (facts !== undefined && facts.mtimeMs < beforeMs) return { path, number };
  }
  return undefined;
}
