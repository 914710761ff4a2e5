import { reasonOf } from '../../core/errors.ts';
import { redactText } from '../../config/redaction.ts';
import type { Clock } from '../../core/clock.ts';
import { releaseNotes } from '../../preset/emr-releases.ts';
import type { EmrEksSpec } from '../../preset/cluster-spec.ts';
import { CloudWatchCalls, CloudWatchLog } from '../aws/cloudwatch-log.ts';
import { driverLog, type LogPlace } from '../aws/driver-log.ts';
import { leftAfterMs, sweepEveryMs } from '../aws/engine-secrets.ts';
import { S3Log, s3Calls } from '../aws/s3-log.ts';
import { listTrouble, nameOf } from '../aws/service-errors.ts';
import { type EngineJob, type JobPlatform, type JobSink, type JobView } from '../job-platform.ts';
import type { JobRef, LaunchTag } from '../launcher.ts';
import { PollPace } from '../poll-pace.ts';
import type { RateBuckets } from '../rate-bucket.ts';
import { EksApi } from './eks-api.ts';
import { FleetRuns } from './fleet-runs.ts';
import { enginePlan, type EnginePlan } from './job-request.ts';
import { KubeSide } from './kube-side.ts';
import { LaunchSecrets } from './launch-secrets.ts';
import { logStream, s3LogFolder } from './log-places.ts';
import { isStuck, readRef, stateOf, viewOf, type RunFacts } from './run-view.ts';
import { submitTrouble } from './submit-trouble.ts';
import { VirtualClusterLook } from './virtual-cluster-look.ts';

export interface EmrEksPlatformOptions {
  readonly spec: EmrEksSpec;
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

const cloudWatchPollMs = 2_000;
const s3PollMs = 5_000;
const kubeRetryMs = 15_000;

/** Engines as job runs of EMR on EKS. */
export class EmrEksPlatform implements JobPlatform {
  readonly kind = 'emr-eks';
  readonly #options: EmrEksPlatformOptions;
  readonly #api: EksApi;
  readonly #runs: FleetRuns;
  readonly #virtualCluster: VirtualClusterLook;
  readonly #kube: KubeSide | undefined;
  readonly #secrets: LaunchSecrets;
  readonly #s3: ReturnType<typeof s3Calls>;
  readonly #cloudWatch: CloudWatchCalls;
  readonly #pace: PollPace;
  /** The requests of launches whose answers were lost. */
  readonly #unanswered = new Map<LaunchTag, EnginePlan>();
  /** The last words on runs that were given up since their pods can't start: what EMR says later does not bring them back. */
  readonly #givenUp = new Map<LaunchTag, JobView>();
  readonly #cancelling = new Set<LaunchTag>();
  /** Launches that have heard that their pods can't be looked at. */
  readonly #blind = new Set<LaunchTag>();
  #isHurried = false;
  /** Whether EMR answered when it was asked last: news of pods don't say that it does. */
  #isAnswering = true;
  #sink: JobSink | undefined;

  /** Throws for a kubeconfig that can't be read or names no cluster. */
  constructor(options: EmrEksPlatformOptions) {
    const { spec, fleet, buckets, clock, random = Math.random } = options;
    this.#options = options;
    this.#api = new EksApi(spec, spec.virtualCluster, buckets);
    this.#virtualCluster = new VirtualClusterLook(this.#api, spec.virtualCluster, clock);
    this.#runs = new FleetRuns(this.#api, this.#virtualCluster, fleet, clock);
    this.#kube =
      spec.kubernetes &&
      new KubeSide({
        access: spec.kubernetes,
        virtualCluster: this.#virtualCluster,
        fleet,
        tagOfRun: (id) => this.#runs.tagOf(id),
        clock,
        random,
      });
    this.#secrets = new LaunchSecrets({ spec, fleet, buckets, clock, kube: this.#kube });
    this.#s3 = s3Calls(spec);
    this.#cloudWatch = new CloudWatchCalls(spec, buckets);
    this.#pace = new PollPace(clock, random);
  }

  /**
   * After a lost answer the very same request goes out again: with its token, EMR then names the run that it has started
   * already, if any, and refuses a request that differs.
   */
  async submit(job: EngineJob, say: (line: string) => void, signal: AbortSignal): Promise<JobRef> {
    const { spec } = this.#options;
    const unanswered = this.#unanswered.get(job.tag);
    const plan = unanswered ?? enginePlan(job, spec);
    if (unanswered === undefined) {
      await this.#virtualCluster.check(signal);
      if (spec.releaseLabel !== undefined) {
        for (const note of releaseNotes(spec.releaseLabel, spec.releaseLabel)) say(note);
      }
    }
    const { hidden, request } = plan;
    await this.#api.turn(signal, (ahead) =>
      say(`waiting for its turn to call EMR on EKS, ${ahead} before this one`),
    );
    await this.#secrets.make(job, hidden, request.executionRoleArn ?? '', signal);
    this.#unanswered.set(job.tag, plan);
    try {
      const id = await this.#api.start(request, signal);
      this.#unanswered.delete(job.tag);
      // Known from now on: a run that ends before the next list is told of as well.
      this.#runs.add(job.tag, id, job.owner);
      const run = this.#runs.get(job.tag);
      if (run !== undefined) this.#sink?.changed(this.#viewOf(job.tag, run));
      return `${spec.virtualCluster}/${id}`;
    } catch (thrown) {
      const trouble = submitTrouble(`virtual cluster ${spec.virtualCluster}`, thrown);
      if (trouble.trouble !== 'unclear') {
        // That this call did nothing says nothing of an earlier one: its token is good for that request alone.
        if (unanswered === undefined) this.#unanswered.delete(job.tag);
        this.#virtualCluster.forget();
      }
      throw trouble;
    }
  }

  async follow(sink: JobSink, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    try {
      await Promise.all([this.#followRuns(sink, signal), this.#followPods(sink, signal)]);
    } finally {
      this.#sink = undefined;
      this.#runs.stop();
      await this.#secrets.stop();
      for (const part of [this.#api, this.#s3, this.#cloudWatch]) part.destroy();
    }
  }

  hurry(isWaitedFor: boolean): void {
    this.#isHurried = isWaitedFor;
    this.#pace.hurry(isWaitedFor);
    this.#kube?.known?.pods.hurry(isWaitedFor);
  }

  async list(signal: AbortSignal): Promise<readonly JobView[]> {
    await this.#runs.refresh(signal).catch((thrown: unknown) => {
      throw listTrouble('EMR on EKS', thrown);
    });
    const runs = this.#runs.all();
    const tags = new Set(runs.map(([tag]) => tag));
    this.#kube?.known?.pods.keepOnly(tags);
    for (const tag of this.#givenUp.keys()) if (!tags.has(tag)) this.#givenUp.delete(tag);
    const launches = new Set(this.#secrets.launches());
    for (const tag of this.#blind) if (!launches.has(tag)) this.#blind.delete(tag);
    return runs.map(([tag, run]) => this.#viewOf(tag, run));
  }

  async recall(tag: LaunchTag, ref: JobRef, signal: AbortSignal): Promise<JobView | undefined> {
    const id = readRef(ref);
    const run = id === undefined ? undefined : await this.#runs.recall(id, signal);
    return run && this.#viewOf(tag, run);
  }

  async *log(job: JobView, signal: AbortSignal): AsyncGenerator<string> {
    const { logs } = this.#options.spec;
    const runId = readRef(job.ref);
    if (runId === undefined) return;
    const isOver = (): boolean =>
      stateOf(this.#runs.get(job.tag)?.state ?? 'COMPLETED').kind === 'ended';
    if (this.#kube !== undefined) {
      const { pods } = await this.#kube.parts(signal);
      yield* pods.log(job.tag, runId, isOver, signal);
      return;
    }
    yield* driverLog(
      {
        places: this.#logPlaces(runId),
        isOver,
        pollMs: logs.cloudWatch === undefined ? s3PollMs : cloudWatchPollMs,
        clock: this.#options.clock,
      },
      signal,
    );
  }

  async kill(tag: LaunchTag, ref: JobRef | undefined, signal: AbortSignal): Promise<void> {
    if (readRef(ref) === undefined && this.#runs.get(tag) === undefined) {
      await this.#runs.refresh(signal);
    }
    const id = readRef(ref) ?? this.#runs.get(tag)?.id;
    if (id !== undefined) await this.#cancel(id, signal);
    await this.settled(tag);
  }

  /** The session that waits for the engine does not wait for its secret to go. */
  settled(tag: LaunchTag): Promise<void> {
    this.#unanswered.delete(tag);
    this.#secrets.remove(tag);
    return Promise.resolve();
  }

  async #followRuns(sink: JobSink, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let failures = 0;
    let swept = -Infinity;
    while (!signal.aborted) {
      try {
        const jobs = await this.list(signal);
        failures = 0;
        this.#isAnswering = true;
        sink.all(jobs);
        for (const { tag } of jobs) this.#endStuck(tag, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        this.#isAnswering = false;
        sink.unreachable(error);
      }
      const nowMs = clock.monotonicMs();
      if (failures === 0 && nowMs - swept >= sweepEveryMs) {
        swept = nowMs;
        // What can't be removed now is looked for again.
        await this.#removeLeft(signal).catch(() => undefined);
      }
      await this.#pace.wait(failures, signal);
    }
  }

  async #followPods(sink: JobSink, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (this.#kube !== undefined && !signal.aborted) {
      try {
        const { pods } = await this.#kube.parts(signal);
        pods.hurry(this.#isHurried);
        await pods.run(
          {
            changed: (tag) => this.#changed(tag, sink, signal),
            line: (tag, text) => sink.line(tag, this.#clean(text)),
            unreachable: (why) => this.#tellBlind(why, sink),
          },
          signal,
        );
      } catch (thrown) {
        if (signal.aborted) return;
        this.#tellBlind(thrown, sink);
        await clock.sleep(kubeRetryMs, signal).catch(() => undefined);
      }
    }
  }

  #changed(tag: LaunchTag, sink: JobSink, signal: AbortSignal): void {
    const run = this.#runs.get(tag);
    if (run === undefined || !this.#isAnswering) return;
    sink.changed(this.#viewOf(tag, run));
    this.#endStuck(tag, signal);
  }

  /** EMR goes on with pods that can't start for a quarter of an hour: the run is cancelled, again and again until EMR knows. */
  #endStuck(tag: LaunchTag, signal: AbortSignal): void {
    const run = this.#runs.get(tag);
    if (run === undefined || this.#cancelling.has(tag)) return;
    const { kind } = stateOf(run.state);
    if (kind === 'ended' || run.state === 'CANCEL_PENDING') return;
    // One that was given up is ended although its pod has started since: nobody is told of it any more.
    if (!this.#givenUp.has(tag)) {
      if (kind !== 'pending' || !isStuck(this.#kube?.known?.pods.factsOf(tag).driver)) return;
      this.#givenUp.set(tag, this.#viewOf(tag, run));
    }
    this.#cancelling.add(tag);
    void this.#cancel(run.id, signal)
      .catch(() => undefined) // the next look tries again
      .finally(() => this.#cancelling.delete(tag));
  }

  /** The launches under way hear it once: their pods' news are missing, and the launch goes on. */
  #tellBlind(why: unknown, sink: JobSink): void {
    const text = reasonOf(why);
    for (const tag of this.#secrets.launches()) {
      if (this.#blind.has(tag)) continue;
      this.#blind.add(tag);
      sink.line(tag, this.#clean(`the pods can't be looked at: ${text}`));
    }
  }

  #viewOf(tag: LaunchTag, run: RunFacts): JobView {
    const lastWord = this.#givenUp.get(tag);
    if (lastWord !== undefined) return lastWord;
    const { virtualCluster, logs } = this.#options.spec;
    const view = viewOf({
      tag,
      virtualCluster,
      run,
      link: logs.s3 === undefined ? undefined : s3LogFolder(logs.s3, virtualCluster, run.id),
      pods: this.#kube?.known?.pods.factsOf(tag),
    });
    return view.reason === undefined ? view : { ...view, reason: this.#clean(view.reason) };
  }

  /** One that has ended, or that EMR does not know, needs no cancelling. */
  async #cancel(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#api.cancel(id, signal);
    } catch (thrown) {
      if (nameOf(thrown) === 'ResourceNotFoundException') return;
      if (nameOf(thrown) !== 'ValidationException') throw thrown;
      const run = await this.#api.run(id, signal);
      const state = run?.state ?? 'COMPLETED';
      if (state !== 'CANCEL_PENDING' && stateOf(state).kind !== 'ended') throw thrown;
    }
  }

  #logPlaces(runId: string): readonly LogPlace[] {
    const { logs, virtualCluster } = this.#options.spec;
    const { s3, cloudWatch } = logs;
    if (cloudWatch !== undefined) {
      return (['stderr', 'stdout'] as const).map((file) => {
        const stream = logStream(cloudWatch, virtualCluster, runId, file);
        return new CloudWatchLog(this.#cloudWatch, cloudWatch.group ?? '', [stream]);
      });
    }
    if (s3 === undefined) return [];
    const folder = s3LogFolder(s3, virtualCluster, runId);
    return ['stderr', 'stdout'].map((file) => new S3Log(this.#s3, `${folder}/${file}.gz`));
  }

  /** Secrets of launches whose gateway has died: they are read when the driver starts, and nobody needs them after that. */
  async #removeLeft(signal: AbortSignal): Promise<void> {
    const olderMs = this.#options.clock.now() - leftAfterMs;
    await this.#secrets.removeLeft(
      olderMs,
      (tag) => {
        const run = this.#runs.get(tag);
        return run !== undefined && stateOf(run.state).kind === 'pending';
      },
      signal,
    );
  }

  #clean(text: string): string {
    return redactText(text, [], this.#options.secretKeys);
  }
}
