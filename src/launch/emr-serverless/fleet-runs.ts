import type { JobRun, JobRunSummary } from '@aws-sdk/client-emr-serverless';
import type { Clock } from '../../core/clock.ts';
import type { JobUsage, JobView } from '../job-platform.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';
import { launchOf, ownerOf } from '../aws/job-tags.ts';
import { stateOf, viewOf, type RunDetails, type RunFacts } from './run-view.ts';
import type { ServerlessApi } from './serverless-api.ts';
import { nameOf } from '../aws/service-errors.ts';

interface KnownRun {
  run: RunFacts;
  details: RunDetails | undefined;
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

/** How long a run that has ended is still told of. */
const endedForMs = 3_600_000;
/** Runs that are asked for one by one in one round, at most: the next round goes on. */
const asksPerRound = 60;

/**
 * The job runs of this fleet. A round lists the alive ones of each application and asks for a single one only where the list
 * can't tell: what has left it (it has ended, and used so much), and once for whom it runs.
 */
export class FleetRuns {
  readonly #options: FleetRunsOptions;
  readonly #known = new Map<LaunchTag, KnownRun>();
  /** The round under way, and the one that begins after it. */
  #round: Promise<unknown> = Promise.resolve();
  #next: Promise<readonly JobView[]> | undefined;
  readonly #stopping = new AbortController();

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
            endedMs: undefined,
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
   * Looks at all applications, once for all who ask before it begins. Rejects when one does not answer: then what was known
   * stays.
   */
  async refresh(signal: AbortSignal): Promise<readonly JobView[]> {
    signal.throwIfAborted();
    this.#next ??= this.#afterThis();
    return withSignal(this.#next, signal);
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

  /** What the rounds do ends with this. */
  stop(): void {
    this.#stopping.abort(new Error('the cluster is no longer looked at'));
  }

  async #afterThis(): Promise<readonly JobView[]> {
    await this.#round;
    this.#next = undefined;
    const round = this.#look(this.#stopping.signal);
    this.#round = round.catch(() => undefined); // told to those who wait for it
    return round;
  }

  async #look(signal: AbortSignal): Promise<readonly JobView[]> {
    const before = [...this.#known.keys()];
    const alive = await this.#alive(signal);
    for (const [tag, run] of alive) this.#take(tag, run);
    const left = before.filter((tag) => !alive.has(tag));
    const hasLeft = new Set(left);
    const all = [...left, ...this.#known.keys()].flatMap((tag) => {
      const known = this.#known.get(tag);
      if (known === undefined || known.endedMs !== undefined) return [];
      return hasLeft.has(tag) || known.details === undefined ? [[tag, known] as const] : [];
    });
    const asked = [...new Map(all)].slice(0, asksPerRound);
    await Promise.all(asked.map(([tag, known]) => this.#ask(tag, known, signal)));
    this.#forgetOld();
    return this.views();
  }

  async #alive(signal: AbortSignal): Promise<Map<LaunchTag, RunFacts>> {
    const { applications, fleet, api } = this.#options;
    const alive = new Map<LaunchTag, RunFacts>();
    for (const id of applications) {
      try {
        for await (const summary of api.alive(id, signal)) {
          const tag = launchOf(summary.name, fleet);
          if (tag !== undefined) alive.set(tag, factsOf(summary));
        }
      } catch (thrown) {
        // An application that somebody has deleted has no runs: it must not blind us for those of the others.
        if (nameOf(thrown) !== 'ResourceNotFoundException') throw thrown;
      }
    }
    return alive;
  }

  #take(tag: LaunchTag, run: RunFacts): void {
    const known = this.#known.get(tag);
    if (known === undefined) {
      this.#known.set(tag, { run, details: undefined, endedMs: undefined });
    } else if (known.endedMs === undefined) {
      known.run = run;
    }
  }

  /** What became of one run, and for whom it runs. */
  async #ask(tag: LaunchTag, known: KnownRun, signal: AbortSignal): Promise<void> {
    const { api, clock } = this.#options;
    const { applicationId, jobRunId } = known.run;
    const answer = await api.run(applicationId, jobRunId, signal);
    if (answer === undefined) {
      this.#known.delete(tag);
      return;
    }
    known.run = { ...factsOf(answer), applicationId, jobRunId };
    known.details = { ...detailsOf(answer), owner: known.details?.owner ?? ownerOf(answer.tags) };
    if (stateOf(known.run.state).kind === 'ended') known.endedMs = clock.monotonicMs();
  }

  #forgetOld(): void {
    const sinceMs = this.#options.clock.monotonicMs() - endedForMs;
    for (const [tag, { endedMs }] of this.#known) {
      if (endedMs !== undefined && endedMs < sinceMs) this.#known.delete(tag);
    }
  }
}

/** Who gives up waiting leaves the round to the others. */
function withSignal<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  const given = Promise.withResolvers<never>();
  const onAbort = (): void => given.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([answer, given.promise]).finally(() =>
    signal.removeEventListener('abort', onAbort),
  );
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
