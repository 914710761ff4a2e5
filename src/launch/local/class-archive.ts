import { mkdir, readdir, readFile, realpath, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { fingerprint } from '../fingerprint.ts';
import type { LaunchLog } from '../launch-log.ts';
import { takeMakerLock } from './archive-lock.ts';
import { classPathFacts } from './class-path.ts';
import type { JavaRuntime } from './java-runtime.ts';
import { writeAtomically } from './write-atomically.ts';
import { archiveFits, runWarmUp, type WarmUp } from './warm-up.ts';

/** Archives of loaded classes can be added to the JDK's own from Java 13 on. */
const firstMajor = 13;
const archivesKept = 4;

/** Which archive fits: made by this very Java, for these very files in this order. Undefined where none can. */
export async function archiveKey(
  java: JavaRuntime,
  classPath: readonly string[],
): Promise<string | undefined> {
  if (java.major < firstMajor) return undefined;
  const facts = await classPathFacts(classPath);
  return facts && fingerprint([java.executable, java.version, ...facts]);
}

/**
 * Class-data archives by key: a driver that is given one has most of its classes loaded before it runs. At most a few are
 * kept, 100 to 150 MB each. A launch never waits for one and never fails for lack of one.
 */
export class ClassArchives {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #log: LaunchLog;
  /** Keys whose maker runs or has failed: once a process is enough. */
  readonly #tried = new Set<string>();
  readonly #stopped = new AbortController();
  #maker: Promise<void> = Promise.resolve();

  constructor(cacheDir: string, clock: Clock, log: LaunchLog) {
    this.#directory = join(cacheDir, 'cds');
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * An empty directory for the class paths of these archives, by its real path: an archive fits one class path only, so all
   * who share the archives through a link have to name it alike.
   */
  async emptyDirectory(): Promise<string> {
    const path = join(this.#directory, 'no-conf');
    await mkdir(path, { recursive: true, mode: 0o700 });
    return realpath(path);
  }

  /** The archive of this key, if it has been made and is whole: Java crashes on one that was cut off. */
  async find(key: string): Promise<string | undefined> {
    const path = this.#pathOf(key);
    const [facts, bytes] = await Promise.all([
      stat(path).catch(() => undefined),
      readFile(this.#sizePathOf(key), 'utf8').catch(() => ''),
    ]);
    if (facts === undefined || facts.size !== Number(bytes)) return undefined;
    const now = new Date(this.#clock.now());
    await utimes(path, now, now).catch(() => undefined); // says when it was last of use
    return path;
  }

  /** Throws an archive away, e.g. because Java crashed with it; this process makes no other in its place. */
  async discard(key: string): Promise<void> {
    this.#tried.add(key);
    await rm(this.#pathOf(key), { force: true });
    await rm(this.#sizePathOf(key), { force: true });
  }

  /** Has the archive made in the background, one after the other, unless it is there or has been tried. */
  makeInBackground(key: string, warmUps: readonly WarmUp[]): void {
    if (this.#tried.has(key) || this.#stopped.signal.aborted) return;
    this.#tried.add(key);
    this.#maker = this.#maker
      .then(() => this.make(key, warmUps))
      .catch((error: unknown) => {
        this.#log.warn({ err: error, key }, 'class archive not made');
      });
  }

  /** Makes the archive now, unless it is there or somebody else is at it. */
  async make(key: string, warmUps: readonly WarmUp[]): Promise<void> {
    if (await this.find(key)) return;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const lock = await takeMakerLock(join(this.#directory, `${key}.lock`), this.#clock.now());
    if (lock === undefined) return;
    const workDir = join(this.#directory, `${key}.making`);
    try {
      await rm(workDir, { recursive: true, force: true });
      await mkdir(workDir, { mode: 0o700 });
      const draft = join(workDir, 'classes.jsa');
      const startMs = this.#clock.monotonicMs();
      await this.#firstThatMakes(draft, workDir, warmUps);
      const bytes = (await stat(draft)).size;
      await rm(this.#pathOf(key), { force: true });
      await writeAtomically(this.#sizePathOf(key), String(bytes));
      await rename(draft, this.#pathOf(key));
      const ms = Math.round(this.#clock.monotonicMs() - startMs);
      this.#log.info({ key, bytes, ms }, 'class archive made');
      await this.#removeOld();
    } finally {
      await rm(workDir, { recursive: true, force: true });
      await lock.release();
    }
  }

  /** Ends a maker that runs. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#maker;
  }

  async #firstThatMakes(draft: string, workDir: string, warmUps: readonly WarmUp[]): Promise<void> {
    for (const warmUp of warmUps) {
      this.#stopped.signal.throwIfAborted();
      const ended = await runWarmUp(warmUp, draft, workDir, this.#clock, this.#stopped.signal);
      const isWritten = ended.succeeded && (await stat(draft).catch(() => undefined)) !== undefined;
      if (isWritten && (await archiveFits(warmUp, draft))) return;
      await rm(draft, { force: true });
      this.#log.debug({ main: warmUp.mainClass, lines: ended.lastLines }, 'no class archive');
    }
    throw new Error('no warm-up run has left a class archive');
  }

  async #removeOld(): Promise<void> {
    const names = (await readdir(this.#directory)).filter((name) => name.endsWith('.jsa'));
    const aged = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#directory, name);
        return { path, usedMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
      }),
    );
    const tooMany = aged.toSorted((a, b) => b.usedMs - a.usedMs).slice(archivesKept);
    await Promise.all(
      tooMany.flatMap(({ path }) =>
        [path, `${path}.size`].map((file) => rm(file, { force: true })),
      ),
    );
  }

  #sizePathOf(key: string): string {
    return `${this.#pathOf(key)}.size`;
  }

  #pathOf(key: string): string {
    return join(this.#directory, `${key}.jsa`);
  }
}
