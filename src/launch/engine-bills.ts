import type { Clock } from '../core/clock.ts';
import { toGatewayError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import { withinLimit } from '../core/time-limit.ts';
import type { Discovery } from '../discovery/discovery.ts';
import { billNoteText, parseBillNote, type BillNote } from './bill-note.ts';
import type { JobPlatform, JobUsage, JobView } from './job-platform.ts';
import type { LaunchLog } from './launch-log.ts';
import type { JobOwner, JobRef, LaunchOutcome, LaunchTag } from './launcher.ts';
import { LeaderRounds } from './leader-rounds.ts';

/** What one engine of a cluster was given, from its start to its end. */
export interface EngineBill {
  readonly tag: LaunchTag;
  readonly ref: JobRef;
  readonly owner: Partial<JobOwner>;
  readonly outcome: LaunchOutcome;
  /** Epoch milliseconds. */
  readonly startedMs: number;
  /** When it ended; where the cluster does not tell, when that was seen. */
  readonly endedMs: number;
  /** Undefined where the cluster does not tell. */
  readonly usage: JobUsage | undefined;
}

/** What the bills need of a cluster. */
export interface BilledCluster {
  /** The jobs as they were last heard of. */
  jobs(): readonly JobView[];
  /** Whether the cluster has been heard of, and answers. */
  readonly isHeard: boolean;
  /** What the cluster knows now; rejects when it does not answer. */
  listed(signal: AbortSignal): Promise<readonly JobView[]>;
  readonly recall: JobPlatform['recall'];
}

export interface EngineBillsOptions {
  readonly cluster: string;
  readonly jobs: BilledCluster;
  readonly discovery: Discovery;
  /** Where the notes stand, one for each engine whose end has not been told. */
  readonly folder: string;
  readonly lockPath: string;
  /** Writes the bill down for good; false when that could not be done now. */
  readonly tell: (bill: EngineBill) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: LaunchLog;
}

/** An engine whose end has been seen, and what is billed for it has not. */
interface Wait {
  readonly sinceMs: number;
  readonly endedMs: number;
  /** When the cluster was asked last; monotonic. */
  askedMs: number;
  usage: JobUsage | undefined;
}

const roundMs = 10_000;
/** How long a provider has to say what it bills; after that, what was measured is told. */
const billWaitMs = 600_000;
const billAskMs = 30_000;
/** How long a round waits for the disk. */
const tellLimitMs = 5_000;
/** Single jobs that are asked for in one round, at most. */
const asksPerRound = 20;
/** A job that was taken so lately may not be known everywhere yet. */
const unlistedMs = 60_000;
/** What a running engine uses is noted so often. */
const usageNoteMs = 300_000;
/** Ended engines that are remembered, so that nothing is told twice. */
const remembered = 20_000;

/**
 * Tells of each engine of a cluster once that it has ended and what it used. A note in the store stands for each engine from its
 * launch until its end has been written down, so that neither the end of a gateway nor that of all of them loses one. The
 * gateway that holds the lock tells; one that dies between writing and removing the note lets its successor tell once more,
 * under the same tag.
 */
export class EngineBills {
  readonly #options: EngineBillsOptions;
  readonly #rounds: LeaderRounds;
  readonly #notes = new Map<LaunchTag, BillNote>();
  /** Last words of jobs that have ended or gone while this gateway looked on. */
  readonly #ends = new RecentMap<LaunchTag, JobView>(remembered);
  readonly #told = new RecentMap<LaunchTag, true>(remembered);
  readonly #waits = new Map<LaunchTag, Wait>();
  /** In how many rounds a job was not among those of its cluster. */
  readonly #misses = new Map<LaunchTag, number>();
  readonly #unreadable = new Set<LaunchTag>();
  /** When this gateway wrote a note last; monotonic. */
  readonly #notedMs = new Map<LaunchTag, number>();
  readonly #writing = new Set<Promise<void>>();
  /** Bills that are on their way to the disk. */
  readonly #telling = new Map<LaunchTag, Promise<boolean>>();

  constructor(options: EngineBillsOptions) {
    const { cluster, discovery, lockPath, clock, log } = options;
    this.#options = options;
    this.#rounds = new LeaderRounds({
      ...{ cluster, discovery, lockPath, clock, log },
      periodMs: roundMs,
      round: (signal) => this.round(signal),
      words: {
        leads: 'telling of ended engines',
        waits: 'not the one that tells of ended engines yet',
        fails: 'ended engines not told of yet',
      },
    });
  }

  start(): void {
    this.#rounds.start();
  }

  /** What is not told yet is told by another gateway, or by this one when it comes back. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
    await Promise.all(this.#writing);
  }

  /** A job that this gateway has started. Nobody waits for the note: the one who tells notes what it sees running, too. */
  taken({ tag, ref, owner }: Pick<JobView, 'tag' | 'ref'> & { readonly owner: JobOwner }): void {
    const { discovery, clock, cluster, log } = this.#options;
    const note = billNoteText({ ref, owner, startedMs: clock.now() });
    const writing = discovery
      .writeNote(this.#pathOf(tag), note)
      .catch((thrown: unknown) =>
        log.warn({ cluster, tag, err: toGatewayError(thrown) }, 'engine not noted for its bill'),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** A job has ended or has gone; then this is how it was seen last. */
  ended(job: JobView): void {
    this.#ends.set(job.tag, job);
    this.#rounds.wake();
  }

  /** One look at all engines that have a note. Rejects when the store does not answer. */
  async round(signal: AbortSignal): Promise<void> {
    const { jobs } = this.#options;
    await this.#readNotes(signal);
    const round = { seen: byTag(jobs.jobs()), listed: undefined, asksLeft: asksPerRound, signal };
    for (const job of round.seen.values()) await this.#noteNew(job, signal);
    for (const [tag, note] of this.#notes) {
      signal.throwIfAborted();
      await this.#look(tag, note, round);
    }
  }

  async #readNotes(signal: AbortSignal): Promise<void> {
    const { discovery, folder, cluster, log } = this.#options;
    const names = new Set(await discovery.noteNames(folder));
    for (const tag of this.#notes.keys()) if (!names.has(tag)) this.#forget(tag);
    for (const tag of names) {
      if (this.#notes.has(tag) || this.#unreadable.has(tag)) continue;
      signal.throwIfAborted();
      const text = await discovery.readNote(this.#pathOf(tag));
      if (text === undefined) continue; // told by another one just now
      const note = parseBillNote(text);
      if (note !== undefined) {
        this.#notes.set(tag, note);
        continue;
      }
      this.#unreadable.add(tag);
      log.warn({ cluster, path: this.#pathOf(tag) }, "note of an engine's bill can't be read");
    }
  }

  /** An engine that runs without a note: its gateway died before it wrote one, or keeps no audit trail. */
  async #noteNew(job: JobView, signal: AbortSignal): Promise<void> {
    const { tag, ref, owner, createdMs, usage, state } = job;
    if (state.kind === 'ended' || this.#notes.has(tag) || this.#told.has(tag)) return;
    signal.throwIfAborted();
    await this.#write(tag, { ref, owner, startedMs: createdMs, usage });
  }

  async #look(tag: LaunchTag, note: BillNote, round: Round): Promise<void> {
    if (this.#told.has(tag)) return this.#remove(tag);
    const job = round.seen.get(tag) ?? this.#ends.get(tag);
    if (job === undefined) return this.#lookForMissing(tag, note, round);
    if (job.state.kind === 'ended' || !round.seen.has(tag)) return this.#end(tag, note, job, round);
    this.#misses.delete(tag);
    await this.#noteUsage(tag, note, job.usage);
  }

  /**
   * The lists may leave out what has ended, and a job of another gateway may not be in them yet: what is missing twice is asked
   * for, and is gone when a cluster that answers has not known it for a while.
   */
  async #lookForMissing(tag: LaunchTag, note: BillNote, round: Round): Promise<void> {
    const { jobs, clock } = this.#options;
    if (!jobs.isHeard) return;
    const misses = (this.#misses.get(tag) ?? 0) + 1;
    this.#misses.set(tag, misses);
    if (misses < 2) return;
    round.listed ??= byTag(await jobs.listed(round.signal));
    let job: JobView | undefined | 'unknown' = round.listed.get(tag);
    if (job === undefined && jobs.recall !== undefined) job = await this.#recall(tag, note, round);
    if (job === 'unknown') return;
    if (job !== undefined && job.state.kind !== 'ended') return;
    const isYoung = clock.now() - note.startedMs < unlistedMs;
    if (job === undefined && (misses < 3 || isYoung)) return;
    if (job !== undefined) this.#ends.set(tag, job); // found once, it is not looked for again
    await this.#end(tag, note, job, round);
  }

  /** Undefined: the cluster knows nothing of the job any more. */
  async #end(
    tag: LaunchTag,
    note: BillNote,
    job: JobView | undefined,
    round: Round,
  ): Promise<void> {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const wait = this.#waits.get(tag) ?? {
      ...{ sinceMs: nowMs, endedMs: job?.endedMs ?? clock.now() },
      ...{ askedMs: -Infinity, usage: job?.usage },
    };
    this.#waits.set(tag, wait);
    const isPending = job?.isBillPending === true && wait.usage?.isBilled !== true;
    if (isPending && !(await this.#askForBill(tag, note, wait, round))) return;
    const { state, owner } = job ?? {};
    const bill: EngineBill = {
      tag,
      ref: note.ref,
      owner: owner?.user === undefined ? note.owner : owner,
      outcome: state?.kind === 'ended' ? state.outcome : 'killed',
      startedMs: job?.createdMs || note.startedMs, // 0 where the platform does not tell
      endedMs: wait.endedMs,
      usage: wait.usage?.isBilled === true ? wait.usage : larger(wait.usage, note.usage),
    };
    await this.#tell(bill, round.signal);
  }

  /** True when there is nothing more to wait for. */
  async #askForBill(tag: LaunchTag, note: BillNote, wait: Wait, round: Round): Promise<boolean> {
    const nowMs = this.#options.clock.monotonicMs();
    const isLate = nowMs - wait.sinceMs >= billWaitMs;
    const isDue = nowMs - wait.askedMs >= billAskMs && round.asksLeft > 0;
    if (!isDue) return isLate;
    wait.askedMs = nowMs;
    const job = await this.#recall(tag, note, round);
    if (job === 'unknown') return isLate;
    wait.usage = job?.usage ?? wait.usage;
    return isLate || job?.isBillPending !== true;
  }

  async #recall(
    tag: LaunchTag,
    { ref }: BillNote,
    round: Round,
  ): Promise<JobView | undefined | 'unknown'> {
    const { jobs, cluster, log } = this.#options;
    const { signal } = round;
    if (round.asksLeft <= 0) return 'unknown';
    round.asksLeft--;
    try {
      return await jobs.recall?.(tag, ref, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      log.debug({ cluster, tag, err: toGatewayError(thrown) }, 'ended engine not asked for yet');
      return 'unknown';
    }
  }

  /** A disk that takes nothing now holds nobody up, and gets no second line of the same engine. */
  async #tell(bill: EngineBill, signal: AbortSignal): Promise<void> {
    const { tell, clock } = this.#options;
    const { tag } = bill;
    const telling = this.#telling.get(tag) ?? tell(bill).catch(() => false); // tried again
    this.#telling.set(tag, telling);
    const late = (): Error => new Error(`the end of engine ${tag} is not written down yet`);
    const isKept = await withinLimit(telling, { clock, ms: tellLimitMs, signal, late });
    this.#telling.delete(tag);
    if (!isKept) return;
    this.#told.set(tag, true);
    await this.#remove(tag);
  }

  async #noteUsage(tag: LaunchTag, note: BillNote, usage: JobUsage | undefined): Promise<void> {
    if (usage === undefined || sameUsage(usage, note.usage)) return;
    const sinceMs = this.#notedMs.get(tag) ?? -Infinity;
    if (this.#options.clock.monotonicMs() - sinceMs < usageNoteMs) return;
    await this.#write(tag, { ...note, usage: larger(usage, note.usage) });
  }

  async #write(tag: LaunchTag, note: BillNote): Promise<void> {
    const { discovery, clock } = this.#options;
    await discovery.writeNote(this.#pathOf(tag), billNoteText(note));
    this.#notes.set(tag, note);
    this.#notedMs.set(tag, clock.monotonicMs());
  }

  async #remove(tag: LaunchTag): Promise<void> {
    await this.#options.discovery.removeNote(this.#pathOf(tag));
    this.#forget(tag);
  }

  #forget(tag: LaunchTag): void {
    this.#notes.delete(tag);
    this.#waits.delete(tag);
    this.#misses.delete(tag);
    this.#notedMs.delete(tag);
  }

  #pathOf(tag: LaunchTag): string {
    return `${this.#options.folder}/${tag}`;
  }
}

interface Round {
  readonly seen: ReadonlyMap<LaunchTag, JobView>;
  /** A list of now, once somebody needs it. */
  listed: ReadonlyMap<LaunchTag, JobView> | undefined;
  asksLeft: number;
  readonly signal: AbortSignal;
}

function byTag(jobs: readonly JobView[]): ReadonlyMap<LaunchTag, JobView> {
  return new Map(jobs.map((job) => [job.tag, job]));
}

/** A gateway that came later has not seen all that an engine used: what is known to be used is never taken back. */
function larger(one: JobUsage | undefined, other: JobUsage | undefined): JobUsage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    ...one,
    vcpuSeconds: Math.max(one.vcpuSeconds, other.vcpuSeconds),
    memoryMibSeconds: Math.max(one.memoryMibSeconds, other.memoryMibSeconds),
  };
}

function sameUsage(one: JobUsage, other: JobUsage | undefined): boolean {
  return one.vcpuSeconds === other?.vcpuSeconds && one.memoryMibSeconds === other.memoryMibSeconds;
}
