import type { Clock } from '../core/clock.ts';
import { toGatewayError } from '../core/errors.ts';
import type { Discovery, EngineSurvey, LaunchIntent } from '../discovery/discovery.ts';
import type { JobView } from './job-platform.ts';
import type { LaunchLog } from './launch-log.ts';
import { LeaderRounds } from './leader-rounds.ts';
import type { LaunchTag } from './launcher.ts';
import { seenJobs } from './partial-list.ts';

/** What a reconciler needs of a cluster. */
export interface ReconciledCluster {
  /** What the cluster knows now; rejects when it does not answer. */
  list(signal: AbortSignal): Promise<readonly JobView[]>;
  kill(tag: LaunchTag, signal: AbortSignal): Promise<void>;
}

export interface ReconcilerOptions {
  readonly cluster: string;
  readonly jobs: ReconciledCluster;
  readonly discovery: Discovery;
  /** Where the engines of all share levels stand. */
  readonly roots: readonly string[];
  /** Whoever holds it is the one gateway that reconciles this cluster. */
  readonly lockPath: string;
  /** `dry-run` only tells what it would end. */
  readonly mode: 'on' | 'dry-run';
  readonly periodMs: number;
  /** A job that nobody owns is looked at again after this time before it counts as a stray. */
  readonly graceMs: number;
  /** Age at which a launch that has not led to an engine is nobody's any more: well above every session's time-out. */
  readonly abandonedAfterMs: number;
  readonly clock: Clock;
  readonly log: LaunchLog;
}

/** What one round found. */
export interface ReconcileReport {
  readonly alive: number;
  /** Jobs that nobody owns: ended, or only told of in a dry run. */
  readonly strays: readonly JobView[];
  /** Intents and notes whose engines are gone, which were removed. */
  readonly leftovers: readonly LaunchTag[];
}

const killLimitMs = 30_000;

/**
 * Compares what runs on a cluster with what is wanted: a job is wanted as long as an intent, an engine's node or the note of a
 * draining engine names its tag. An intent is written before its job is submitted, and the jobs are listed before the intents are
 * read, so a job without one is nobody's. A cluster or a store that does not answer decides nothing.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #rounds: LeaderRounds;

  constructor(options: ReconcilerOptions) {
    const { cluster, discovery, lockPath, periodMs, clock, log } = options;
    this.#options = options;
    this.#rounds = new LeaderRounds({
      ...{ cluster, discovery, lockPath, periodMs, clock, log },
      round: (signal) => this.round(signal),
      words: {
        leads: 'reconciling the cluster',
        waits: 'not the reconciler yet',
        fails: 'cluster not reconciled',
      },
    });
  }

  /** Whether this gateway is the one that looks after the cluster. */
  get isLeader(): boolean {
    return this.#rounds.isLeader;
  }

  start(): void {
    this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** One comparison; ends the strays unless it is a dry run. Rejects when cluster or store don't answer. */
  async round(signal: AbortSignal): Promise<ReconcileReport> {
    const { clock, graceMs } = this.#options;
    const first = await this.#look(signal);
    if (first.suspects.size === 0 && first.leftovers.size === 0) {
      return { alive: first.alive, strays: [], leftovers: [] };
    }
    await clock.sleep(graceMs, signal);
    const second = await this.#look(signal);
    const strays = [...second.suspects.values()].filter(({ tag }) => first.suspects.has(tag));
    for (const stray of strays) await this.#end(stray, signal);
    const leftovers = [...second.leftovers].filter(([tag]) => first.leftovers.has(tag));
    for (const [, remove] of leftovers) await remove();
    return { alive: second.alive, strays, leftovers: leftovers.map(([tag]) => tag) };
  }

  async #look(signal: AbortSignal): Promise<Look> {
    const { jobs, discovery, roots, cluster, clock, abandonedAfterMs } = this.#options;
    const { jobs: listed, isWhole } = await seenJobs(jobs.list(signal));
    const surveys: (EngineSurvey & { readonly root: string })[] = [];
    for (const root of roots) surveys.push({ root, ...(await discovery.survey(root)) });
    signal.throwIfAborted();
    const alive = new Map(
      listed.filter(({ state }) => state.kind !== 'ended').map((job) => [job.tag, job]),
    );
    const registered = new Set(
      surveys.flatMap(({ engines }) => engines.map((one) => one.node.refId)),
    );
    const isAbandoned = (intent: LaunchIntent): boolean =>
      intent.state === 'launching' &&
      clock.now() - intent.submitTimeMs > abandonedAfterMs &&
      !registered.has(intent.tag);
    const owned = new Set([
      ...registered,
      ...surveys.flatMap(({ intents }) =>
        intents.filter(({ intent }) => !isAbandoned(intent)).map(({ intent }) => intent.tag),
      ),
      ...surveys.flatMap(({ draining }) => draining.map(({ tag }) => tag)),
    ]);
    const leftovers = new Map<LaunchTag, () => Promise<void>>();
    // What can't be looked at may be there: its intents and notes stay.
    for (const { root, intents, draining } of isWhole ? surveys : []) {
      for (const { paths, intent } of intents) {
        // One that is launching has a gateway that waits for it, or is taken over by the next session that wants the engine.
        const isOver = intent.state === 'registered' || isAbandoned(intent);
        if (!isOver || intent.cluster !== cluster) continue;
        if (alive.has(intent.tag) || registered.has(intent.tag)) continue;
        leftovers.set(intent.tag, () => discovery.removeIntent(paths.intent, intent.tag));
      }
      for (const { place, tag } of draining) {
        if (place !== cluster || alive.has(tag)) continue;
        leftovers.set(tag, () => discovery.forgetDraining(root, place, tag));
      }
    }
    const suspects = new Map([...alive].filter(([tag]) => !owned.has(tag)));
    return { alive: alive.size, suspects, leftovers };
  }

  async #end(stray: JobView, signal: AbortSignal): Promise<void> {
    const { cluster, mode, jobs, log } = this.#options;
    const { tag, ref, platformState, owner } = stray;
    const fields = { cluster, tag, job: ref, state: platformState, owner };
    if (mode === 'dry-run') {
      log.warn(fields, 'stray engine found, left alone in a dry run');
      return;
    }
    log.warn(fields, 'stray engine ended');
    const limit = AbortSignal.any([signal, AbortSignal.timeout(killLimitMs)]);
    await jobs.kill(tag, limit).catch((thrown: unknown) => {
      log.warn({ ...fields, err: toGatewayError(thrown) }, 'stray engine not ended, tried again');
    });
  }
}

interface Look {
  readonly alive: number;
  readonly suspects: ReadonlyMap<LaunchTag, JobView>;
  readonly leftovers: ReadonlyMap<LaunchTag, () => Promise<void>>;
}
