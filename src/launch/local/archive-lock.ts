import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** No maker takes longer. */
const staleAfterMs = 10 * 60_000;

export interface MakerLock {
  release(): Promise<void>;
}

/** Undefined when another process holds it. A holder that died, or that is long overdue, loses it. */
export async function takeMakerLock(path: string, nowMs: number): Promise<MakerLock | undefined> {
  if (await isStale(path, nowMs)) await rm(path, { force: true });
  try {
    await writeFile(path, `${hostname()} ${process.pid}`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined; // always one
    throw error;
  }
  return { release: () => rm(path, { force: true }) };
}

async function isStale(path: string, nowMs: number): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return false;
  if (nowMs - facts.mtimeMs > staleAfterMs) return true;
  const [host, pid] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
  return host === hostname() && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // alive, and somebody else's
  }
}
