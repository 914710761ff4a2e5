import type { StepSummary } from '@aws-sdk/client-emr';
import type { Clock } from '../../core/clock.ts';
import { isThrottled } from '../aws/service-errors.ts';
import type { JobView } from '../job-platform.ts';
import type { JobOwner, LaunchTag } from '../launcher.ts';
import { SharedRounds } from '../shared-rounds.ts';
import { isAlive, viewsOf } from '../yarn/application-view.ts';
import { readJobTags } from '../yarn/job-tags.ts';
import type { Application } from '../yarn/rest-schemas.ts';
import {
  endedCluster,
  hasClusterEnded,
  type ClusterFacts,
  type ClusterLook,
} from './cluster-look.ts';
import type { EmrApi } from './emr-api.ts';
import { purposeOf } from './step-names.ts';
import {
  endedWithCluster,
  factsOf,
  hasFailed,
  isActive,
  viewOf,
  type Followed,
  type StepFacts,
} from './step-view.ts';
import type { YarnAccess } from './yarn-access.ts';

export interface FleetJobsOptions {
  readonly clusterId: string;
  readonly fleet: string;
  readonly api: EmrApi;
  readonly yarn: YarnAccess;
  readonly cluster: ClusterLook;
  readonly clock: Clock;
  /** Where the log of a step is, as far as that has an address. */
  readonly linkOf: (stepId: string) => string | undefined;
}

interface KnownStep {
  step: StepFacts;
  readonly owner: Partial<JobOwner>;
  /** YARN has listed its application: from then on the application tells all. */
  hasApplication: boolean;
  /** When it was first seen completed or ended; monotonic. */
  doneMs: number | undefined;
}

/** How long a job that has ended is still told of. */
const endedForMs = 3_600_000;
/** A step that was done so long ago belongs to an application that YARN has forgotten. */
const recentMs = 600_000;
/** YARN knows an application before its step is done: what is not listed so long after it does not come any more. */
const overdueMs = 30_000;
const neverCameMs = 120_000;
/** Without a launch to look for, steps of other gateways are looked for so often. */
const idleListMs = 30_000;
/** EMR's clock and ours may differ by so much. */
const clockSkewMs = 60_000;
/** Pages of 50 steps that one look reads at most. */
const maxPages = 20;

/**
 * The jobs of this fleet: steps until their applications are there, and applications from then on. A look lists steps once, and
 * only while one is waited for, and the applications once.
 */
export class FleetJobs {
  readonly #options: FleetJobsOptions;
  readonly #steps = new Map<LaunchTag, KnownStep>();
  /** The newest step that ends the application of a launch. */
  readonly #ends = new Map<LaunchTag, StepFacts>();
  /** Applications as they were last listed. */
  #applications: readonly JobView[] = [];
  /** When the last list of steps began. */
  #listed: { readonly epoch: number; readonly monotonic: number } | undefined;
  /** One list for all who ask before it begins, as far back as one of them wants. */
  readonly #stepRounds = new SharedRounds((signal) => this.#listSteps(signal));
  #wantedSinceMs = Infinity;
  /** Launches that are to end whenever their application shows up. */
  readonly #doomed = new Map<LaunchTag, number>();

  constructor(options: FleetJobsOptions) {
    this.#options = options;
  }

  /** A step that this gateway has added itself: it is known before a list has it. */
  add(tag: LaunchTag, stepId: string, owner: JobOwner): JobView {
    const before = this.#steps.get(tag);
    if (before?.step.stepId === stepId) return this.#viewOf(tag, before);
    const step: StepFacts = {
      ...{ stepId, state: 'PENDING', reason: '', message: '', logFile: undefined },
      createdMs: this.#options.clock.now(),
    };
    const known = { step, owner, hasApplication: false, doneMs: undefined };
    this.#steps.set(tag, known);
    return this.#viewOf(tag, known);
  }

  step(tag: LaunchTag): StepFacts | undefined {
    return this.#steps.get(tag)?.step;
  }

  /** The step that ends the application of a launch, where there is one. */
  endStep(tag: LaunchTag): StepFacts | undefined {
    return this.#ends.get(tag);
  }

  /** Remembers a step that ends a launch's application before a list has it. */
  addEnd(tag: LaunchTag, stepId: string): void {
    this.#ends.set(tag, {
      ...{ stepId, state: 'PENDING', reason: '', message: '', logFile: undefined },
      createdMs: this.#options.clock.now(),
    });
  }

  /** The application of a launch as it was last listed. */
  application(tag: LaunchTag): JobView | undefined {
    return this.#applications.find((job) => job.tag === tag);
  }

  /** As the last look has found them. */
  get(tag: LaunchTag): JobView | undefined {
    const known = this.#steps.get(tag);
    return this.application(tag) ?? (known === undefined ? undefined : this.#viewOf(tag, known));
  }

  /** The application of this launch is ended as soon as it is seen. */
  doom(tag: LaunchTag): void {
    this.#doomed.set(tag, this.#options.clock.monotonicMs());
  }

  /** All jobs now. `isWhole`: steps of other gateways are wanted, too. Rejects when EMR or YARN does not answer. */
  async look(isWhole: boolean, signal: AbortSignal): Promise<readonly JobView[]> {
    const { yarn, fleet, cluster } = this.#options;
    if (isWhole || this.#wantsSteps()) {
      await this.lookAtSteps(signal).catch((thrown: unknown) => {
        // Others use the account, too: what the last list said holds a little longer.
        if (isWhole || !isThrottled(thrown)) throw thrown;
      });
    }
    const wasFollowed = yarn.outOfReach === undefined;
    const found = await yarn.ofFleet(fleet, signal).catch((thrown: unknown) => ({ thrown }));
    if (found === undefined || 'thrown' in found) {
      signal.throwIfAborted();
      const facts = await cluster.look(signal).catch(() => undefined); // EMR does not answer either
      if (facts !== undefined && hasClusterEnded(facts.state)) return this.#allEnded(facts);
    }
    if (found !== undefined && 'thrown' in found) throw found.thrown;
    if (found !== undefined) await this.#take(found, signal);
    else if (wasFollowed) {
      this.#listed = undefined; // from now on older steps count as well
      await this.lookAtSteps(signal);
    }
    this.#forgetOld();
    const tags = new Set(this.#applications.map(({ tag }) => tag));
    const steps = [...this.#steps].filter(
      ([tag, { hasApplication }]) => !hasApplication && !tags.has(tag),
    );
    return [...this.#applications, ...steps.map(([tag, known]) => this.#viewOf(tag, known))];
  }

  /**
   * Lists steps, the newest first: those that were added since the last list, those that are waited for, and as far back as
   * `sinceMs` says.
   */
  lookAtSteps(signal: AbortSignal, sinceMs = Infinity): Promise<void> {
    this.#wantedSinceMs = Math.min(this.#wantedSinceMs, sinceMs);
    return this.#stepRounds.next(signal);
  }

  /** A list of steps under way ends with this. */
  stop(): void {
    this.#stepRounds.stop();
  }

  async #listSteps(signal: AbortSignal): Promise<void> {
    const { api, clusterId, clock } = this.#options;
    const sinceMs = this.#wantedSinceMs;
    this.#wantedSinceMs = Infinity;
    const startedMs = { epoch: clock.now(), monotonic: clock.monotonicMs() };
    const awaited = [...this.#steps.values()].filter(isAwaited).map(({ step }) => step.createdMs);
    const untilMs = Math.min(sinceMs, this.#firstUnlistedMs(), ...awaited) - clockSkewMs;
    let pages = 0;
    for await (const page of api.steps(clusterId, signal)) {
      for (const step of page) this.#takeStep(step);
      const last = page.at(-1);
      if (last === undefined || ++pages >= maxPages) break;
      const { createdMs, state } = factsOf(last);
      if (createdMs < untilMs && state !== 'PENDING') break;
    }
    this.#listed = startedMs;
  }

  #firstUnlistedMs(): number {
    const { clock, yarn } = this.#options;
    if (this.#listed !== undefined) return this.#listed.epoch;
    // Where YARN can't be asked, what was started before is known by its steps alone.
    return yarn.outOfReach === undefined ? clock.now() - recentMs : -Infinity;
  }

  #wantsSteps(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - (this.#listed?.monotonic ?? -Infinity) >= idleListMs) return true;
    return [...this.#steps.values()].some(isAwaited) || [...this.#ends.values()].some(isOpen);
  }

  #takeStep(summary: StepSummary): void {
    const { fleet, clock, yarn } = this.#options;
    const purpose = purposeOf(summary.Name, fleet);
    if (purpose === undefined) return;
    const step = factsOf(summary);
    if (purpose.isEnd) {
      const before = this.#ends.get(purpose.tag);
      if (
        before === undefined ||
        before.createdMs <= step.createdMs ||
        before.stepId === step.stepId
      )
        this.#ends.set(purpose.tag, step);
      return;
    }
    const known = this.#steps.get(purpose.tag);
    const isDone = !isActive(step.state);
    const doneMs = isDone ? clock.monotonicMs() : undefined;
    if (known === undefined) {
      const ageMs = clock.now() - step.createdMs;
      // What YARN lists counts, where it can be asked.
      const isOld = ageMs > (step.state === 'COMPLETED' ? recentMs : endedForMs);
      if (isDone && isOld && !(step.state === 'COMPLETED' && yarn.outOfReach !== undefined)) return;
      const owner = ownerOf(summary, fleet);
      this.#steps.set(purpose.tag, { step, owner, hasApplication: false, doneMs });
    } else if (known.step.stepId === step.stepId) {
      known.step = step;
      known.doneMs ??= doneMs;
    }
  }

  async #take(found: readonly Application[], signal: AbortSignal): Promise<void> {
    const { fleet, clock, yarn } = this.#options;
    const sinceMs = clock.now() - endedForMs;
    const all = viewsOf(found, fleet);
    const shown = new Set(
      found.filter((one) => isAlive(one) || one.finishedTime >= sinceMs).map(({ id }) => id),
    );
    this.#applications = all
      .filter(({ ref }) => shown.has(ref))
      .map((job) => {
        const owner = this.#steps.get(job.tag)?.owner;
        return owner === undefined ? job : { ...job, owner: { ...job.owner, ...owner } };
      });
    for (const { tag } of all) {
      const known = this.#steps.get(tag);
      if (known !== undefined) known.hasApplication = true;
    }
    for (const job of all) {
      if (job.state.kind === 'ended' || !this.#doomed.has(job.tag)) continue;
      // The next look tries again: what was listed is told whatever becomes of this.
      await yarn
        .ask((applications) => applications.kill(job.ref, signal), signal)
        .catch(() => signal.throwIfAborted());
    }
  }

  #allEnded(facts: ClusterFacts): readonly JobView[] {
    const why = endedCluster(facts);
    const tags = new Set([...this.#steps.keys(), ...this.#applications.map(({ tag }) => tag)]);
    return [...tags].flatMap((tag) => {
      const view = this.get(tag);
      return view === undefined ? [] : [endedWithCluster(view, why)];
    });
  }

  #viewOf(tag: LaunchTag, known: KnownStep): JobView {
    const { step, owner } = known;
    return viewOf(tag, step, this.#followed(tag, known), {
      owner,
      link: this.#options.linkOf(step.stepId),
    });
  }

  #followed(tag: LaunchTag, { doneMs }: KnownStep): Followed {
    const { yarn, clock } = this.#options;
    if (this.#ends.get(tag)?.state === 'COMPLETED') return 'ended-by-step';
    if (yarn.outOfReach !== undefined) return 'not-followed';
    const waitedMs = clock.monotonicMs() - (doneMs ?? clock.monotonicMs());
    if (waitedMs >= neverCameMs) return 'never-came';
    return waitedMs >= overdueMs ? 'overdue' : 'awaited';
  }

  #forgetOld(): void {
    const { clock, yarn } = this.#options;
    const sinceMs = clock.monotonicMs() - endedForMs;
    for (const [tag, { step, doneMs }] of this.#steps) {
      if (doneMs === undefined || doneMs >= sinceMs) continue;
      const isAliveElsewhere = yarn.outOfReach !== undefined && !hasFailed(step.state);
      if (isAliveElsewhere && this.#ends.get(tag)?.state !== 'COMPLETED') continue;
      this.#steps.delete(tag);
    }
    for (const [tag, atMs] of this.#doomed) if (atMs < sinceMs) this.#doomed.delete(tag);
    for (const [tag, { createdMs }] of this.#ends) {
      if (createdMs < clock.now() - endedForMs && !this.#steps.has(tag)) this.#ends.delete(tag);
    }
  }
}

/** Whether lists of steps tell more of it. */
function isAwaited({ step, hasApplication }: KnownStep): boolean {
  return !hasApplication && isOpen(step);
}

function isOpen({ state }: StepFacts): boolean {
  return isActive(state);
}

/** For whom a step runs: lists of steps carry no tags, but their arguments have those of the application. */
function ownerOf({ Config: config }: StepSummary, fleet: string): Partial<JobOwner> {
  const setting = 'spark.yarn.tags=';
  const tags = config?.Args?.find((arg) => arg.startsWith(setting));
  return tags === undefined ? {} : (readJobTags(tags.slice(setting.length), fleet)?.owner ?? {});
}
