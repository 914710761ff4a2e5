import { redactText } from '../../config/redaction.ts';
import type { Clock } from '../../core/clock.ts';
import type { EmrServerlessSpec } from '../../preset/cluster-spec.ts';
import { SubmitError, type EngineJob, type JobPlatform } from '../job-platform.ts';
import type { JobSink, JobView } from '../job-platform.ts';
import type { JobRef, LaunchTag } from '../launcher.ts';
import { PartialList } from '../partial-list.ts';
import { PollPace } from '../poll-pace.ts';
import type { RateBuckets } from '../rate-bucket.ts';
import { ApplicationChoice } from './application-choice.ts';
import { CloudWatchCalls, CloudWatchLog } from '../aws/cloudwatch-log.ts';
import { driverLog, type LogPlace } from '../aws/driver-log.ts';
import { EngineSecrets, leftAfterMs, sweepEveryMs } from '../aws/engine-secrets.ts';
import { S3Log, s3Calls } from '../aws/s3-log.ts';
import { secretTrouble } from '../aws/secret-trouble.ts';
import { errorText, listTrouble } from '../aws/service-errors.ts';
import { cancelRun } from './cancel-run.ts';
import { tellsOfNoRoom } from './failure-hints.ts';
import { FleetRuns } from './fleet-runs.ts';
import { enginePlan, type EnginePlan } from './job-request.ts';
import { readRef, stateOf, type RunFacts } from './run-view.ts';
import { logStream, s3LogFolder } from './log-places.ts';
import { secretPolicy } from './secret-policy.ts';
import { ServerlessApi } from './serverless-api.ts';
import { isOfApplication, submitTrouble } from './submit-trouble.ts';

export interface EmrServerlessPlatformOptions {
  readonly spec: EmrServerlessSpec;
  /** 12 hex digits: jobs of other fleets are left alone. */
  readonly fleet: string;
  /** Shared by all clusters of the gateway. */
  readonly buckets: RateBuckets;
  /** `kyuubi.server.redaction.regex`. */
  readonly secretKeys: RegExp;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

const removeLimitMs = 30_000;
const cloudWatchPollMs = 2_000;
const s3PollMs = 5_000;
/** Launches are looked at beside a list that takes long. */
const launchLookMs = 1_000;

/** Engines as job runs of EMR Serverless. */
export class EmrServerlessPlatform implements JobPlatform {
  readonly kind = 'emr-serverless';
  readonly #options: EmrServerlessPlatformOptions;
  readonly #api: ServerlessApi;
  readonly #secrets: EngineSecrets;
  readonly #s3: ReturnType<typeof s3Calls>;
  readonly #cloudWatch: CloudWatchCalls;
  readonly #runs: FleetRuns;
  readonly #choice: ApplicationChoice;
  readonly #pace: PollPace;
  /** Of launches under way: their secrets, and the request whose answer was lost. */
  readonly #secretNames = new Map<LaunchTag, readonly string[]>();
  readonly #unanswered = new Map<LaunchTag, EnginePlan>();
  /** Runs whose page has been told of. */
  readonly #shown = new Set<LaunchTag>();
  /** Runs that have told that their application has no room: they tell it once, and are listed for long. */
  readonly #hadNoRoom = new Set<LaunchTag>();
  /** Secrets that are being removed: the end waits for them. */
  readonly #removals = new Set<Promise<unknown>>();
  #sink: JobSink | undefined;

  constructor(options: EmrServerlessPlatformOptions) {
    const { spec, fleet, buckets, clock } = options;
    this.#options = options;
    this.#api = new ServerlessApi(spec, buckets);
    this.#secrets = new EngineSecrets({
      ...{ cluster: spec.name, clock },
      ...{ region: spec.region, endpoint: spec.endpoint, kmsKey: spec.secretsKmsKey, buckets },
      policy: (roleArn) => secretPolicy(spec, roleArn),
    });
    this.#s3 = s3Calls(spec);
    this.#cloudWatch = new CloudWatchCalls(spec, buckets);
    this.#runs = new FleetRuns({
      applications: spec.applications,
      fleet,
      api: this.#api,
      clock,
      linkOf: (run) => (spec.logs.s3 === undefined ? undefined : s3LogFolder(spec.logs.s3, run)),
    });
    this.#choice = new ApplicationChoice({
      ids: spec.applications,
      api: this.#api,
      aliveOn: (id) => this.#runs.aliveOn(id),
      clock,
    });
    this.#pace = new PollPace(clock, options.random ?? Math.random);
  }

  /**
   * To the first application that takes it. After a lost answer the very same request goes to the same application: with its
   * token, EMR then names the run that it has started already, if any, and refuses a request that differs.
   */
  async submit(job: EngineJob, say: (line: string) => void, signal: AbortSignal): Promise<JobRef> {
    const unanswered = this.#unanswered.get(job.tag);
    if (unanswered !== undefined) {
      const answer = await this.#start(job, unanswered, say, signal);
      if (typeof answer === 'string') return answer;
      throw answer;
    }
    const ids = this.#choice.order();
    let trouble: SubmitError | undefined;
    for (const [index, id] of ids.entries()) {
      const plan = enginePlan(job, this.#options.spec, id);
      const verdict = await this.#choice.look(
        id,
        index === ids.length - 1,
        job.release,
        say,
        signal,
      );
      if (verdict.kind === 'ready') {
        for (const note of verdict.notes) say(note);
        const answer = await this.#start(job, plan, say, signal);
        if (typeof answer === 'string') return answer;
        trouble = better(trouble, answer);
      } else {
        trouble = better(trouble, verdict.why);
      }
      const next = ids[index + 1];
      if (next !== undefined) say(`${trouble.message}; trying application ${next}`);
    }
    throw trouble ?? new SubmitError('refused', 'the cluster has no application');
  }

  async follow(sink: JobSink, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let swept = -Infinity;
    this.#sink = sink;
    const looking = this.#followLaunches(sink, signal);
    try {
      while (!signal.aborted) {
        let isWhole = false;
        try {
          const { jobs, hidden } = await this.#look(signal);
          failures = 0;
          isWhole = hidden === undefined;
          sink.all(jobs, hidden);
          this.#show(jobs, sink, signal);
        } catch (error) {
          if (signal.aborted) return;
          failures++;
          sink.unreachable(error);
        }
        const nowMs = this.#options.clock.monotonicMs();
        // A launch that can't be looked at may still need its secrets.
        if (isWhole && nowMs - swept >= sweepEveryMs) {
          swept = nowMs;
          // What can't be removed now is looked for again.
          await this.#removeLeft(signal).catch(() => undefined);
        }
        await this.#pace.wait(failures, signal);
      }
    } finally {
      this.#sink = undefined;
      this.#runs.stop();
      await looking;
      await Promise.all(this.#removals);
      for (const part of [this.#api, this.#secrets, this.#s3, this.#cloudWatch]) part.destroy();
    }
  }

  /** A list of hundreds of engines takes many seconds: who waits for a launch is told of it meanwhile. */
  async #followLaunches(sink: JobSink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const jobs = await this.#runs.lookAt(this.#secretNames.keys(), signal);
      for (const job of this.#asTold(jobs)) sink.changed(job);
      if (jobs.length > 0) this.#show(this.#runs.views(), sink, signal);
      await this.#options.clock.sleep(launchLookMs, signal).catch(() => undefined);
    }
  }

  hurry(isWaitedFor: boolean): void {
    this.#pace.hurry(isWaitedFor);
  }

  async list(signal: AbortSignal): Promise<readonly JobView[]> {
    const { jobs, hidden } = await this.#look(signal);
    if (hidden !== undefined) throw hidden;
    return jobs;
  }

  async #look(signal: AbortSignal): Promise<Look> {
    const { jobs: found, hidden } = await this.#runs.refresh(signal).catch((thrown: unknown) => {
      throw listTrouble('EMR Serverless', thrown);
    });
    const tags = new Set(found.map(({ tag }) => tag));
    for (const tag of this.#hadNoRoom) if (!tags.has(tag)) this.#hadNoRoom.delete(tag);
    const jobs = this.#asTold(found);
    if (hidden.size === 0) return { jobs, hidden: undefined };
    const why = [...hidden].map(([id, thrown]) => `application ${id}: ${errorText(thrown)}`);
    const [cause] = hidden.values();
    return { jobs, hidden: new PartialList(jobs, why.toSorted().join('; '), { cause }) };
  }

  #asTold(jobs: readonly JobView[]): readonly JobView[] {
    const { secretKeys } = this.#options;
    return jobs.map((job) => {
      const { tag, reason, state, ref } = job;
      if (reason === undefined) return job;
      const isFailure = state.kind === 'ended' && state.outcome === 'failed';
      const place = readRef(ref);
      const isNews = isFailure && !this.#hadNoRoom.has(tag);
      if (isNews && place !== undefined && tellsOfNoRoom(reason)) {
        this.#hadNoRoom.add(tag);
        this.#choice.isFull(place.applicationId);
      }
      return { ...job, reason: redactText(reason, [], secretKeys) };
    });
  }

  async recall(tag: LaunchTag, ref: JobRef, signal: AbortSignal): Promise<JobView | undefined> {
    const place = readRef(ref);
    if (place === undefined) return undefined;
    return this.#runs.recall(tag, place.applicationId, place.jobRunId, signal);
  }

  async *log(job: JobView, signal: AbortSignal): AsyncGenerator<string> {
    const { logs } = this.#options.spec;
    const place = readRef(job.ref);
    if (place === undefined) return;
    const run: RunFacts = { ...place, state: '', stateDetails: '', createdMs: job.createdMs };
    yield* driverLog(
      {
        places: this.#logPlaces(run),
        isOver: () => stateOf(this.#runs.get(job.tag)?.state ?? 'SUCCESS').kind === 'ended',
        pollMs: logs.cloudWatch === undefined ? s3PollMs : cloudWatchPollMs,
        clock: this.#options.clock,
      },
      signal,
    );
  }

  async kill(tag: LaunchTag, ref: JobRef | undefined, signal: AbortSignal): Promise<void> {
    let hidden: PartialList | undefined;
    if (readRef(ref) === undefined && this.#runs.get(tag) === undefined) {
      ({ hidden } = await this.#look(signal));
    }
    const run = readRef(ref) ?? this.#runs.get(tag);
    if (run === undefined && hidden !== undefined) throw hidden; // it may run where we can't look
    if (run !== undefined) await cancelRun(this.#api, run.applicationId, run.jobRunId, signal);
    await this.settled(tag);
  }

  /** The session that waits for the engine does not wait for Secrets Manager. */
  settled(tag: LaunchTag): Promise<void> {
    this.#unanswered.delete(tag);
    const names = this.#secretNames.get(tag) ?? [];
    this.#secretNames.delete(tag);
    const signal = AbortSignal.timeout(removeLimitMs);
    // One that stays is found by its name later.
    const removal = Promise.allSettled(names.map((name) => this.#secrets.remove(name, signal)));
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
    return Promise.resolve();
  }

  /** The run, or why another application may be asked. Throws what another one would say as well. */
  async #start(
    job: EngineJob,
    plan: EnginePlan,
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<JobRef | SubmitError> {
    const { secrets, request } = plan;
    const { applicationId: id = '' } = request;
    await this.#api.turn(signal, (ahead) =>
      say(`waiting for its turn to call EMR Serverless, ${ahead} before this one`),
    );
    await this.#makeSecrets(job, secrets.values(), request.executionRoleArn ?? '', signal);
    const wasUnanswered = this.#unanswered.has(job.tag);
    this.#unanswered.set(job.tag, plan);
    try {
      const jobRunId = await this.#api.start(request, signal);
      this.#unanswered.delete(job.tag);
      // Known from now on: a run that ends before the next list is told of as well, with what it has cost.
      this.#sink?.changed(this.#runs.add(job.tag, id, jobRunId, job.owner));
      return `${id}/${jobRunId}`;
    } catch (thrown) {
      const trouble = submitTrouble(`application ${id}`, thrown);
      if (trouble.trouble === 'unclear') throw trouble;
      // That this call did nothing says nothing of an earlier one: its token is good for that request alone.
      if (!wasUnanswered) this.#unanswered.delete(job.tag);
      this.#choice.forget(id);
      if (!isOfApplication(thrown)) throw trouble;
      this.#choice.isFull(id);
      return trouble;
    }
  }

  async #makeSecrets(
    job: EngineJob,
    secrets: Iterable<{ readonly name: string; readonly value: string }>,
    roleArn: string,
    signal: AbortSignal,
  ): Promise<void> {
    const all = [...secrets];
    this.#secretNames.set(
      job.tag,
      all.map(({ name }) => name),
    );
    try {
      await this.#secrets.make(job, all, roleArn, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw secretTrouble(thrown);
    }
  }

  /** Spark's page of each run that a launch waits for. Its address opens the page for whoever has it: it goes to that launch alone. */
  #show(jobs: readonly JobView[], sink: JobSink, signal: AbortSignal): void {
    for (const tag of this.#shown)
      if (!jobs.some((job) => job.tag === tag)) this.#shown.delete(tag);
    for (const { tag, platformState, ref } of jobs) {
      const place = readRef(ref);
      if (platformState !== 'RUNNING' || place === undefined || this.#shown.has(tag)) continue;
      if (!this.#secretNames.has(tag)) continue; // no launch of this gateway waits for it
      this.#shown.add(tag);
      void this.#api.dashboard(place.applicationId, place.jobRunId, signal).then(
        (url) => {
          if (url !== undefined) sink.line(tag, `Spark's page of this engine, for an hour: ${url}`);
        },
        () => undefined, // a page that can't be had is missed by nobody
      );
    }
  }

  #logPlaces(run: RunFacts): readonly LogPlace[] {
    const { s3, cloudWatch } = this.#options.spec.logs;
    if (cloudWatch !== undefined) {
      return (['stderr', 'stdout'] as const).map((file) => {
        const { group, streams } = logStream(cloudWatch, run, file);
        return new CloudWatchLog(this.#cloudWatch, group, streams);
      });
    }
    if (s3 === undefined) return [];
    const folder = s3LogFolder(s3, run);
    return ['stderr', 'stdout'].map((file) => new S3Log(this.#s3, `${folder}/${file}.gz`));
  }

  /** Secrets of launches whose gateway has died: EMR reads them when the job starts to run, and nobody needs them after that. */
  async #removeLeft(signal: AbortSignal): Promise<void> {
    const olderMs = this.#options.clock.now() - leftAfterMs;
    for await (const { name, tag, createdMs } of this.#secrets.left(this.#options.fleet, signal)) {
      if (createdMs > olderMs || this.#secretNames.has(tag)) continue;
      const run = this.#runs.get(tag);
      const waits = run !== undefined && stateOf(run.state).kind === 'pending';
      if (!waits) await this.#secrets.remove(name, signal);
    }
  }
}

interface Look {
  readonly jobs: readonly JobView[];
  readonly hidden: PartialList | undefined;
}

/** Of what several applications say, the best news: one that is only busy may take the job later. */
function better(before: SubmitError | undefined, next: SubmitError): SubmitError {
  return before?.trouble === 'busy' ? before : next;
}
