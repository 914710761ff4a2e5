import type { JobSink, JobView } from './job-platform.ts';
import type { LaunchTag } from './launcher.ts';

/** What a board tells of changes. */
export interface BoardListener {
  /** `before` is undefined for a job that is new here; `after` for one that the cluster no longer knows. */
  jobChanged(tag: LaunchTag, before: JobView | undefined, after: JobView | undefined): void;
  jobLine(tag: LaunchTag, text: string): void;
  reachable(isReachable: boolean, why: unknown): void;
  /** A part of the cluster can't be looked at, or all of it can again. */
  hidden(why: Error | undefined): void;
}

/** The jobs of one cluster as they were last heard of. While the cluster does not answer, what was known stays known. */
export class JobBoard implements JobSink {
  readonly #listener: BoardListener;
  #jobs = new Map<LaunchTag, JobView>();
  /** Undefined until the cluster has been heard of or has failed to answer. */
  #isReachable: boolean | undefined;
  /** What was told last of parts that can't be looked at. */
  #hidden: string | undefined;

  constructor(listener: BoardListener) {
    this.#listener = listener;
  }

  /** Whether the cluster answers. */
  get isReachable(): boolean {
    return this.#isReachable === true;
  }

  get(tag: LaunchTag): JobView | undefined {
    return this.#jobs.get(tag);
  }

  jobs(): IterableIterator<JobView> {
    return this.#jobs.values();
  }

  all(jobs: readonly JobView[], hidden?: Error): void {
    const before = this.#jobs;
    this.#jobs = new Map(jobs.map((job) => [job.tag, job]));
    this.#setReachable(true);
    this.#setHidden(hidden);
    for (const job of jobs) this.#tell(job.tag, before.get(job.tag), job);
    for (const [tag, job] of before) {
      if (!this.#jobs.has(tag)) this.#tell(tag, job, undefined);
    }
  }

  changed(job: JobView): void {
    const before = this.#jobs.get(job.tag);
    this.#jobs.set(job.tag, job);
    this.#setReachable(true);
    this.#tell(job.tag, before, job);
  }

  gone(tag: LaunchTag): void {
    const before = this.#jobs.get(tag);
    if (before === undefined) return;
    this.#jobs.delete(tag);
    this.#tell(tag, before, undefined);
  }

  line(tag: LaunchTag, text: string): void {
    this.#listener.jobLine(tag, text);
  }

  unreachable(why: unknown): void {
    this.#setReachable(false, why);
  }

  #tell(tag: LaunchTag, before: JobView | undefined, after: JobView | undefined): void {
    if (before !== undefined && after !== undefined && looksSame(before, after)) return;
    this.#listener.jobChanged(tag, before, after);
  }

  #setReachable(isReachable: boolean, why?: unknown): void {
    if (this.#isReachable === isReachable) return;
    const isFirst = this.#isReachable === undefined;
    this.#isReachable = isReachable;
    if (isReachable && isFirst) return; // that it answers is no news
    this.#listener.reachable(isReachable, why);
  }

  #setHidden(why: Error | undefined): void {
    if (this.#hidden === why?.message) return;
    this.#hidden = why?.message;
    this.#listener.hidden(why);
  }
}

/** Usage grows all the time and is no change of a job's state. */
function looksSame(one: JobView, other: JobView): boolean {
  return (
    one.state.kind === other.state.kind &&
    one.platformState === other.platformState &&
    one.reason === other.reason &&
    one.link === other.link &&
    one.hasLog === other.hasLog
  );
}
