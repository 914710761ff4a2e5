import type { Settings } from '../config/entry.ts';
import type { JobOwner, JobRef, LaunchOutcome, LaunchTag } from './launcher.ts';
import type { Sidecar } from '../preset/catalogs/sidecar.ts';
import type { MainResource } from './main-resource.ts';

/** One engine to be started on a cluster; all that can be decided before the cluster is asked is decided. */
export interface EngineJob {
  readonly tag: LaunchTag;
  /** The gateways that own the job: jobs of other fleets on the same cluster are none of our business. 12 hex digits. */
  readonly fleet: string;
  /** Whom the engine runs as. */
  readonly appUser: string;
  /** The application's name where the session gives none; `spark.app.name` of `conf` is the one that counts. */
  readonly appName: string;
  /** All settings under Spark's names, secret ones included. */
  readonly conf: Settings;
  /** Which of these settings may stand nowhere but in the platform's place for secrets. */
  readonly isSecret: (key: string) => boolean;
  /** What the engine's process finds in its environment. */
  readonly environment: Settings;
  readonly main: MainResource;
  /** The engine's own key (`spark.torii.engine.key`): never a plain setting, it goes the way of the secret settings. */
  readonly engineKey: string;
  readonly owner: JobOwner;
  /** Containers that run beside the driver's: refused where engines are no pods. */
  readonly sidecars: readonly Sidecar[];
  /** Release of EMR that `conf` is made for, where it is known: refused where there is another. */
  readonly release?: string | undefined;
}

/** vCPU-seconds and MiB-seconds that a job has been given so far. */
export interface JobUsage {
  readonly vcpuSeconds: number;
  readonly memoryMibSeconds: number;
  /** GB-seconds of disk, where the cluster tells them. */
  readonly storageGbSeconds?: number | undefined;
  /** What the provider bills; else what was measured. */
  readonly isBilled?: boolean | undefined;
}

export type JobState =
  | { readonly kind: 'pending' | 'running' }
  | { readonly kind: 'ended'; readonly outcome: LaunchOutcome };

/** What a cluster says of one of our jobs. */
export interface JobView {
  readonly tag: LaunchTag;
  readonly ref: JobRef;
  readonly state: JobState;
  /** The platform's own word, e.g. `ACCEPTED` or `Pending (ImagePullBackOff)`: each new one is a line of the launch log. */
  readonly platformState: string;
  /** The driver writes its log although the job is pending: it is at work, and the platform counts it later. */
  readonly hasLog?: boolean;
  /** The platform's own reason, e.g. YARN's diagnostics. */
  readonly reason: string | undefined;
  /** What its reader can do, as one sentence, where the platform's state tells. */
  readonly hint: string | undefined;
  /** A page of the platform that tells more. */
  readonly link: string | undefined;
  /** When the cluster took the job, epoch milliseconds. */
  readonly createdMs: number;
  /** When it ended, by the platform's clock, epoch milliseconds; undefined while it is alive or where that is not told. */
  readonly endedMs?: number | undefined;
  readonly owner: Partial<JobOwner>;
  readonly usage: JobUsage | undefined;
  /** It has ended, and what is billed for it will be told later, when it is asked for. */
  readonly isBillPending?: boolean | undefined;
}

/** Takes what a platform sees of its jobs. */
export interface JobSink {
  /**
   * All jobs that the cluster knows now: a tag that is missing has gone. `hidden` says which part of the cluster can't be looked
   * at: of its jobs those that are known are among the others as they were.
   */
  all(jobs: readonly JobView[], hidden?: Error): void;
  /** One job has changed or is new. */
  changed(job: JobView): void;
  /** The cluster no longer knows the job. */
  gone(tag: LaunchTag): void;
  /** A line for the launch log of one job, e.g. a pod's event. */
  line(tag: LaunchTag, text: string): void;
  /** The cluster did not answer. What was known stays known; another call of `all` ends it. */
  unreachable(why: unknown): void;
}

/**
 * Why a job was not started. `refused`: it is certain that nothing runs, and trying again is of no use. `busy`: nothing runs,
 * and it may be taken later (quota, throttling, limits). `unclear`: the answer was lost; the job may run.
 */
export type SubmitTrouble = 'refused' | 'busy' | 'unclear';

export class SubmitError extends Error {
  readonly trouble: SubmitTrouble;
  readonly hint: string | undefined;
  /** When the cluster said how long to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    trouble: SubmitTrouble,
    message: string,
    options: {
      readonly hint?: string | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SubmitError';
    this.trouble = trouble;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * The calls of one kind of cluster, and nothing else: `ClusterLauncher` makes a launcher of it, with queueing, second tries,
 * the launch log, failures, and all these without the launch's secrets, whatever the cluster says. Keeps no state that a restart would miss: jobs are found by the tag that they carry.
 */
export interface JobPlatform {
  readonly kind: string;
  /**
   * Whether a job that is listed may lack what the rest of its `submit` would have made, so that it can never start. After
   * `unclear` such a job is submitted again although it is there, which goes on where the lost call ended.
   */
  readonly makesInSteps?: boolean;
  /**
   * Starts the job, with the tag as its name, its label or its token. Rejects with a `SubmitError` (any other error counts as
   * `unclear`). After `unclear` the caller looks for the tag by `list` and, when it is not there, submits the same job again,
   * so the second of two calls with one tag must never make a second job. `say` takes lines for the launch log.
   */
  submit(job: EngineJob, say: (line: string) => void, signal: AbortSignal): Promise<JobRef>;
  /**
   * Tells the sink of this fleet's jobs, alive ones and those that ended lately, until the signal fires; resolves then. One list
   * or one watch for the whole cluster, however many jobs there are. Never rejects for a cluster that does not answer: it says
   * `unreachable`, and goes on with back-off and jitter.
   */
  follow(sink: JobSink, signal: AbortSignal): Promise<void>;
  /** Says whether somebody waits for a change: a platform that polls then looks every 2 s, else rarely. */
  hurry(isWaitedFor: boolean): void;
  /**
   * This fleet's jobs as the cluster knows them now, with one consistent list. Rejects when it does not answer: with a
   * `PartialList` where only a part of it can't be looked at.
   */
  list(signal: AbortSignal): Promise<readonly JobView[]>;
  /**
   * One job that the lists may have left out since it has ended, with what is known by now of what it used. Undefined when the
   * cluster does not know it any more; rejects when it does not answer. Missing where the lists tell of ended jobs long enough.
   */
  recall?(tag: LaunchTag, ref: JobRef, signal: AbortSignal): Promise<JobView | undefined>;
  /** The driver's log by lines, from its beginning, as soon as it can be had; ends with the job's end or the signal. */
  log(job: JobView, signal: AbortSignal): AsyncIterable<string>;
  /** Resolves when the cluster has taken the order; a job that has ended or that nobody knows is no failure. */
  kill(tag: LaunchTag, ref: JobRef | undefined, signal: AbortSignal): Promise<void>;
  /** The launch is over, well or badly: what only the launch needed (local files) is removed. */
  settled(tag: LaunchTag): Promise<void>;
}
