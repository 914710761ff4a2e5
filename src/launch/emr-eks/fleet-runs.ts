import type { JobRun } from '@aws-sdk/client-emr-containers';
import type { Clock } from '../../core/clock.ts';
import { launchOf, ownerOf } from '../aws/job-tags.ts';
import { nameOf, unlessThrottled } from '../aws/service-errors.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';
import { SharedRounds } from '../shared-rounds.ts';
import type { EksApi } from './eks-api.ts';
import { goneState, stateOf, type RunFacts } from './run-view.ts';
import type { VirtualClusterLook } from './virtual-cluster-look.ts';

interface KnownRun {
  run: RunFacts;
  /** Of an ended run, when that was seen; monotonic. */
  endedMs: number | undefined;
}

/** So long after its start EMR may not know a run yet everywhere. */
const unknownForMs = 30_000;
/** How long a run that has ended is still told of. */
const endedForMs = 3_600_000;
/** Runs that are asked for one by one in one round, at most: the next round goes on. */
const asksPerRound = 30;

/**
 * The job runs of this fleet. A round lists the alive ones, whose tags say for whom they run, and asks for a single one only
 * when it has left the list: it has ended.
 */
export class FleetRuns {
  readonly #api: EksApi;
  readonly #virtualCluster: Pick<VirtualClusterLook, 'whyGone'>;
  readonly #fleet: string;
  readonly #clock: Clock;
  readonly #known = new Map<LaunchTag, KnownRun>();
  readonly #rounds = new SharedRounds((signal) => this.#look(signal));

  constructor(
    api: EksApi,
    virtualCluster: Pick<VirtualClusterLook, 'whyGone'>,
    fleet: string,
    clock: Clock,
  ) {
    this.#api = api;
    this.#virtualCluster = virtualCluster;
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** A run that this gateway has started itself: it is known before a list has it. */
  add(tag: LaunchTag, id: string, owner: JobOwner): void {
    if (this.#known.get(tag)?.run.id === id) return;
    const createdMs = this.#clock.now();
    const run = { id, state: 'PENDING', failureReason: '', stateDetails: '', createdMs, owner };
    this.#known.set(tag, { run, endedMs: undefined });
  }

  get(tag: LaunchTag): RunFacts | undefined {
    return this.#known.get(tag)?.run;
  }

  /** One run as EMR knows it now; undefined when it does not know it. */
  async recall(id: string, signal: AbortSignal): Promise<RunFacts | undefined> {
    const answer = await this.#api.run(id, signal);
    return answer && { ...factsOf(answer), owner: ownerOf(answer.tags) };
  }

  tagOf(id: string): LaunchTag | undefined {
    return [...this.#known].find(([, { run }]) => run.id === id)?.[0];
  }

  all(): readonly (readonly [LaunchTag, RunFacts])[] {
    return [...this.#known].map(([tag, { run }]) => [tag, run] as const);
  }

  /** Looks at all runs, once for all who ask before it begins. Rejects when EMR does not answer: then what was known stays. */
  async refresh(signal: AbortSignal): Promise<void> {
    return this.#rounds.next(signal);
  }

  /** What the rounds do ends with this. */
  stop(): void {
    this.#rounds.stop();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const before = [...this.#known.keys()];
    let alive: ReadonlyMap<LaunchTag, RunFacts>;
    try {
      alive = await this.#alive(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const why = isAboutPlace(thrown) ? await this.#virtualCluster.whyGone(signal) : undefined;
      if (why === undefined) throw thrown;
      this.#endAll(why);
      this.#forgetOld();
      return;
    }
    for (const [tag, run] of alive) this.#take(tag, run);
    const hasLeft = before.filter((tag) => !alive.has(tag));
    const unknown = [...alive.keys()].filter((tag) => this.get(tag)?.owner === undefined);
    const asked = [...hasLeft, ...unknown].filter(
      (tag) => this.#known.get(tag)?.endedMs === undefined,
    );
    const now = asked.slice(0, asksPerRound);
    await Promise.all(now.map((tag) => this.#ask(tag, signal).catch(unlessThrottled)));
    this.#forgetOld();
  }

  async #alive(signal: AbortSignal): Promise<ReadonlyMap<LaunchTag, RunFacts>> {
    const alive = new Map<LaunchTag, RunFacts>();
    for await (const jobRun of this.#api.alive(signal)) {
      const tag = launchOf(jobRun.name, this.#fleet);
      if (tag !== undefined) alive.set(tag, factsOf(jobRun));
    }
    return alive;
  }

  /** The virtual cluster is gone, and its runs with it. */
  #endAll(why: string): void {
    const endedMs = this.#clock.monotonicMs();
    for (const known of this.#known.values()) {
      if (known.endedMs !== undefined) continue;
      const said = { state: goneState, failureReason: '', stateDetails: why };
      known.run = { ...known.run, ...said, endedMs: this.#clock.now() };
      known.endedMs = endedMs;
    }
  }

  #take(tag: LaunchTag, run: RunFacts): void {
    const known = this.#known.get(tag);
    if (known === undefined || known.run.state === goneState)
      this.#known.set(tag, { run, endedMs: undefined });
    else if (known.endedMs === undefined)
      known.run = { ...run, owner: known.run.owner ?? run.owner };
  }

  /** What became of one run, and for whom it runs. */
  async #ask(tag: LaunchTag, signal: AbortSignal): Promise<void> {
    const known = this.#known.get(tag);
    if (known === undefined) return;
    const answer = await this.#api.run(known.run.id, signal);
    if (answer === undefined) {
      if (this.#clock.now() - known.run.createdMs >= unknownForMs) this.#known.delete(tag);
      return;
    }
    const owner = known.run.owner ?? ownerOf(answer.tags);
    known.run = { ...factsOf(answer), owner };
    if (stateOf(known.run.state).kind === 'ended') known.endedMs = this.#clock.monotonicMs();
  }

  #forgetOld(): void {
    const sinceMs = this.#clock.monotonicMs() - endedForMs;
    for (const [tag, { endedMs }] of this.#known) {
      if (endedMs !== undefined && endedMs < sinceMs) this.#known.delete(tag);
    }
  }
}

/** Errors by which EMR refuses a list where there is no such virtual cluster: they may mean something else. */
function isAboutPlace(thrown: unknown): boolean {
  return /^(?:ResourceNotFound|Validation)Exception$/.test(nameOf(thrown));
}

function factsOf(from: JobRun): RunFacts {
  return {
    id: from.id ?? '',
    state: from.state ?? '',
    failureReason: from.failureReason ?? '',
    stateDetails: from.stateDetails ?? '',
    createdMs: from.createdAt?.getTime() ?? 0,
    endedMs: from.finishedAt?.getTime(),
    owner: from.tags?.['torii:launch'] === undefined ? undefined : ownerOf(from.tags),
  };
}
