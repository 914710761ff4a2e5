import type { JobRun, JobRunSummary } from '@aws-sdk/client-emr-serverless';
import type { Clock } from '../../core/clock.ts';
import type { JobUsage, JobView } from '../job-platform.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';
import { SharedRounds } from '../shared-rounds.ts';
import { launchOf, ownerOf } from '../aws/job-tags.ts';
import { stateOf, viewOf, type RunDetails, type RunFacts } from './run-view.ts';
import type { ServerlessApi } from './serverless-api.ts';
import { nameOf, unlessThrottled } from '../aws/service-errors.ts';

interface KnownRun {
  run: RunFacts;
  details: RunDetails | undefined;
  /** When EMR told it; monotonic. */
  heardMs: number;
  /** Of an ended run, when that was seen; monotonic. */
  endedMs: number | undefined;
}

export interface FleetRunsOptions {
  readonly applications: readonly string[];
  readonly fleet: string;
  readonly api: ServerlessApi;
  readonly clock: Clock;
  /** Where the driver's log of a run is, as far as that has an address. */
  readonly linkOf: (run: RunFacts) => string | undefined;
}

/** What one round tells. */
export interface FleetList {
  readonly jobs: readonly JobView[];
  /** Why an application could not be looked at, by its id: of its runs those that are known are among the jobs as they were. */
  readonly hidden: ReadonlyMap<string, unknown>;
}

/** So long after its start EMR may not know a run yet everywhere. */
const unknownForMs = 30_000;
/** How long a run that has ended is still told of. */
const endedForMs = 3_600_000;
/** Runs that are asked for one by one in one round, at most: the next round goes on. */
const asksPerRound = 60;
/** A round of so many pages tells soon enough what becomes of a launch: a page takes a second. */
const pagesOfShortRound = 2;
/** Launches that are asked for at once beside a longer round. */
const asksBesideRound = 8;
/** What was heard of a launch is news for so long. */
const newsForMs = 2_000;

/**
 * The job runs of this fleet. A round lists the alive ones of each application and asks for a single one only where the list
 * can't tell: what has left it (it has ended, and used so much), and once for whom it runs.
 */
export class FleetRuns {
  readonly #options: FleetRunsOptions;
  readonly #known = new Map<LaunchTag, KnownRun>();
  readonly #rounds = new SharedRounds((signal) => this.#look(signal));
  /** Of the last round. */
  #pages = 0;

  constructor(options: FleetRunsOptions) {
    this.#options = options;
  }

  /** A run that this gateway has started itself: it is known before a list has it. */
  add(tag: LaunchTag, applicationId: string, jobRunId: string, owner: JobOwner): JobView {
    const before = this.#known.get(tag);
    const known =
      before?.run.jobRunId === jobRunId
        ? before
        : {
            run: {
              ...{ applicationId, jobRunId, state: 'SUBMITTED', stateDetails: '' },
              createdMs: this.#options.clock.now(),
            },
            details: { owner, usage: undefined },
            ...{ heardMs: this.#options.clock.monotonicMs(), endedMs: undefined },
          };
    this.#known.set(tag, known);
    return this.#viewOf(tag, known);
  }

  get(tag: LaunchTag): RunFacts | undefined {
    return this.#known.get(tag)?.run;
  }

  aliveOn(applicationId: string): number {
    return [...this.#known.values()].filter(
      ({ run, endedMs }) => run.applicationId === applicationId && endedMs === undefined,
    ).length;
  }

  views(): readonly JobView[] {
    return [...this.#known].map(([tag, known]) => this.#viewOf(tag, known));
  }

  #viewOf(tag: LaunchTag, { run, details }: KnownRun): JobView {
    return viewOf(tag, run, details, this.#options.linkOf(run));
  }

  /**
   * What became of some of these launches, for which somebody waits, where rounds take so long that he would be told late: of
   * those first that were heard of longest ago. Empty while rounds are short.
   */
  async lookAt(tags: Iterable<LaunchTag>, signal: AbortSignal): Promise<readonly JobView[]> {
    if (this.#pages <= pagesOfShortRound) return [];
    const sinceMs = this.#options.clock.monotonicMs() - newsForMs;
    const unheard = [...tags].flatMap((tag) => {
      const known = this.#known.get(tag);
      const isAlive = known !== undefined && known.endedMs === undefined;
      return isAlive && known.heardMs <= sinceMs ? [[tag, known] as const] : [];
    });
    const asked = unheard
      .toSorted(([, one], [, other]) => one.heardMs - other.heardMs)
      .slice(0, asksBesideRound);
    // One that is not told of now is told of by the next look, or by the list.
    await Promise.allSettled(asked.map(([tag, known]) => this.#ask(tag, known, signal)));
    return asked.flatMap(([tag, known]) =>
      this.#known.get(tag) === known ? [this.#viewOf(tag, known)] : [],
    );
  }

  /** One run as EMR knows it now; undefined when it does not know it. */
  async recall(
    tag: LaunchTag,
    applicationId: string,
    jobRunId: string,
    signal: AbortSignal,
  ): Promise<JobView | undefined> {
    const answer = await this.#options.api.run(applicationId, jobRunId, signal);
    if (answer === undefined) return undefined;
    const run = { ...factsOf(answer), applicationId, jobRunId };
    return viewOf(tag, run, detailsOf(answer), this.#options.linkOf(run));
  }

  /**
   * Looks at all applications, once for all who ask before it begins. Rejects when EMR does not answer, or lets us look at none:
   * then what was known stays.
   */
  async refresh(signal: AbortSignal): Promise<FleetList> {
    return this.#rounds.next(signal);
  }

  /** What the rounds do ends with this. */
  stop(): void {
    this.#rounds.stop();
  }

  async #look(signal: AbortSignal): Promise<FleetList> {
    const before = [...this.#known.keys()];
    const hidden = new Map<string, unknown>();
    const alive = await this.#takeAlive(hidden, signal);
    const left = before.filter((tag) => !alive.has(tag));
    const hasLeft = new Set(left);
    const all = [...left, ...this.#known.keys()].flatMap((tag) => {
      const known = this.#known.get(tag);
      if (known === undefined || known.endedMs !== undefined) return [];
      if (hidden.has(known.run.applicationId)) return [];
      return hasLeft.has(tag) || known.details === undefined ? [[tag, known] as const] : [];
    });
    const asked = [...new Map(all)].slice(0, asksPerRound);
    await Promise.all(
      asked.map(([tag, known]) =>
        this.#ask(tag, known, signal).catch((thrown: unknown) => {
          if (isOfOneApplication(thrown)) hidden.set(known.run.applicationId, thrown);
          else unlessThrottled(thrown);
        }),
      ),
    );
    this.#forgetOld();
    const [trouble] = hidden.values();
    const hasSeen = this.#options.applications.some((id) => !hidden.has(id));
    if (!hasSeen) throw trouble;
    return { jobs: this.views(), hidden };
  }

  /** Takes what the lists tell, page by page; the tags that they have. One application must not blind us for the others. */
  async #takeAlive(
    hidden: Map<string, unknown>,
    signal: AbortSignal,
  ): Promise<ReadonlySet<LaunchTag>> {
    const { applications, fleet, api, clock } = this.#options;
    const alive = new Set<LaunchTag>();
    let pages = 0;
    for (const id of applications) {
      let askedMs = clock.monotonicMs();
      try {
        for await (const page of api.alive(id, signal)) {
          pages++;
          for (const summary of page) {
            const tag = launchOf(summary.name, fleet);
            if (tag === undefined) continue;
            alive.add(tag);
            this.#take(tag, factsOf(summary), askedMs);
          }
          askedMs = clock.monotonicMs();
        }
      } catch (thrown) {
        // One that somebody has deleted has no runs: those that we know of are asked for one by one.
        if (nameOf(thrown) === 'ResourceNotFoundException') continue;
        if (!isOfOneApplication(thrown)) throw thrown;
        hidden.set(id, thrown);
      }
    }
    this.#pages = pages;
    return alive;
  }

  /** A page that was asked for before the run itself was heard of is older than what is known. */
  #take(tag: LaunchTag, run: RunFacts, askedMs: number): void {
    const known = this.#known.get(tag);
    if (known === undefined) {
      this.#known.set(tag, { run, details: undefined, heardMs: askedMs, endedMs: undefined });
    } else if (known.endedMs === undefined && known.heardMs <= askedMs) {
      known.run = run;
      known.heardMs = askedMs;
    }
  }

  /** What became of one run, and for whom it runs. */
  async #ask(tag: LaunchTag, known: KnownRun, signal: AbortSignal): Promise<void> {
    const { api, clock } = this.#options;
    const { applicationId, jobRunId } = known.run;
    const answer = await api.run(applicationId, jobRunId, signal);
    known.heardMs = clock.monotonicMs();
    if (answer === undefined) {
      if (clock.now() - known.run.createdMs >= unknownForMs) this.#known.delete(tag);
      return;
    }
    known.run = { ...factsOf(answer), applicationId, jobRunId };
    known.details = { ...detailsOf(answer), owner: known.details?.owner ?? ownerOf(answer.tags) };
    known.heardMs = clock.monotonicMs();
    if (stateOf(known.run.state).kind === 'ended') known.endedMs = known.heardMs;
  }

  #forgetOld(): void {
    const sinceMs = this.#options.clock.monotonicMs() - endedForMs;
    for (const [tag, { endedMs }] of this.#known) {
      if (endedMs !== undefined && endedMs < sinceMs) this.#known.delete(tag);
    }
  }
}

/** Rights are given by application: that one is kept from us says nothing of the others. */
function isOfOneApplication(thrown: unknown): boolean {
  return nameOf(thrown) === 'AccessDeniedException';
}

function factsOf(from: JobRunSummary | JobRun): RunFacts {
  return {
    applicationId: from.applicationId ?? '',
    jobRunId: ('id' in from ? from.id : (from as JobRun).jobRunId) ?? '', // a single run calls its id otherwise
    state: from.state ?? '',
    stateDetails: from.stateDetails ?? '',
    createdMs: from.createdAt?.getTime() ?? 0,
    endedMs: 'endedAt' in from ? from.endedAt?.getTime() : undefined,
  };
}

function detailsOf(run: JobRun): RunDetails {
  const usage = usageOf(run);
  // A run that never had a worker is billed nothing, and EMR says nothing of it.
  const hadWorkers = run.startedAt !== undefined || usage !== undefined;
  return { owner: ownerOf(run.tags), usage, isBillPending: hadWorkers && usage?.isBilled !== true };
}

/** What is billed is what the gateway's users cost; until the bill is there, what was used. */
function usageOf(run: JobRun): JobUsage | undefined {
  const { billedResourceUtilization: billed, totalResourceUtilization: total } = run;
  const isBilled = billed?.vCPUHour !== undefined && billed.memoryGBHour !== undefined;
  const told = isBilled ? billed : total;
  if (told?.vCPUHour === undefined || told.memoryGBHour === undefined) return undefined;
  return {
    vcpuSeconds: secondsOf(told.vCPUHour),
    memoryMibSeconds: secondsOf(told.memoryGBHour * 1024),
    storageGbSeconds: told.storageGBHour === undefined ? undefined : secondsOf(told.storageGBHour),
    isBilled,
  };
}

/** To the thousandth. */
function secondsOf(hours: number): number {
  return Math.round(hours * 3_600_000) / 1000;
}
