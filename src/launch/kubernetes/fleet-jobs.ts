import type { JobUsage, JobView } from '../job-platform.ts';
import type { LaunchTag } from '../launcher.ts';
import { applicationVerdict } from './application-verdict.ts';
import type { Pod, SparkApplication } from './cluster-objects.ts';
import { objectName, ownerOf, roleLabel, tagLabel } from './job-labels.ts';
import { ended, type JobVerdict } from './job-verdict.ts';
import { podVerdict } from './pod-verdict.ts';
import { PodUsage } from './pod-usage.ts';

export interface FleetJobsOptions {
  /** By whom a job exists: its driver's pod, or the application of which the operator makes one. */
  readonly anchor: 'pod' | 'application';
  readonly namespace: string;
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

export interface Warning {
  readonly reason: string;
  readonly hint: string | undefined;
}

interface Job {
  pod: Pod | undefined;
  application: SparkApplication | undefined;
  readonly usage: PodUsage;
  /** Since when it has been in trouble that the cluster may still get over. */
  troubledMs: number | undefined;
  /** What it was given up for: a later word of the cluster does not bring it back. */
  lastWord: JobVerdict | undefined;
  endedMs: number | undefined;
  warning: Warning | undefined;
}

/** The jobs of a fleet, put together from the objects that the cluster tells of. */
export class FleetJobs {
  readonly #options: FleetJobsOptions;
  readonly #jobs = new Map<LaunchTag, Job>();

  constructor(options: FleetJobsOptions) {
    this.#options = options;
  }

  /** The tag of the job to which the pod belongs, undefined where it is none of ours. */
  putPod(pod: Pod): LaunchTag | undefined {
    const tag = tagOf(pod);
    if (tag === undefined) return undefined;
    const job = this.#jobOf(tag);
    if (isDriver(pod)) job.pod = pod;
    job.usage.put(pod, this.#options.now());
    return tag;
  }

  dropPod(pod: Pod): LaunchTag | undefined {
    const tag = tagOf(pod);
    const job = tag === undefined ? undefined : this.#jobs.get(tag);
    if (job === undefined) return tag;
    // A pod that was made anew under the same name is another one.
    if (isDriver(pod) && job.pod?.metadata.uid === pod.metadata.uid) job.pod = undefined;
    job.usage.end(pod, this.#options.now());
    return tag;
  }

  putApplication(application: SparkApplication): LaunchTag | undefined {
    const tag = tagOf(application);
    if (tag !== undefined) this.#jobOf(tag).application = application;
    return tag;
  }

  dropApplication(application: SparkApplication): LaunchTag | undefined {
    const tag = tagOf(application);
    const job = tag === undefined ? undefined : this.#jobs.get(tag);
    if (job !== undefined) job.application = undefined;
    return tag;
  }

  /** Takes a whole list of pods: what is not in it has gone. */
  replacePods(pods: readonly Pod[]): void {
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const job of this.#jobs.values()) {
      if (job.pod !== undefined && !uids.has(job.pod.metadata.uid)) job.pod = undefined;
      job.usage.endAllBut(uids, this.#options.now());
    }
    for (const pod of pods) this.putPod(pod);
  }

  replaceApplications(applications: readonly SparkApplication[]): void {
    for (const job of this.#jobs.values()) job.application = undefined;
    for (const application of applications) this.putApplication(application);
  }

  /** What an event says of a job that has no reason of its own. */
  warn(tag: LaunchTag, warning: Warning): void {
    const job = this.#jobs.get(tag);
    if (job !== undefined) job.warning = warning;
  }

  /** Forgets the job; false while there is still something that it exists by. */
  forgetIfGone(tag: LaunchTag): boolean {
    const job = this.#jobs.get(tag);
    if (job === undefined) return false;
    if (this.#anchorOf(job) !== undefined) return false;
    // Executors outlive their driver by a moment; they are no job.
    this.#jobs.delete(tag);
    return true;
  }

  has(tag: LaunchTag): boolean {
    const job = this.#jobs.get(tag);
    return job !== undefined && this.#anchorOf(job) !== undefined;
  }

  tags(): readonly LaunchTag[] {
    return [...this.#jobs.keys()];
  }

  views(): readonly JobView[] {
    return this.tags().flatMap((tag) => this.view(tag) ?? []);
  }

  /** Undefined for a job that does not exist (any more). */
  view(tag: LaunchTag): JobView | undefined {
    const job = this.#jobs.get(tag);
    const anchor = job === undefined ? undefined : this.#anchorOf(job);
    if (job === undefined || anchor === undefined) return undefined;
    const verdict = this.#judge(job);
    const isPending = verdict.state.kind === 'pending';
    return {
      tag,
      ref: `${this.#options.namespace}/${objectName(tag)}`,
      state: verdict.state,
      platformState: verdict.platformState,
      reason: verdict.reason ?? (isPending ? job.warning?.reason : undefined),
      hint: verdict.hint ?? (isPending ? job.warning?.hint : undefined),
      link: undefined,
      createdMs: anchor.metadata.creationTimestamp ?? this.#options.now(),
      owner: ownerOf(anchor.metadata.annotations ?? {}),
      usage: this.#usageOf(job),
    };
  }

  /** Jobs whose trouble has not outlasted the cluster's patience yet: of these, time alone makes something else. */
  troubled(): readonly LaunchTag[] {
    return this.#where((job) => job.troubledMs !== undefined && job.lastWord === undefined);
  }

  /** Jobs that are over or can come to nothing, though the cluster goes on with them. */
  doomed(): readonly LaunchTag[] {
    return this.#where((job) => job.lastWord !== undefined);
  }

  /** Jobs that ended at least this long ago. */
  endedFor(ms: number): readonly LaunchTag[] {
    const now = this.#options.monotonicMs();
    return this.#where((job) => job.endedMs !== undefined && now - job.endedMs >= ms);
  }

  #where(test: (job: Job) => boolean): readonly LaunchTag[] {
    return [...this.#jobs].filter(([tag, job]) => this.has(tag) && test(job)).map(([tag]) => tag);
  }

  #judge(job: Job): JobVerdict {
    if (job.lastWord !== undefined) return job.lastWord;
    const now = this.#options.monotonicMs();
    const verdict = this.#verdictOf(job);
    if (verdict.state.kind === 'ended') job.endedMs ??= now;
    if (verdict.doomed === undefined) {
      job.troubledMs = undefined;
      return verdict;
    }
    job.troubledMs ??= now;
    if (now - job.troubledMs < verdict.doomed.afterMs) return verdict;
    const state = ended(verdict.doomed.outcome);
    job.lastWord = { ...verdict, state, reason: verdict.reason ?? job.warning?.reason };
    job.endedMs ??= now;
    return job.lastWord;
  }

  #verdictOf(job: Job): JobVerdict {
    const pod = job.pod === undefined ? undefined : podVerdict(job.pod);
    if (job.application !== undefined) return applicationVerdict(job.application, pod);
    return pod ?? { state: { kind: 'pending' }, platformState: 'Pending' };
  }

  #usageOf(job: Job): JobUsage | undefined {
    return job.usage.total(this.#options.now());
  }

  #anchorOf(job: Job): Pod | SparkApplication | undefined {
    return this.#options.anchor === 'pod' ? job.pod : job.application;
  }

  #jobOf(tag: LaunchTag): Job {
    const known = this.#jobs.get(tag);
    if (known !== undefined) return known;
    const job: Job = {
      pod: undefined,
      application: undefined,
      usage: new PodUsage(),
      troubledMs: undefined,
      lastWord: undefined,
      endedMs: undefined,
      warning: undefined,
    };
    this.#jobs.set(tag, job);
    return job;
  }
}

function tagOf(object: Pod | SparkApplication): LaunchTag | undefined {
  return object.metadata.labels?.[tagLabel];
}

function isDriver(pod: Pod): boolean {
  return pod.metadata.labels?.[roleLabel] === 'driver';
}
