import { reasonOf } from '../../core/errors.ts';
import { redactText } from '../../config/redaction.ts';
import type { Clock } from '../../core/clock.ts';
import type { EmrEc2Spec } from '../../preset/cluster-spec.ts';
import { driverLog } from '../aws/driver-log.ts';
import { EngineSecrets, leftAfterMs, sweepEveryMs } from '../aws/engine-secrets.ts';
import { s3Calls } from '../aws/s3-log.ts';
import { readerPolicy } from '../aws/secret-bundle.ts';
import { secretTrouble } from '../aws/secret-trouble.ts';
import { listTrouble } from '../aws/service-errors.ts';
import { SubmitError, type EngineJob, type JobPlatform } from '../job-platform.ts';
import type { JobSink, JobView } from '../job-platform.ts';
import type { JobRef, LaunchTag } from '../launcher.ts';
import { PollPace } from '../poll-pace.ts';
import type { RateBuckets } from '../rate-bucket.ts';
import { SharedRounds } from '../shared-rounds.ts';
import { driverLog as yarnLog } from '../yarn/driver-log.ts';
import { allowedQueue, queueTrouble } from '../yarn/queue-check.ts';
import type { Fetch } from '../yarn/rest-request.ts';
import { checkCluster, ClusterLook, type ClusterFacts } from './cluster-look.ts';
import { EmrApi } from './emr-api.ts';
import { FleetJobs } from './fleet-jobs.ts';
import { JobEnds } from './job-ends.ts';
import { StepLogs } from './step-logs.ts';
import { stepPlan, type StepPlan } from './step-request.ts';
import { submitTrouble } from './submit-trouble.ts';
import { YarnAccess } from './yarn-access.ts';

export interface EmrEc2PlatformOptions {
  readonly spec: EmrEc2Spec;
  /** 12 hex digits: jobs of other fleets are left alone. */
  readonly fleet: string;
  /** Shared by all clusters of the gateway. */
  readonly buckets: RateBuckets;
  /** `kyuubi.server.redaction.regex`. */
  readonly secretKeys: RegExp;
  readonly clock: Clock;
  /** Asks resource and node managers. */
  readonly fetch?: Fetch;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

type Say = (line: string) => void;

const removeLimitMs = 30_000;
const s3PollMs = 10_000;
/** EMR may get to a call late that it has not answered, and lists show its step later still: a step sent too soon is a second one. */
const lostLookMs = 10_000;

/** Engines by steps of a cluster of EMR on EC2, each of which hands an application over to YARN. */
export class EmrEc2Platform implements JobPlatform {
  readonly kind = 'emr-ec2';
  readonly #options: EmrEc2PlatformOptions;
  readonly #api: EmrApi;
  readonly #cluster: ClusterLook;
  readonly #yarn: YarnAccess;
  readonly #secrets: EngineSecrets;
  readonly #s3: ReturnType<typeof s3Calls>;
  readonly #logs: StepLogs;
  readonly #jobs: FleetJobs;
  readonly #ends: JobEnds;
  readonly #rounds: SharedRounds<readonly JobView[]>;
  readonly #pace: PollPace;
  /** The next round looks at the steps of other gateways, too. */
  #isWholeWanted = true;
  /** Of launches under way: their secret, and since when the answer to their step is lost. */
  readonly #secretNames = new Map<LaunchTag, string>();
  readonly #unanswered = new Map<LaunchTag, number>();
  /** Secrets that are being removed: the end waits for them. */
  readonly #removals = new Set<Promise<unknown>>();
  #sink: JobSink | undefined;

  constructor(options: EmrEc2PlatformOptions) {
    const { spec, fleet, buckets, clock, fetch: send } = options;
    this.#options = options;
    this.#api = new EmrApi(spec, buckets);
    this.#cluster = new ClusterLook({ id: spec.cluster, api: this.#api, clock });
    this.#yarn = new YarnAccess({
      addresses: spec.resourceManagers,
      user: spec.apiUser,
      cluster: this.#cluster,
      clock,
      fetch: send,
    });
    this.#secrets = new EngineSecrets({
      ...{ cluster: spec.name, clock },
      ...{ region: spec.region, endpoint: spec.endpoint, kmsKey: spec.secretsKmsKey, buckets },
      // The instance profile is no role that a policy of a secret could tell from others of the account.
      policy: (roleArn) => (roleArn === '' ? undefined : readerPolicy(roleArn)),
    });
    this.#s3 = s3Calls(spec);
    this.#logs = new StepLogs(spec, this.#cluster, this.#s3);
    const shared = { fleet, api: this.#api, yarn: this.#yarn, cluster: this.#cluster };
    this.#jobs = new FleetJobs({
      ...shared,
      clusterId: spec.cluster,
      clock,
      linkOf: (stepId) => this.#logs.linkOf(stepId),
    });
    this.#ends = new JobEnds({ ...shared, spec, jobs: this.#jobs, logs: this.#logs });
    this.#rounds = new SharedRounds((signal) => this.#look(signal));
    this.#pace = new PollPace(clock, options.random ?? Math.random);
  }

  async submit(job: EngineJob, say: Say, signal: AbortSignal): Promise<JobRef> {
    const plan = stepPlan(job, this.#options.spec);
    for (const note of plan.notes) say(note);
    const lostMs = this.#unanswered.get(job.tag);
    if (lostMs !== undefined) {
      const found = await this.#lost(job.tag, lostMs, signal);
      if (found !== undefined) return found;
    }
    await this.#checkCluster(job.release, say, signal);
    await this.#checkQueue(plan.queue, signal);
    await this.#api.turn(signal, (ahead) =>
      say(`waiting for its turn to call EMR, ${ahead} before this one`),
    );
    await this.#makeSecret(job, plan, signal);
    this.#unanswered.set(job.tag, lostMs ?? this.#options.clock.now());
    const what = `a step of cluster ${this.#options.spec.cluster}`;
    try {
      const stepId = await this.#api.addStep(plan.request, signal);
      this.#unanswered.delete(job.tag);
      say(`step ${stepId} submits the engine to queue ${plan.queue} of YARN`);
      this.#sink?.changed(this.#jobs.add(job.tag, stepId, job.owner));
      return stepId;
    } catch (thrown) {
      const trouble = submitTrouble(what, thrown);
      if (trouble.trouble !== 'unclear') {
        // That this call did nothing says nothing of an earlier one, whose step lists may show late.
        if (lostMs === undefined) this.#unanswered.delete(job.tag);
        this.#cluster.forget();
        throw trouble;
      }
      const { message, hint } = trouble;
      throw new SubmitError('unclear', message, { hint, retryAfterMs: lostLookMs, cause: thrown });
    }
  }

  async follow(sink: JobSink, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let swept = -Infinity;
    this.#sink = sink;
    try {
      while (!signal.aborted) {
        try {
          sink.all(await this.#rounds.next(signal));
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          failures++;
          sink.unreachable(error);
        }
        const nowMs = this.#options.clock.monotonicMs();
        if (failures === 0 && nowMs - swept >= sweepEveryMs) {
          swept = nowMs;
          // What can't be removed now is looked for again.
          await this.#removeLeft(signal).catch(() => undefined);
        }
        await this.#pace.wait(failures, signal);
      }
    } finally {
      this.#sink = undefined;
      this.#rounds.stop();
      this.#jobs.stop();
      await Promise.all(this.#removals);
      for (const part of [this.#api, this.#secrets, this.#s3]) part.destroy();
    }
  }

  hurry(isWaitedFor: boolean): void {
    this.#pace.hurry(isWaitedFor);
  }

  list(signal: AbortSignal): Promise<readonly JobView[]> {
    this.#isWholeWanted = true;
    return this.#rounds.next(signal);
  }

  async *log(job: JobView, signal: AbortSignal): AsyncGenerator<string> {
    const { clock, spec, fetch: send } = this.#options;
    const isApplication = job.ref.startsWith('application_');
    if (isApplication && this.#yarn.outOfReach === undefined) {
      const application = () => this.#yarn.ask((all) => all.one(job.ref, signal), signal);
      yield* yarnLog({ application, user: spec.apiUser, clock, fetch: send ?? fetch }, signal);
      return;
    }
    yield* driverLog(
      {
        places: isApplication ? [] : this.#logs.placesOf(job.ref),
        isOver: () => this.#jobs.get(job.tag)?.state.kind !== 'running',
        pollMs: s3PollMs,
        clock,
      },
      signal,
    );
  }

  async kill(tag: LaunchTag, ref: JobRef | undefined, signal: AbortSignal): Promise<void> {
    await this.#ends.end(tag, ref, signal);
    await this.settled(tag);
  }

  /** The session that waits for the engine does not wait for Secrets Manager. */
  settled(tag: LaunchTag): Promise<void> {
    this.#unanswered.delete(tag);
    const name = this.#secretNames.get(tag);
    if (name === undefined) return Promise.resolve();
    this.#secretNames.delete(tag);
    // One that stays is found by its name later.
    const removal = this.#secrets
      .remove(name, AbortSignal.timeout(removeLimitMs))
      .catch(() => undefined);
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
    return Promise.resolve();
  }

  /** The step of a call whose answer was lost: EMR has no token, so only its name tells, whatever became of it since. */
  async #lost(tag: LaunchTag, sinceMs: number, signal: AbortSignal): Promise<JobRef | undefined> {
    try {
      await this.#jobs.lookAtSteps(signal, sinceMs);
    } catch (thrown) {
      signal.throwIfAborted();
      const message = `whether EMR has the step is not known: ${reasonOf(thrown)}`;
      throw new SubmitError('unclear', message, { cause: thrown });
    }
    const stepId = this.#jobs.step(tag)?.stepId;
    if (stepId !== undefined) this.#unanswered.delete(tag);
    return stepId;
  }

  async #checkCluster(expected: string | undefined, say: Say, signal: AbortSignal): Promise<void> {
    let facts: ClusterFacts | undefined;
    try {
      facts = await this.#cluster.look(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const why = submitTrouble(`cluster ${this.#options.spec.cluster}`, thrown);
      // Nothing was submitted: whatever became of the question, no job runs.
      if (why.trouble !== 'unclear') throw why;
      throw new SubmitError('busy', why.message, { hint: why.hint, cause: thrown });
    }
    // It may be that the gateway may add steps and not look at clusters: then EMR itself says what is wrong.
    if (facts === undefined) return;
    for (const note of checkCluster(facts, expected)) say(note);
  }

  async #checkQueue(queue: string, signal: AbortSignal): Promise<void> {
    const root = await this.#yarn
      .ask((applications) => applications.queues(signal), signal)
      // What its queues are may be kept from us: YARN then decides.
      .catch(() => undefined);
    signal.throwIfAborted();
    const wrong =
      allowedQueue(queue, this.#options.spec.queues) ??
      (root === undefined ? undefined : queueTrouble(queue, root));
    if (wrong !== undefined) throw new SubmitError('refused', wrong.message, { hint: wrong.hint });
  }

  async #makeSecret(
    job: EngineJob,
    { secret, roleArn }: StepPlan,
    signal: AbortSignal,
  ): Promise<void> {
    this.#secretNames.set(job.tag, secret.name);
    try {
      await this.#secrets.make(job, [secret], roleArn, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw secretTrouble(thrown);
    }
  }

  async #look(signal: AbortSignal): Promise<readonly JobView[]> {
    const isWhole = this.#isWholeWanted;
    this.#isWholeWanted = false;
    try {
      const jobs = await this.#jobs.look(isWhole, signal);
      const { secretKeys } = this.#options;
      return jobs.map((job) =>
        job.reason === undefined ? job : { ...job, reason: redactText(job.reason, [], secretKeys) },
      );
    } catch (thrown) {
      this.#isWholeWanted ||= isWhole;
      throw listTrouble('EMR', thrown);
    }
  }

  /** Secrets of launches whose gateway has died: an engine that runs has read its own. */
  async #removeLeft(signal: AbortSignal): Promise<void> {
    const olderMs = this.#options.clock.now() - leftAfterMs;
    for await (const { name, tag, createdMs } of this.#secrets.left(this.#options.fleet, signal)) {
      if (createdMs > olderMs || this.#secretNames.has(tag)) continue;
      if (this.#jobs.get(tag)?.state.kind !== 'pending') await this.#secrets.remove(name, signal);
    }
  }
}
