import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';

/** A process is known by its number and, where the system tells, by when it was started: numbers are used again. */
const holderSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
const lockSchema = z.object({
  id: z.string(),
  host: z.string(),
  holders: z.array(holderSchema).min(1),
});

type Holder = z.infer<typeof holderSchema>;
type LockFile = z.infer<typeof lockSchema>;

/** An ended gateway's ZooKeeper follows it within this time. */
const orphanLimitMs = 5_000;
const pollMs = 50;

/** Keeps two ZooKeepers out of one data folder. A lock whose processes have ended is taken over. */
export class DataFolderLock {
  readonly #path: string;
  readonly #id = randomUUID();
  readonly #holders: Holder[] = [];

  private constructor(path: string) {
    this.#path = path;
  }

  static async take(folder: string, clock: Clock, signal: AbortSignal): Promise<DataFolderLock> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = new DataFolderLock(join(folder, 'torii.lock'));
    const untilMs = clock.monotonicMs() + orphanLimitMs;
    for (;;) {
      if (lock.#create()) return lock;
      const found = lock.#read();
      if (found === undefined || !isInUse(found)) {
        lock.#removeStale(found);
        continue;
      }
      const isOrphan = found.host === hostname() && !found.holders.slice(0, 1).some(isAlive);
      if (!isOrphan || clock.monotonicMs() > untilMs) throw inUse(folder, lock.#path, found);
      await clock.sleep(pollMs, signal);
    }
  }

  /** The ZooKeeper process outlives us by a moment when we are killed. */
  addHolder(pid: number): void {
    this.#holders.push(holderOf(pid));
    const draft = `${this.#path}.${this.#id}`;
    writeFileSync(draft, this.#content());
    renameSync(draft, this.#path);
  }

  release(): void {
    if (this.#read()?.id === this.#id) rmSync(this.#path, { force: true });
  }

  /** Whole or not at all, by a link, since two may try at once. */
  #create(): boolean {
    if (this.#holders.length === 0) this.#holders.push(holderOf(process.pid));
    const draft = `${this.#path}.${this.#id}`;
    writeFileSync(draft, this.#content());
    try {
      linkSync(draft, this.#path);
      return true;
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw failure;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #content(): string {
    const file: LockFile = { id: this.#id, host: hostname(), holders: this.#holders };
    return JSON.stringify(file);
  }

  #read(): LockFile | undefined {
    try {
      return lockSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      return undefined; // gone, or no lock of ours
    }
  }

  /** Moved away first: of two that find it stale, one may already have put its own there. */
  #removeStale(stale: LockFile | undefined): void {
    const aside = `${this.#path}.${this.#id}.stale`;
    try {
      renameSync(this.#path, aside);
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw failure;
    }
    const moved = new DataFolderLock(aside).#read();
    if (moved !== undefined && moved.id !== stale?.id) renameSync(aside, this.#path);
    else rmSync(aside, { force: true });
  }
}

function isInUse({ host, holders }: LockFile): boolean {
  return host !== hostname() || holders.some(isAlive);
}

function isAlive({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startedAt === holderOf(pid).startedAt;
}

function holderOf(pid: number): Holder {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return { pid, startedAt: 'ended' };
    return { pid, startedAt: fields[19] ?? '' };
  } catch {
    return { pid, startedAt: '' };
  }
}

function inUse(folder: string, path: string, { host, holders }: LockFile): GatewayError {
  const pids = holders.map(({ pid }) => pid).join(', ');
  return new GatewayError(
    'CONFIG_INVALID',
    `the ZooKeeper data folder ${folder} is in use by process ${pids} on ${host}`,
    {
      hint: `Set kyuubi.zookeeper.embedded.data.dir to a folder of its own. If ${host} is no more, delete ${path}.`,
    },
  );
}
