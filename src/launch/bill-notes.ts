import type { Clock } from '../core/clock.ts';
import { toGatewayError } from '../core/errors.ts';
import type { Discovery } from '../discovery/discovery.ts';
import { billNoteText, parseBillNote, type BillNote } from './bill-note.ts';
import type { JobUsage } from './job-platform.ts';
import type { LaunchLog } from './launch-log.ts';
import type { LaunchTag } from './launcher.ts';

export interface BillNotesOptions {
  readonly cluster: string;
  readonly discovery: Discovery;
  /** Where the notes stand, one for each engine whose end has not been told. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: LaunchLog;
}

/** A note that the store did not take is written again after this. */
const retryMs = 5_000;
/** What a running engine uses is noted so often. */
const usageNoteMs = 300_000;

/** The notes of one cluster's engines in the store, and what is known of them here. */
export class BillNotes {
  readonly #options: BillNotesOptions;
  readonly #known = new Map<LaunchTag, BillNote>();
  readonly #unreadable = new Set<LaunchTag>();
  /** When this gateway wrote a note last; monotonic. */
  readonly #writtenMs = new Map<LaunchTag, number>();
  readonly #keeping = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: BillNotesOptions) {
    this.#options = options;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#keeping);
  }

  entries(): readonly (readonly [LaunchTag, BillNote])[] {
    return [...this.#known];
  }

  has(tag: LaunchTag): boolean {
    return this.#known.has(tag);
  }

  /** Nobody waits for it: it is tried until the store has the note, or nobody needs it any more. */
  keep(tag: LaunchTag, note: BillNote, isNeeded: () => boolean): void {
    const keeping = this.#keep(tag, note, isNeeded).finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  async #keep(tag: LaunchTag, note: BillNote, isNeeded: () => boolean): Promise<void> {
    const { discovery, clock, cluster, log } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      try {
        await discovery.writeNote(this.#pathOf(tag), billNoteText(note));
        return;
      } catch (thrown) {
        log.warn({ cluster, tag, err: toGatewayError(thrown) }, 'engine not noted for its bill');
      }
      if (signal.aborted) return;
      await clock.sleep(retryMs, signal).catch(() => {});
      if (!isNeeded()) return;
    }
  }

  /** Takes what the store has now; `onGone` hears of the notes that another gateway has removed. */
  async readAll(onGone: (tag: LaunchTag) => void, signal: AbortSignal): Promise<void> {
    const { discovery, folder } = this.#options;
    const names = new Set(await discovery.noteNames(folder));
    for (const tag of this.#known.keys()) {
      if (names.has(tag)) continue;
      this.#forget(tag);
      onGone(tag);
    }
    for (const tag of names) {
      if (this.#known.has(tag) || this.#unreadable.has(tag)) continue;
      signal.throwIfAborted();
      await this.read(tag);
    }
  }

  async read(tag: LaunchTag): Promise<void> {
    const { discovery, cluster, log } = this.#options;
    const text = await discovery.readNote(this.#pathOf(tag));
    if (text === undefined) return; // told by another one just now
    const note = parseBillNote(text);
    if (note !== undefined) {
      this.#known.set(tag, note);
      return;
    }
    this.#unreadable.add(tag);
    log.warn({ cluster, path: this.#pathOf(tag) }, "note of an engine's bill can't be read");
  }

  async write(tag: LaunchTag, note: BillNote): Promise<void> {
    const { discovery, clock } = this.#options;
    await discovery.writeNote(this.#pathOf(tag), billNoteText(note));
    this.#known.set(tag, note);
    this.#writtenMs.set(tag, clock.monotonicMs());
  }

  /** What an engine uses while it runs, which a cluster may forget; not each time that somebody looks. */
  async writeUsage(tag: LaunchTag, note: BillNote, usage: JobUsage | undefined): Promise<void> {
    if (usage === undefined || sameUsage(usage, note.usage)) return;
    const sinceMs = this.#writtenMs.get(tag) ?? -Infinity;
    if (this.#options.clock.monotonicMs() - sinceMs < usageNoteMs) return;
    await this.write(tag, { ...note, usage: largerUsage(usage, note.usage) });
  }

  async remove(tag: LaunchTag): Promise<void> {
    await this.#options.discovery.removeNote(this.#pathOf(tag));
    this.#forget(tag);
  }

  #forget(tag: LaunchTag): void {
    this.#known.delete(tag);
    this.#writtenMs.delete(tag);
  }

  #pathOf(tag: LaunchTag): string {
    return `${this.#options.folder}/${tag}`;
  }
}

/** A gateway that came later has not seen all that an engine used: what is known to be used is never taken back. */
export function largerUsage(
  one: JobUsage | undefined,
  other: JobUsage | undefined,
): JobUsage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const storage = [one.storageGbSeconds, other.storageGbSeconds].filter((gb) => gb !== undefined);
  return {
    ...one,
    storageGbSeconds: storage.length === 0 ? undefined : Math.max(...storage),
    vcpuSeconds: Math.max(one.vcpuSeconds, other.vcpuSeconds),
    memoryMibSeconds: Math.max(one.memoryMibSeconds, other.memoryMibSeconds),
  };
}

function sameUsage(one: JobUsage, other: JobUsage | undefined): boolean {
  return one.vcpuSeconds === other?.vcpuSeconds && one.memoryMibSeconds === other.memoryMibSeconds;
}
