import type { JobSink, JobView } from '../job-platform.ts';
import type { LaunchTag } from '../launcher.ts';
import type { z } from 'zod';
import { applicationSchema, eventSchema, type PodEvent, podSchema } from './cluster-objects.ts';
import type { FleetJobs } from './fleet-jobs.ts';
import {
  listAndWatch,
  type ObjectListener,
  type ObjectSource,
  type WatchPace,
} from './list-and-watch.ts';
import { type EventNews, newsOf } from './pod-events.ts';

export interface FleetSources {
  readonly pods: ObjectSource;
  /** SparkApplications, where the operator makes the pods. */
  readonly applications: ObjectSource | undefined;
  /** Events of pods of the whole namespace. */
  readonly events: ObjectSource;
}

export interface FleetWatchOptions {
  readonly jobs: FleetJobs;
  readonly sources: FleetSources;
  readonly pace: WatchPace;
  /** Takes the job off the cluster; a failure is tried again. */
  readonly remove: (tag: LaunchTag, signal: AbortSignal) => Promise<void>;
  /** How long jobs that have ended can still be looked at. */
  readonly keepEndedMs: number;
}

const lookMs = 1000;
/** What running jobs have used by now is told after so many looks. */
const looksPerUsage = 60;
/** News of pods that have not been told of yet: at most so many are kept. */
const maxEarlyNews = 500;
const maxKnownLines = 200;

/** Tells a sink what becomes of a fleet's jobs; one for each call of `follow`. */
export class FleetWatch {
  readonly #options: FleetWatchOptions;
  readonly #sink: JobSink;
  readonly #signal: AbortSignal;
  readonly #told = new Map<LaunchTag, string>();
  /** Kept as they change: to look through all jobs at each change of one would take a large fleet's time. */
  readonly #pending = new Set<LaunchTag>();
  readonly #saidLines = new Map<LaunchTag, Set<string>>();
  #earlyNews: EventNews[] = [];
  #isPodsListed = false;
  #isApplicationsListed: boolean;
  #isHurried: boolean;
  #events: AbortController | undefined;
  readonly #background = new Set<Promise<void>>();
  readonly #removing = new Set<LaunchTag>();

  constructor(options: FleetWatchOptions, sink: JobSink, isHurried: boolean, signal: AbortSignal) {
    this.#options = options;
    this.#sink = sink;
    this.#signal = signal;
    this.#isHurried = isHurried;
    this.#isApplicationsListed = options.sources.applications === undefined;
  }

  async run(): Promise<void> {
    const { sources, pace } = this.#options;
    const follow = (source: ObjectSource, listener: ObjectListener): Promise<void> =>
      listAndWatch(source, listener, pace, this.#signal);
    await Promise.all([
      follow(sources.pods, this.#podListener()),
      sources.applications === undefined
        ? undefined
        : follow(sources.applications, this.#applicationListener()),
      this.#lookRegularly(),
    ]);
    this.#events?.abort();
    await Promise.all(this.#background);
  }

  hurry(isWaitedFor: boolean): void {
    this.#isHurried = isWaitedFor;
    this.#watchEventsWhileNeeded();
  }

  #podListener(): ObjectListener {
    const { jobs } = this.#options;
    return {
      listed: (items) => {
        jobs.replacePods(items.flatMap((item) => parsed(podSchema, item)));
        this.#isPodsListed = true;
        this.#tellAll();
      },
      put: (object) => {
        for (const pod of parsed(podSchema, object)) this.#changed(jobs.putPod(pod));
      },
      gone: (object) => {
        for (const pod of parsed(podSchema, object)) {
          // The last thing that is known of a pod comes with its end.
          const tag = jobs.putPod(pod);
          this.#changed(tag);
          if (tag !== undefined) this.#tellUsage(tag);
          this.#dropped(jobs.dropPod(pod));
        }
      },
      unreachable: (why) => this.#unreachable('pods', why),
    };
  }

  #applicationListener(): ObjectListener {
    const { jobs } = this.#options;
    return {
      listed: (items) => {
        jobs.replaceApplications(items.flatMap((item) => parsed(applicationSchema, item)));
        this.#isApplicationsListed = true;
        this.#tellAll();
      },
      put: (object) => {
        for (const application of parsed(applicationSchema, object)) {
          this.#changed(jobs.putApplication(application));
        }
      },
      gone: (object) => {
        for (const application of parsed(applicationSchema, object)) {
          this.#changed(jobs.putApplication(application));
          this.#dropped(jobs.dropApplication(application));
        }
      },
      unreachable: (why) => this.#unreachable('applications', why),
    };
  }

  #unreachable(what: 'pods' | 'applications', why: unknown): void {
    if (what === 'pods') this.#isPodsListed = false;
    else this.#isApplicationsListed = false;
    this.#sink.unreachable(why);
  }

  #tellAll(): void {
    if (!this.#isPodsListed || !this.#isApplicationsListed) return;
    const { jobs } = this.#options;
    for (const tag of jobs.tags()) jobs.forgetIfGone(tag);
    const views = jobs.views();
    this.#told.clear();
    this.#pending.clear();
    for (const view of views) this.#remember(view, essence(view));
    this.#forgetLines();
    this.#sink.all(views);
    this.#flushEarlyNews();
    this.#watchEventsWhileNeeded();
  }

  #changed(tag: LaunchTag | undefined): void {
    const view = tag === undefined ? undefined : this.#options.jobs.view(tag);
    if (view === undefined) return;
    const now = essence(view);
    if (this.#told.get(view.tag) === now) return;
    const isNew = !this.#told.has(view.tag);
    this.#remember(view, now);
    this.#sink.changed(view);
    if (isNew) this.#flushEarlyNews();
    this.#watchEventsWhileNeeded();
  }

  /** What a job used is no change of it, but it has to be known when the job goes. */
  #tellUsage(tag: LaunchTag): void {
    const view = this.#options.jobs.view(tag);
    if (view !== undefined && this.#told.has(tag)) this.#sink.changed(view);
  }

  #dropped(tag: LaunchTag | undefined): void {
    if (tag === undefined || !this.#options.jobs.forgetIfGone(tag)) {
      this.#changed(tag);
      return;
    }
    this.#saidLines.delete(tag);
    this.#pending.delete(tag);
    if (this.#told.delete(tag)) this.#sink.gone(tag);
    this.#watchEventsWhileNeeded();
  }

  /** Events are for launches: nobody asks for them while none is waited for. */
  #watchEventsWhileNeeded(): void {
    const isNeeded = this.#isHurried && this.#pending.size > 0 && !this.#signal.aborted;
    if (isNeeded === (this.#events !== undefined)) return;
    if (!isNeeded) {
      this.#events?.abort();
      this.#events = undefined;
      return;
    }
    const until = new AbortController();
    this.#events = until;
    const { sources, pace } = this.#options;
    const take = (object: unknown): void => {
      for (const event of parsed(eventSchema, object)) this.#take(event);
    };
    const takeAll = (items: readonly unknown[]): void => {
      const listed = items.flatMap((item) => parsed(eventSchema, item));
      for (const event of listed.toSorted(byAge)) this.#take(event);
    };
    const listener: ObjectListener = {
      listed: takeAll,
      put: take,
      gone: () => undefined,
      // The pods' own watch tells that the cluster does not answer; a gateway that may not see events does without.
      unreachable: () => undefined,
    };
    this.#inBackground(listAndWatch(sources.events, listener, pace, until.signal));
  }

  #remember(view: JobView, told: string): void {
    this.#told.set(view.tag, told);
    if (view.state.kind === 'pending') this.#pending.add(view.tag);
    else this.#pending.delete(view.tag);
  }

  #take(event: PodEvent): void {
    const news = newsOf(event);
    if (news === undefined) return;
    if (this.#options.jobs.has(news.tag)) this.#say(news);
    else this.#earlyNews = [...this.#earlyNews.slice(1 - maxEarlyNews), news];
  }

  #flushEarlyNews(): void {
    const { jobs } = this.#options;
    const known = this.#earlyNews.filter(({ tag }) => jobs.has(tag));
    if (known.length === 0) return;
    this.#earlyNews = this.#earlyNews.filter(({ tag }) => !jobs.has(tag));
    for (const news of known) this.#say(news);
  }

  #say({ tag, line, warning }: EventNews): void {
    if (this.#options.jobs.view(tag)?.state.kind === 'ended') return;
    const said = this.#saidLines.get(tag) ?? new Set<string>();
    this.#saidLines.set(tag, said);
    if (said.has(line) || said.size >= maxKnownLines) return;
    said.add(line);
    this.#sink.line(tag, line);
    if (warning === undefined) return;
    this.#options.jobs.warn(tag, warning);
    this.#changed(tag);
  }

  #forgetLines(): void {
    for (const tag of this.#saidLines.keys()) {
      if (!this.#options.jobs.has(tag)) this.#saidLines.delete(tag);
    }
  }

  /** Some things only time tells: an image that can't be had for too long, jobs that ended long ago. */
  async #lookRegularly(): Promise<void> {
    const { jobs, pace, keepEndedMs } = this.#options;
    for (let look = 1; !this.#signal.aborted; look++) {
      await pace.clock.sleep(lookMs, this.#signal).catch(() => undefined);
      if (this.#signal.aborted || !this.#isPodsListed || !this.#isApplicationsListed) continue;
      for (const tag of jobs.troubled()) this.#changed(tag);
      if (look % looksPerUsage === 0) for (const tag of jobs.tags()) this.#tellUsage(tag);
      for (const tag of [...jobs.doomed(), ...jobs.endedFor(keepEndedMs)]) this.#remove(tag);
    }
  }

  #remove(tag: LaunchTag): void {
    if (this.#removing.has(tag)) return;
    this.#removing.add(tag);
    const removal = this.#options
      .remove(tag, this.#signal)
      // Looked at again a moment later.
      .catch(() => undefined)
      .finally(() => this.#removing.delete(tag));
    this.#inBackground(removal);
  }

  #inBackground(work: Promise<void>): void {
    this.#background.add(work);
    void work.finally(() => this.#background.delete(work));
  }
}

/** Lists come in the order of names; within a second, versions tell. */
function byAge(a: PodEvent, b: PodEvent): number {
  const atMs = ({ metadata }: PodEvent): number => metadata.creationTimestamp ?? 0;
  const version = ({ metadata }: PodEvent): number => Number(metadata.resourceVersion ?? 0);
  return atMs(a) - atMs(b) || version(a) - version(b);
}

/** What is worth telling: resources grow all the time, and go along with the next word. */
function essence(view: JobView): string {
  return JSON.stringify({ ...view, usage: undefined });
}

/** An object that is not of the expected form is nothing that we could judge. */
function parsed<Schema extends z.ZodType>(schema: Schema, object: unknown): [] | [z.infer<Schema>] {
  const result = schema.safeParse(object);
  return result.success ? [result.data] : [];
}
