import type { EngineJob, JobPlatform, JobSink, JobView } from '../../src/launch/job-platform.ts';
import type { JobRef, LaunchTag } from '../../src/launch/launcher.ts';

/** A cluster that a test plays: it says what becomes of each job, and which calls fail. */
export class FakePlatform implements JobPlatform {
  readonly kind = 'fake';
  makesInSteps = false;
  readonly submitted: EngineJob[] = [];
  readonly killed: LaunchTag[] = [];
  readonly settledTags: LaunchTag[] = [];
  readonly known = new Map<LaunchTag, JobView>();
  readonly logs = new Map<LaunchTag, readonly string[]>();
  readonly logsRead: LaunchTag[] = [];
  /** Thrown by the next submits, one each. */
  readonly submitFailures: unknown[] = [];
  /** The next submits reach the cluster although their answer is lost. */
  answersLost = 0;
  readonly listFailures: unknown[] = [];
  readonly killFailures: unknown[] = [];
  lists = 0;
  listsHeldUntil: Promise<void> | undefined;
  follows = 0;
  isHurried = false;
  #sink: JobSink | undefined;

  submit(job: EngineJob): Promise<JobRef> {
    this.submitted.push(job);
    const failure = this.submitFailures.shift();
    if (failure !== undefined && this.answersLost === 0) return Promise.reject(failure as Error);
    const view = newJobView(job.tag, { owner: job.owner });
    this.known.set(job.tag, view);
    if (failure !== undefined) {
      this.answersLost--;
      return Promise.reject(failure as Error);
    }
    this.#sink?.changed(view);
    return Promise.resolve(view.ref);
  }

  async follow(sink: JobSink, signal: AbortSignal): Promise<void> {
    this.follows++;
    this.#sink = sink;
    sink.all([...this.known.values()]);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    this.#sink = undefined;
  }

  hurry(isWaitedFor: boolean): void {
    this.isHurried = isWaitedFor;
  }

  async list(signal: AbortSignal): Promise<readonly JobView[]> {
    this.lists++;
    await this.listsHeldUntil;
    signal.throwIfAborted();
    const failure = this.listFailures.shift();
    if (failure !== undefined) throw failure as Error;
    return [...this.known.values()];
  }

  async *log(job: JobView): AsyncGenerator<string> {
    this.logsRead.push(job.tag);
    for (const line of this.logs.get(job.tag) ?? []) yield await Promise.resolve(line);
  }

  kill(tag: LaunchTag): Promise<void> {
    const failure = this.killFailures.shift();
    if (failure !== undefined) return Promise.reject(failure as Error);
    this.killed.push(tag);
    this.remove(tag);
    return Promise.resolve();
  }

  settled(tag: LaunchTag): Promise<void> {
    this.settledTags.push(tag);
    return Promise.resolve();
  }

  /** The cluster has something new to say of a job. */
  tell(tag: LaunchTag, change: Partial<JobView>): void {
    const view = { ...(this.known.get(tag) ?? newJobView(tag)), ...change };
    this.known.set(tag, view);
    this.#sink?.changed(view);
  }

  remove(tag: LaunchTag): void {
    this.known.delete(tag);
    this.#sink?.gone(tag);
  }

  tellLine(tag: LaunchTag, text: string): void {
    this.#sink?.line(tag, text);
  }

  tellAll(hidden?: Error): void {
    this.#sink?.all([...this.known.values()], hidden);
  }

  tellUnreachable(why: unknown): void {
    this.#sink?.unreachable(why);
  }
}

export function newJobView(tag: LaunchTag, more: Partial<JobView> = {}): JobView {
  return {
    tag,
    ref: `job-${tag}`,
    state: { kind: 'pending' },
    platformState: 'QUEUED',
    reason: undefined,
    hint: undefined,
    link: undefined,
    createdMs: 0,
    owner: {},
    usage: undefined,
    ...more,
  };
}
