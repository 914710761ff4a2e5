import type { Clock } from '../../core/clock.ts';
import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import type { EngineJob, JobPlatform, JobSink, JobView } from '../job-platform.ts';
import { SubmitError } from '../job-platform.ts';
import type { JobRef, LaunchTag } from '../launcher.ts';
import { launchApplication } from './application-launch.ts';
import { applicationSchema, podSchema } from './cluster-objects.ts';
import { driverLog, type LogSource } from './driver-log.ts';
import { FleetJobs } from './fleet-jobs.ts';
import { FleetWatch } from './fleet-watch.ts';
import { driverContainer, fleetLabel, objectName } from './job-labels.ts';
import { JobNews } from './job-news.ts';
import { KubeApi, type ObjectKind } from './kube-api.ts';
import { KubeError } from './kube-error.ts';
import { launchPod } from './pod-launch.ts';
import { podVerdict } from './pod-verdict.ts';

export interface KubernetesPlatformOptions {
  readonly spec: KubernetesSpec;
  /** Only jobs with this fleet's label are looked at. */
  readonly fleet: string;
  readonly clock: Clock;
  /** From 0 up to 1, for the jitter of waits. */
  readonly random?: () => number;
  /** How long jobs that have ended stay, with their logs, before they are deleted; milliseconds. */
  readonly keepEndedMs?: number;
}

const tenMinutesMs = 600_000;

/** Engines as pods of a namespace: made by us, or by the Spark operator. */
export class KubernetesPlatform implements JobPlatform {
  readonly kind = 'kubernetes';
  readonly makesInSteps = true;
  readonly #options: KubernetesPlatformOptions;
  readonly #api: KubeApi;
  #isHurried = false;
  readonly #watches = new Set<FleetWatch>();
  readonly #news = new JobNews();

  /** Throws for a kubeconfig that can't be read or names no cluster. */
  constructor(options: KubernetesPlatformOptions) {
    this.#options = options;
    this.#api = new KubeApi(options.spec);
  }

  async submit(job: EngineJob, say: (line: string) => void, signal: AbortSignal): Promise<JobRef> {
    const { spec, fleet } = this.#options;
    if (job.fleet !== fleet) {
      throw new SubmitError('refused', `the job is of fleet ${job.fleet}, not of ${fleet}`);
    }
    const launch = this.#byOperator ? launchApplication : launchPod;
    await launch(this.#api, job, spec, say, signal);
    return this.#refOf(job.tag);
  }

  async follow(sink: JobSink, signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random, keepEndedMs = tenMinutesMs } = this.#options;
    const watch = new FleetWatch(
      {
        jobs: this.#fleetJobs(),
        sources: {
          pods: this.#api.pods(this.#selector),
          applications: this.#byOperator ? this.#api.applications(this.#selector) : undefined,
          events: this.#api.podEvents(),
        },
        pace: { clock, random },
        remove: (tag, until) => this.#remove(tag, until),
        keepEndedMs,
      },
      this.#news.passingOnTo(sink),
      this.#isHurried,
      signal,
    );
    this.#watches.add(watch);
    try {
      await watch.run();
    } finally {
      this.#watches.delete(watch);
    }
  }

  hurry(isWaitedFor: boolean): void {
    this.#isHurried = isWaitedFor;
    for (const watch of this.#watches) watch.hurry(isWaitedFor);
  }

  async list(signal: AbortSignal): Promise<readonly JobView[]> {
    const jobs = this.#fleetJobs();
    if (this.#byOperator) {
      const { items } = await this.#api.applications(this.#selector).list(signal);
      jobs.replaceApplications(items.map((item) => applicationSchema.parse(item)));
    }
    const { items } = await this.#api.pods(this.#selector).list(signal);
    jobs.replacePods(items.map((item) => podSchema.parse(item)));
    return jobs.views();
  }

  async *log(job: JobView, signal: AbortSignal): AsyncGenerator<string> {
    const pod = this.#podNameOf(job.tag);
    const source: LogSource = {
      open: (sinceTime, until) => this.#api.log(pod, driverContainer, sinceTime, until),
      isOver: (until) => this.#isOver(job.tag, until),
      changed: () => this.#news.next(job.tag),
    };
    try {
      yield* driverLog(source, this.#options.clock, signal);
    } finally {
      this.#news.forget(job.tag);
    }
  }

  async kill(tag: LaunchTag, _ref: JobRef | undefined, signal: AbortSignal): Promise<void> {
    await this.#remove(tag, signal);
  }

  settled(_tag: LaunchTag): Promise<void> {
    // The driver's secret lives as long as its pod: nothing is kept for the launch alone.
    return Promise.resolve();
  }

  get #byOperator(): boolean {
    return this.#options.spec.launcher === 'spark-operator';
  }

  get #selector(): string {
    return `${fleetLabel}=${this.#options.fleet}`;
  }

  #refOf(tag: LaunchTag): JobRef {
    return `${this.#options.spec.namespace}/${objectName(tag)}`;
  }

  /** The operator names the pod after the application. */
  #podNameOf(tag: LaunchTag): string {
    return this.#byOperator ? `${objectName(tag)}-driver` : objectName(tag);
  }

  async #remove(tag: LaunchTag, signal: AbortSignal): Promise<void> {
    const kind: ObjectKind = this.#byOperator ? 'application' : 'pod';
    await this.#api.remove(kind, objectName(tag), signal).catch((thrown: unknown) => {
      if (!isNotFound(thrown)) throw thrown;
    });
  }

  /** Whether the driver will write nothing more. */
  async #isOver(tag: LaunchTag, signal: AbortSignal): Promise<boolean> {
    const anchor: ObjectKind = this.#byOperator ? 'application' : 'pod';
    try {
      const pod = podSchema.parse(await this.#api.readWhole('pod', this.#podNameOf(tag), signal));
      return podVerdict(pod).state.kind === 'ended';
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      if (anchor === 'pod') return true;
    }
    try {
      await this.#api.read(anchor, objectName(tag), signal);
      return false;
    } catch (thrown) {
      if (isNotFound(thrown)) return true;
      throw thrown;
    }
  }

  #fleetJobs(): FleetJobs {
    const { clock, spec } = this.#options;
    return new FleetJobs({
      anchor: this.#byOperator ? 'application' : 'pod',
      namespace: spec.namespace,
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
    });
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof KubeError && thrown.status === 404;
}
