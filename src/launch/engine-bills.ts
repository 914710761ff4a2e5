import { toGatewayError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import { withinLimit } from '../core/time-limit.ts';
import type { BillNote } from './bill-note.ts';
import { BillNotes, largerUsage, type BillNotesOptions } from './bill-notes.ts';
import type { JobPlatform, JobUsage, JobView } from './job-platform.ts';
import type { JobOwner, JobRef, LaunchOutcome, LaunchTag } from './launcher.ts';
import { LeaderRounds } from './leader-rounds.ts';
import { seenJobs, type SeenJobs } from './partial-list.ts';

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

export interface EngineBillsOptions extends BillNotesOptions {
  readonly jobs: BilledCluster;
  readonly lockPath: string;
  /** Writes the bill down for good; false when that could not be done now. */
  readonly tell: (bill: EngineBill) => Promise<boolean>;
}

/** An engine whose end has been seen, and what is billed for it has not. */
interface Wait {
  readonly sinceMs: number;
  readonly endedMs: number;
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
/** A job that the cluster does not let be asked for, while it answers otherwise, is told with what is known after a day. */
const unaskableMs = 86_400_000;
/** A job that was taken so lately may not be known everywhere yet. */
const unlistedMs = 60_000;
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
  readonly #notes: BillNotes;
  /** Last words of jobs that have ended or gone while this gateway looked on. */
  readonly #ends = new RecentMap<LaunchTag, JobView>(remembered);
  readonly #told = new RecentMap<LaunchTag, true>(remembered);
  readonly #waits = new Map<LaunchTag, Wait>();
  /** In how many rounds a job was not among those of its cluster. */
  readonly #misses = new Map<LaunchTag, number>();
  /** When the cluster was asked for a single job last; monotonic. */
  readonly #askedMs = new Map<LaunchTag, number>();
  /** Since when it has not let a job be asked for; monotonic. */
  readonly #unaskableSinceMs = new Map<LaunchTag, number>();
  /** Bills that are on their way to the disk. */
  readonly #telling = new Map<LaunchTag, Promise<boolean>>();

  constructor(options: EngineBillsOptions) {
    const { cluster, discovery, lockPath, clock, log } = options;
    this.#options = options;
    this.#notes = new BillNotes(options);
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
    await Promise.all([this.#notes.stop(), this.#rounds.stop()]);
  }

  /** A job that this gateway has started. Nobody waits for the note: the one who tells notes what it sees running, too. */
  taken({ tag, ref, owner }: Pick<JobView, 'tag' | 'ref'> & { readonly owner: JobOwner }): void {
    const note = { ref, owner, startedMs: this.#options.clock.now() };
    this.#notes.keep(tag, note, () => !this.#told.has(tag));
  }

  /** A job has ended or has gone; then this is how it was seen last. */
  ended(job: JobView): void {
    this.#ends.set(job.tag, job);
    this.#rounds.wake();
  }

  /** One look at all engines that have a note. Rejects when the store does not answer. */
  async round(signal: AbortSignal): Promise<void> {
    const { jobs } = this.#options;
    await this.#notes.readAll((tag) => this.#forget(tag), signal);
    const round: Round = {
      ...{ seen: byTag(jobs.jobs()), listed: undefined, asksLeft: asksPerRound },
      ...{ late: undefined, signal },
    };
    for (const job of round.seen.values()) await this.#noteNew(job, signal);
    for (const [tag, note] of this.#inTurn()) {
      signal.throwIfAborted();
      await this.#look(tag, note, round);
    }
    if (round.late !== undefined) throw round.late;
  }

  /** Those first that the cluster was asked for longest ago: each gets its turn, however many wait for an answer. */
  #inTurn(): readonly (readonly [LaunchTag, BillNote])[] {
    const askedMs = (tag: LaunchTag): number => this.#askedMs.get(tag) ?? 0;
    return this.#notes.entries().toSorted(([one], [other]) => askedMs(one) - askedMs(other));
  }

  /** An engine that runs without a note: its gateway died before it wrote one, or keeps no audit trail. */
  async #noteNew(job: JobView, signal: AbortSignal): Promise<void> {
    const { tag, ref, owner, usage, state } = job;
    if (state.kind === 'ended' || this.#notes.has(tag) || this.#told.has(tag)) return;
    signal.throwIfAborted();
    await this.#notes.read(tag); // its gateway may have written one just now, and knows for whom it runs
    if (this.#notes.has(tag)) return;
    const startedMs = job.createdMs || this.#options.clock.now(); // 0 where the platform does not tell
    await this.#notes.write(tag, { ref, owner, startedMs, usage });
  }

  async #look(tag: LaunchTag, note: BillNote, round: Round): Promise<void> {
    if (this.#told.has(tag)) return this.#remove(tag);
    const job = round.seen.get(tag) ?? this.#ends.get(tag);
    if (job === undefined) return this.#lookForMissing(tag, note, round);
    if (job.state.kind === 'ended' || !round.seen.has(tag)) return this.#end(tag, note, job, round);
    this.#misses.delete(tag);
    await this.#notes.writeUsage(tag, note, job.usage);
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
    round.listed ??= await seenJobs(jobs.listed(round.signal));
    const { jobs: listed, isWhole } = round.listed;
    let job: JobView | undefined | 'unknown' = listed.find((one) => one.tag === tag);
    if (job === undefined) {
      if (jobs.recall !== undefined) job = await this.#recall(tag, note, round);
      else if (!isWhole) return;
    }
    if (job === 'unknown') {
      if (!isWhole || !this.#isUnaskable(tag)) return;
      job = undefined;
    }
    if (job !== undefined && job.state.kind !== 'ended') return;
    const isYoung = clock.now() - note.startedMs < unlistedMs;
    if (job === undefined && (misses < 3 || isYoung)) return;
    if (job !== undefined) this.#ends.set(tag, job); // found once, it is not looked for again
    await this.#end(tag, note, job, round);
  }

  #isUnaskable(tag: LaunchTag): boolean {
    const sinceMs = this.#unaskableSinceMs.get(tag);
    return sinceMs !== undefined && this.#options.clock.monotonicMs() - sinceMs >= unaskableMs;
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
      ...{ sinceMs: nowMs, endedMs: job?.endedMs ?? clock.now(), usage: job?.usage },
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
      usage: wait.usage?.isBilled === true ? wait.usage : largerUsage(wait.usage, note.usage),
    };
    await this.#tell(bill, round);
  }

  /** True when there is nothing more to wait for: never before the cluster was asked, whose turn may come late. */
  async #askForBill(tag: LaunchTag, note: BillNote, wait: Wait, round: Round): Promise<boolean> {
    const nowMs = this.#options.clock.monotonicMs();
    const isLate = nowMs - wait.sinceMs >= billWaitMs;
    const isDue = nowMs - (this.#askedMs.get(tag) ?? -Infinity) >= billAskMs;
    if (!isDue || round.asksLeft <= 0) return false;
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
    const { jobs, clock, cluster, log } = this.#options;
    const { signal } = round;
    if (round.asksLeft <= 0) return 'unknown';
    round.asksLeft--;
    const nowMs = clock.monotonicMs();
    this.#askedMs.set(tag, nowMs);
    try {
      const job = await jobs.recall?.(tag, ref, signal);
      this.#unaskableSinceMs.delete(tag);
      return job;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!this.#unaskableSinceMs.has(tag)) this.#unaskableSinceMs.set(tag, nowMs);
      log.debug({ cluster, tag, err: toGatewayError(thrown) }, 'ended engine not asked for yet');
      return 'unknown';
    }
  }

  /** A disk that takes nothing now holds a round up once, and gets no second line of the same engine. */
  async #tell(bill: EngineBill, round: Round): Promise<void> {
    const { tell, clock } = this.#options;
    const { tag } = bill;
    if (round.late !== undefined) return;
    const telling = this.#telling.get(tag) ?? tell(bill).catch(() => false); // tried again
    this.#telling.set(tag, telling);
    const late = new Error(`the end of engine ${tag} is not written down yet`);
    const limit = { clock, ms: tellLimitMs, signal: round.signal, late: () => late };
    const isKept = await withinLimit(telling, limit).catch((thrown: unknown) => {
      if (thrown !== late) throw thrown;
      round.late = late;
    });
    if (isKept === undefined) return;
    this.#telling.delete(tag);
    if (!isKept) return;
    this.#told.set(tag, true);
    await this.#remove(tag);
  }

  async #remove(tag: LaunchTag): Promise<void> {
    await this.#notes.remove(tag);
    this.#forget(tag);
  }

  #forget(tag: LaunchTag): void {
    this.#waits.delete(tag);
    this.#misses.delete(tag);
    this.#askedMs.delete(tag);
    this.#telling.delete(tag);
    this.#unaskableSinceMs.delete(tag);
  }
}

interface Round {
  readonly seen: ReadonlyMap<LaunchTag, JobView>;
  /** A list of now, once somebody needs it. */
  listed: SeenJobs | undefined;
  asksLeft: number;
  /** Set once the disk has kept it waiting too long. */
  late: Error | undefined;
  readonly signal: AbortSignal;
}

function byTag(jobs: readonly JobView[]): ReadonlyMap<LaunchTag, JobView> {
  return new Map(jobs.map((job) => [job.tag, job]));
}
