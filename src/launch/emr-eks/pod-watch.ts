import type { Clock } from '../../core/clock.ts';
import type { JobUsage } from '../job-platform.ts';
import { eventSchema, podSchema, type Pod } from '../kubernetes/cluster-objects.ts';
import { driverLog } from '../kubernetes/driver-log.ts';
import { FleetJobs } from '../kubernetes/fleet-jobs.ts';
import { driverContainer, tagLabel } from '../kubernetes/job-labels.ts';
import { JobNews } from '../kubernetes/job-news.ts';
import type { KubeApi } from '../kubernetes/kube-api.ts';
import { KubeError } from '../kubernetes/kube-error.ts';
import { listAndWatch, type ObjectListener } from '../kubernetes/list-and-watch.ts';
import type { LaunchTag } from '../launcher.ts';
import { driverPodName, runOfPod } from './log-places.ts';
import { emrFleetLabel } from './pod-labels.ts';
import type { PodFacts } from './run-view.ts';

export interface PodWatchOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly fleet: string;
  /** The launch to which a job run belongs; undefined where it is not ours. */
  readonly tagOfRun: (runId: string) => LaunchTag | undefined;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Hears of what becomes of the pods. */
export interface PodListener {
  changed(tag: LaunchTag): void;
  line(tag: LaunchTag, text: string): void;
  unreachable(why: unknown): void;
}

/** Events that are remembered, so that none is told twice. */
const maxKnownEvents = 2_000;

/** The pods of a fleet's job runs: what becomes of them, what they use, their events and the drivers' logs. */
export class PodWatch {
  readonly #options: PodWatchOptions;
  readonly #jobs: FleetJobs;
  readonly #news = new JobNews();
  /** What runs have used whose pods have gone. */
  readonly #used = new Map<LaunchTag, JobUsage>();
  readonly #saidEvents = new Set<string>();
  #isHurried = false;
  #events: AbortController | undefined;
  #eventsEnded: Promise<void> = Promise.resolve();
  #listener: PodListener | undefined;

  constructor(options: PodWatchOptions) {
    this.#options = options;
    const { namespace, clock } = options;
    this.#jobs = new FleetJobs({
      anchor: 'pod',
      namespace,
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
    });
  }

  /** Looks on until the signal fires. */
  async run(listener: PodListener, signal: AbortSignal): Promise<void> {
    const { api, fleet, clock, random } = this.#options;
    this.#listener = listener;
    this.#watchEventsWhileNeeded();
    const pods = api.pods(`${emrFleetLabel}=${fleet}`);
    await listAndWatch(pods, this.#podListener(listener), { clock, random }, signal);
    this.#listener = undefined;
    this.#watchEventsWhileNeeded();
    await this.#eventsEnded;
  }

  /** Events are for launches: nobody asks for them while none is waited for. */
  hurry(isWaitedFor: boolean): void {
    this.#isHurried = isWaitedFor;
    this.#watchEventsWhileNeeded();
  }

  factsOf(tag: LaunchTag): PodFacts {
    const view = this.#jobs.view(tag);
    if (view?.usage !== undefined) this.#used.set(tag, view.usage);
    return { driver: view, usage: this.#used.get(tag) };
  }

  /** Forgets what runs have used that nobody tells of any more. */
  keepOnly(tags: ReadonlySet<LaunchTag>): void {
    for (const tag of this.#used.keys()) if (!tags.has(tag)) this.#used.delete(tag);
  }

  /** The driver's log by lines; `isOver` says whether the run has ended. */
  async *log(
    tag: LaunchTag,
    runId: string,
    isOver: () => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { api, clock } = this.#options;
    const name = driverPodName(runId);
    try {
      yield* driverLog(
        {
          open: (sinceTime, until) => api.log(name, driverContainer, sinceTime, until),
          isOver: async (until) => isOver() || (await this.#hasEnded(name, until)),
          changed: () => this.#news.next(tag),
        },
        clock,
        signal,
      );
    } finally {
      this.#news.forget(tag);
    }
  }

  /** A pod that is not there is not there yet: the run's own state tells its end. */
  async #hasEnded(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      const pod = podSchema.parse(await this.#options.api.readWhole('pod', name, signal));
      const driver = pod.status?.containerStatuses?.find((one) => one.name === driverContainer);
      return driver?.state?.terminated !== undefined;
    } catch (thrown) {
      if (thrown instanceof KubeError && thrown.status === 404) return false;
      throw thrown;
    }
  }

  #podListener(listener: PodListener): ObjectListener {
    const jobs = this.#jobs;
    const news = this.#news.passingOnTo({
      all: () => undefined,
      changed: ({ tag }) => listener.changed(tag),
      gone: (tag) => listener.changed(tag),
      line: () => undefined,
      unreachable: () => undefined,
    });
    const tell = (tag: LaunchTag | undefined): void => {
      const view = tag === undefined ? undefined : jobs.view(tag);
      if (view !== undefined) news.changed(view);
    };
    return {
      listed: (items) => {
        const before = jobs.tags();
        for (const tag of before) this.factsOf(tag); // what they have used by now
        jobs.replacePods(items.flatMap((item) => podOf(item)));
        for (const tag of before) if (jobs.forgetIfGone(tag)) news.gone(tag);
        for (const tag of jobs.tags()) tell(tag);
      },
      put: (object) => {
        for (const pod of podOf(object)) tell(jobs.putPod(pod));
      },
      gone: (object) => {
        for (const pod of podOf(object)) {
          tell(jobs.putPod(pod));
          const tag = pod.metadata.labels?.[tagLabel];
          if (tag !== undefined) this.factsOf(tag);
          jobs.dropPod(pod);
          if (tag !== undefined && jobs.forgetIfGone(tag)) news.gone(tag);
        }
      },
      unreachable: (why) => listener.unreachable(why),
    };
  }

  #watchEventsWhileNeeded(): void {
    const isNeeded = this.#isHurried && this.#listener !== undefined;
    if (isNeeded === (this.#events !== undefined)) return;
    if (!isNeeded) {
      this.#events?.abort();
      this.#events = undefined;
      return;
    }
    const until = new AbortController();
    this.#events = until;
    const { api, clock, random } = this.#options;
    const listener: ObjectListener = {
      listed: (items) => items.forEach((item) => this.#takeEvent(item)),
      put: (object) => this.#takeEvent(object),
      gone: () => undefined,
      unreachable: () => undefined, // a gateway that may not see events does without
    };
    const pace = { clock, random };
    this.#eventsEnded = listAndWatch(api.podEvents(), listener, pace, until.signal);
  }

  /** Of the driver's pod and of the one that submits it. */
  #takeEvent(object: unknown): void {
    const event = eventSchema.safeParse(object).data;
    if (event === undefined || event.reason === '') return;
    const { name } = event.involvedObject;
    const run = runOfPod(name);
    const tag = run === undefined ? undefined : this.#options.tagOfRun(run);
    if (run === undefined || tag === undefined) return;
    const text = `${event.reason}: ${event.message.trim()}`;
    const known = `${name} ${text}`;
    if (this.#saidEvents.has(known)) return;
    if (this.#saidEvents.size >= maxKnownEvents) this.#saidEvents.clear();
    this.#saidEvents.add(known);
    const isDriver = name === driverPodName(run);
    this.#listener?.line(tag, `${isDriver ? 'driver pod' : "EMR's submitting pod"}: ${text}`);
    if (!isDriver || event.type !== 'Warning') return;
    this.#jobs.warn(tag, { reason: text, hint: undefined });
    this.#listener?.changed(tag);
  }
}

function podOf(object: unknown): readonly Pod[] {
  const result = podSchema.safeParse(object);
  return result.success ? [result.data] : [];
}
