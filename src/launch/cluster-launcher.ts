import { setMaxListeners } from 'node:events';
import { engineLaunchEntries } from '../config/entries/engine-launch.ts';
import { readEntry, type Settings } from '../config/entry.ts';
import { Backoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError, reasonOf, toGatewayError } from '../core/errors.ts';
import { changeOrLate, withinLimit } from '../core/time-limit.ts';
import { untilAborted } from '../core/until-aborted.ts';
import { engineVariables } from './child-environment.ts';
import { ClusterRoom, type RoomLimits } from './cluster-room.ts';
import { JobBoard } from './job-board.ts';
import { SubmitError, type EngineJob, type JobPlatform, type JobView } from './job-platform.ts';
import { launchConf } from './launch-conf.ts';
import type { LaunchLog } from './launch-log.ts';
import { launchRedaction, redactedError, type Redact } from './launch-redaction.ts';
import { LaunchSlots } from './launch-slots.ts';
import { LaunchStory } from './launch-story.ts';
import type {
  EngineLauncher,
  JobOwner,
  JobRef,
  LaunchRequest,
  LaunchState,
  LaunchTag,
} from './launcher.ts';
import type { MainResource } from './main-resource.ts';
import { seenJobs, type SeenJobs } from './partial-list.ts';
import { secretSettings } from './setting-places.ts';
import { ThrottledError } from './throttled-error.ts';

type EndedState = Extract<LaunchState, { kind: 'ended' }>;

export interface ClusterLauncherOptions {
  /** The cluster's name, as its users know it. */
  readonly cluster: string;
  readonly platform: JobPlatform;
  /** What tells this fleet's jobs from others' on the same cluster: 12 hex digits. */
  readonly fleet: string;
  readonly limits: RoomLimits & { readonly maxLaunches: number | undefined };
  /** Settings that the cluster's kind demands, e.g. `spark.master`: nobody else's count. */
  readonly kindConf: Settings;
  readonly environment: Settings;
  readonly mainOf: (conf: Settings) => MainResource;
  /** `kyuubi.server.redaction.regex`. */
  readonly secretKeys: RegExp;
  readonly serverOnlyPrefixes?: readonly string[] | undefined;
  /** Told once of each job of this cluster that has ended while this gateway looked on. */
  readonly onEnded?: (job: JobView) => void;
  /** Told of each job that this gateway has started, as soon as the cluster has it. */
  readonly onTaken?: (job: TakenJob) => void;
  readonly clock: Clock;
  readonly log: LaunchLog;
}

/** A job that the cluster has taken. */
export interface TakenJob {
  readonly tag: LaunchTag;
  readonly ref: JobRef;
  readonly owner: JobOwner;
}

/** A launch of this gateway that is not settled yet. */
interface Launch {
  readonly request: LaunchRequest;
  readonly story: LaunchStory;
  readonly redact: Redact;
  /** Ends the reading of the driver's log. */
  readonly over: AbortController;
  /** Resolves when the driver's log has been read to its end. */
  readonly logRead: PromiseWithResolvers<void>;
  ref: JobRef | undefined;
  wasSeen: boolean;
  readsLog: boolean;
  /** The state that was told last. */
  lastState: string | undefined;
}

/** How long the rest of an ended driver's log may take. */
const logEndLimitMs = 800;
/** A job that was taken and never showed up is asked for so often. */
const missingCheckMs = 10_000;
/** One list serves all who ask within this time. */
const sharedListMs = 2_000;
const firstRetryMs = 1_000;
const longestRetryMs = 15_000;

const nothingSeen: SeenJobs = { jobs: [], isWhole: false };

/**
 * A launcher of engines on a cluster, whatever its kind: the platform makes the calls, this queues launches, tries again what was
 * lost or put off, tells the story of each launch and says why one failed.
 */
export class ClusterLauncher implements EngineLauncher {
  readonly kind: string;
  readonly makesInSteps: boolean;
  readonly #options: ClusterLauncherOptions;
  readonly #clock: Clock;
  readonly #board: JobBoard;
  readonly #slots: LaunchSlots;
  readonly #room: ClusterRoom;
  readonly #launches = new Map<LaunchTag, Launch>();
  readonly #watchers = new Map<LaunchTag, Set<() => void>>();
  readonly #stopping = new AbortController();
  /** How many wait for the end of a job. */
  #waiting = 0;
  #isHurried = false;
  #following: Promise<void> | undefined;
  #lastList: { readonly startedMs: number; readonly jobs: Promise<readonly JobView[]> } | undefined;

  constructor(options: ClusterLauncherOptions) {
    this.#options = options;
    this.kind = options.platform.kind;
    this.makesInSteps = options.platform.makesInSteps ?? false;
    this.#clock = options.clock;
    const limitName = `limits.maxLaunches of cluster ${options.cluster}`;
    this.#slots = new LaunchSlots(options.limits.maxLaunches, options.clock, limitName);
    this.#board = new JobBoard({
      jobChanged: (tag, before, after) => this.#onJob(tag, before, after),
      jobLine: (tag, text) => this.#launches.get(tag)?.story.say(text),
      reachable: (isReachable, why) => this.#onReachable(isReachable, why),
      hidden: (why) => this.#onHidden(why),
    });
    this.#room = new ClusterRoom(options.cluster, options.limits, this.#board, options.clock);
    setMaxListeners(0, this.#stopping.signal); // each launch under way listens
  }

  /** Begins to look at the cluster. */
  start(): void {
    const { platform, log, cluster } = this.#options;
    this.#following ??= platform
      .follow(this.#board, this.#stopping.signal)
      .catch((thrown: unknown) =>
        log.warn({ cluster, err: toGatewayError(thrown) }, 'cluster no longer watched'),
      );
  }

  /** Engines go on: other gateways, or this one when it comes back, find them by their tags. */
  async stop(): Promise<void> {
    this.#stopping.abort(new GatewayError('SHUTTING_DOWN', 'the gateway takes no more launches'));
    await this.#following;
  }

  /** The jobs of this cluster as they were last heard of. */
  jobs(): readonly JobView[] {
    return [...this.#board.jobs()];
  }

  /** Whether what `jobs` says is of now: the cluster answers. */
  get isHeard(): boolean {
    return this.#board.isReachable;
  }

  /** `JobPlatform.recall`, where this kind of cluster has it. */
  get recall(): JobPlatform['recall'] {
    const { platform } = this.#options;
    return platform.recall?.bind(platform);
  }

  async submit(request: LaunchRequest, signal: AbortSignal): Promise<JobRef> {
    const { tag } = request;
    const redact = launchRedaction(this.#options.secretKeys, request);
    const say = (text: string): void => request.say(this.#told(redact(text)));
    const launch: Launch = {
      request,
      redact,
      story: new LaunchStory(redact, {
        maxChars: readEntry(engineLaunchEntries.startupErrorMaxChars, request.conf),
        maxLines: readEntry(engineLaunchEntries.startupMaxLogLines, request.conf),
      }),
      over: new AbortController(),
      logRead: Promise.withResolvers(),
      ref: undefined,
      wasSeen: false,
      readsLog: false,
      lastState: undefined,
    };
    this.#launches.set(tag, launch);
    this.#setPace();
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    const timeoutMs = readEntry(engineLaunchEntries.launchTimeoutMs, request.conf);
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    await this.#slots.acquire(tag, timeoutMs, either, (ahead) =>
      say(`waiting for other launches, ${ahead} before this one`),
    );
    await this.#room.enter(request, deadlineMs, say, either);
    launch.ref = await this.#submitInTime(launch, deadlineMs, say, either);
    this.#options.onTaken?.({ tag, ref: launch.ref, owner: request.owner });
    return launch.ref;
  }

  async inspect(
    tags: ReadonlySet<LaunchTag>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<LaunchTag, LaunchState>> {
    const isKnown = [...tags].every((tag) => this.#board.get(tag) !== undefined);
    const listed = isKnown ? nothingSeen : await this.#listedFor(signal);
    signal.throwIfAborted();
    return new Map(
      [...tags].map((tag) => {
        const job = this.#board.get(tag) ?? listed.jobs.find((one) => one.tag === tag);
        if (job !== undefined) return [tag, this.#stateOf(job)];
        if (!listed.isWhole) return [tag, { kind: 'unknown' }];
        return [tag, this.#goneState()];
      }),
    );
  }

  async ended(tag: LaunchTag, signal: AbortSignal): Promise<EndedState> {
    this.#waiting++;
    this.#setPace();
    try {
      return await this.#awaitEnd(tag, signal);
    } finally {
      this.#waiting--;
      this.#setPace();
    }
  }

  async #awaitEnd(tag: LaunchTag, signal: AbortSignal): Promise<EndedState> {
    let wasSeen = false;
    for (;;) {
      signal.throwIfAborted();
      const change = this.#watch(tag); // asked for first: what happens meanwhile counts
      try {
        const job = this.#board.get(tag);
        const launch = this.#launches.get(tag);
        if (job?.state.kind === 'ended') return await this.#endOf(job);
        if (job === undefined && (wasSeen || launch?.wasSeen === true)) return this.#goneState();
        wasSeen ||= job !== undefined;
        const isMissing = job === undefined && (launch === undefined || launch.ref !== undefined);
        if (!isMissing) {
          await untilAborted(change.promise, signal);
          continue;
        }
        await changeOrLate(change.promise, missingCheckMs, this.#clock, signal);
      } finally {
        this.#unwatch(tag, change.resolve);
      }
      signal.throwIfAborted();
      if (this.#board.get(tag) !== undefined) continue;
      const state = (await this.inspect(new Set([tag]), signal)).get(tag);
      if (state?.kind === 'ended') return state;
    }
  }

  async *list(signal: AbortSignal): AsyncGenerator<LaunchTag> {
    const { jobs } = await seenJobs(this.listed(signal));
    for (const job of jobs) {
      if (job.state.kind !== 'ended') yield job.tag;
    }
  }

  /** The jobs of this fleet by one list of now. Rejects as `JobPlatform.list`. */
  listed(signal: AbortSignal): Promise<readonly JobView[]> {
    return this.#options.platform.list(signal);
  }

  async *log(tag: LaunchTag, from: number, signal: AbortSignal): AsyncGenerator<string> {
    const launch = this.#launches.get(tag);
    if (launch !== undefined) {
      yield* launch.story.lines(from, signal);
      return;
    }
    const job = this.#board.get(tag);
    if (job === undefined) return;
    const redact = this.#redactOf(tag);
    let number = 0;
    for await (const line of this.#options.platform.log(job, signal)) {
      if (number++ >= from) yield redact(line);
    }
  }

  async settled(tag: LaunchTag): Promise<void> {
    this.#slots.release(tag);
    this.#room.leave(tag);
    const launch = this.#launches.get(tag);
    if (launch === undefined) return;
    this.#launches.delete(tag);
    launch.story.close();
    launch.over.abort();
    this.#setPace();
    await this.#options.platform.settled(tag);
  }

  async kill(tag: LaunchTag, signal: AbortSignal): Promise<void> {
    const { platform, cluster, log } = this.#options;
    const retry = new Backoff(firstRetryMs, longestRetryMs);
    for (;;) {
      const ref = this.#launches.get(tag)?.ref ?? this.#board.get(tag)?.ref;
      try {
        await platform.kill(tag, ref, signal);
        log.info({ cluster, tag }, 'engine job ended by the gateway');
        return;
      } catch (thrown) {
        signal.throwIfAborted();
        log.warn({ cluster, tag, err: toGatewayError(thrown) }, 'engine job not ended yet');
        await this.#clock.sleep(retry.next(), signal);
      }
    }
  }

  /** A launch whose time is over gives up its turn: its job would be started only to be ended. */
  async #submitInTime(
    launch: Launch,
    deadlineMs: number,
    say: (text: string) => void,
    signal: AbortSignal,
  ): Promise<JobRef> {
    const late = new AbortController();
    const taken = new AbortController();
    let last = 'it has not answered';
    const tell = (text: string): void => {
      last = text;
      say(text);
    };
    void this.#clock.sleep(Math.max(deadlineMs - this.#clock.monotonicMs(), 0), taken.signal).then(
      () => late.abort(new Error('the time of the launch is over')),
      () => undefined, // it was taken
    );
    try {
      const either = AbortSignal.any([signal, late.signal]);
      return await this.#submitUntilTaken(launch, deadlineMs, tell, either);
    } catch (thrown) {
      if (thrown !== late.signal.reason) throw thrown;
      throw this.#tooLate(new SubmitError('busy', launch.redact(last), { cause: thrown }));
    } finally {
      taken.abort(new Error('the launch needs its time no more'));
    }
  }

  /** Goes on until the cluster has the job, has refused it for good, or the launch's time is over. */
  async #submitUntilTaken(
    { request, redact }: Launch,
    deadlineMs: number,
    say: (text: string) => void,
    signal: AbortSignal,
  ): Promise<JobRef> {
    const { platform } = this.#options;
    const retry = new Backoff(firstRetryMs, longestRetryMs);
    for (;;) {
      signal.throwIfAborted();
      const failure = await platform.submit(this.#job(request), say, signal).then(
        (ref) => ref,
        (thrown: unknown) => redactedSubmitError(asSubmitError(thrown), redact),
      );
      if (!(failure instanceof SubmitError)) return failure;
      signal.throwIfAborted();
      if (failure.trouble === 'refused') throw this.#refused(failure);
      const waitMs = failure.retryAfterMs ?? retry.next();
      if (this.#clock.monotonicMs() + waitMs > deadlineMs) throw this.#tooLate(failure);
      const seconds = Math.ceil(waitMs / 1000);
      if (failure.trouble === 'busy') {
        say(`${failure.message}; next try in ${seconds} s`);
        await this.#clock.sleep(waitMs, signal);
        continue;
      }
      say(`no answer to the launch (${failure.message}); looking for it in ${seconds} s`);
      await this.#clock.sleep(waitMs, signal);
      const found = await this.#findLost({ request, redact }, deadlineMs, say, signal);
      if (found !== undefined && !this.makesInSteps) return found.ref;
      say(
        found === undefined
          ? 'the launch did not arrive; it is sent again'
          : `${found.ref} is there; what it may lack is made`,
      );
    }
  }

  /** What became of a job whose answer was lost: no list that did not come tells that it is not there. */
  async #findLost(
    { request: { tag }, redact }: Pick<Launch, 'request' | 'redact'>,
    deadlineMs: number,
    say: (text: string) => void,
    signal: AbortSignal,
  ): Promise<JobView | undefined> {
    const retry = new Backoff(firstRetryMs, longestRetryMs);
    for (;;) {
      try {
        // In a part that can't be looked at it may be all the same: sent again, it makes no second job.
        const { jobs } = await seenJobs(this.#options.platform.list(signal));
        return jobs.find((job) => job.tag === tag);
      } catch (thrown) {
        signal.throwIfAborted();
        const waitMs = retry.next();
        const failure = redactedSubmitError(asSubmitError(thrown), redact);
        if (this.#clock.monotonicMs() + waitMs > deadlineMs) throw this.#tooLate(failure);
        say(`the cluster can't be asked for the launch: ${failure.message}`);
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }

  #job(request: LaunchRequest): EngineJob {
    const { fleet, kindConf, environment, mainOf, secretKeys, serverOnlyPrefixes } = this.#options;
    const { tag, appUser, appName, engineKey, owner, sidecars, release } = request;
    const settings = new Map([...request.conf, ...kindConf]);
    return {
      tag,
      fleet,
      appUser,
      appName,
      conf: launchConf({
        tag,
        appName,
        settings,
        siteDefaults: new Map(),
        logPath: undefined,
        submitTimeMs: this.#clock.now(),
        serverOnlyPrefixes,
      }),
      isSecret: secretSettings(secretKeys, request.secretKeys),
      environment: new Map([...environment, ...Object.entries(engineVariables(request.conf))]),
      main: mainOf(settings),
      engineKey,
      owner,
      sidecars,
      release,
    };
  }

  #onJob(tag: LaunchTag, before: JobView | undefined, after: JobView | undefined): void {
    const launch = this.#launches.get(tag);
    if (launch !== undefined) this.#follow(launch, after);
    const wasAlive = before !== undefined && before.state.kind !== 'ended';
    if (wasAlive && after?.state.kind !== 'running' && after?.state.kind !== 'pending') {
      this.#options.onEnded?.(after ?? before);
    }
    this.#room.changed();
    for (const wake of this.#watchers.get(tag) ?? []) wake();
  }

  /** Tells of a launch's job, and reads its driver's log from the moment in which it runs. */
  #follow(launch: Launch, job: JobView | undefined): void {
    const { story } = launch;
    if (job === undefined) {
      if (launch.wasSeen) story.say(this.#told('the job has gone'));
      return;
    }
    const isFirst = !launch.wasSeen;
    launch.wasSeen = true;
    launch.ref ??= job.ref;
    const why = job.reason === undefined ? '' : `: ${job.reason}`;
    const state = `${job.platformState}${why}`;
    if (launch.lastState !== state) {
      story.say(this.#told(`${isFirst ? `${job.ref} is ` : ''}${state}`));
    }
    launch.lastState = state;
    if (isFirst && job.link !== undefined) story.say(this.#told(`see ${job.link}`));
    // A driver that waits has no log, and to ask for it again and again is a call each time.
    if (!launch.readsLog && (job.state.kind !== 'pending' || job.hasLog === true)) {
      launch.readsLog = true;
      void this.#readLog(launch, job);
    }
  }

  async #readLog(launch: Launch, job: JobView): Promise<void> {
    const signal = AbortSignal.any([launch.over.signal, this.#stopping.signal]);
    try {
      for await (const line of this.#options.platform.log(job, signal)) {
        launch.story.addDriverLine(line);
      }
    } catch (thrown) {
      if (signal.aborted) return;
      launch.story.say(this.#told(`the driver's log can't be read: ${reasonOf(thrown)}`));
    } finally {
      launch.logRead.resolve();
    }
  }

  /** The end of a job with all that is known of it, its driver's last lines included. */
  async #endOf(job: JobView): Promise<EndedState> {
    const { story, logRead } = this.#launches.get(job.tag) ?? {};
    if (story === undefined || logRead === undefined) return this.#stateOf(job) as EndedState; // it has ended
    const late = (): Error => new Error('the log takes too long');
    await withinLimit(logRead.promise, { clock: this.#clock, ms: logEndLimitMs, late }).catch(
      () => {},
    );
    const driver = story.driverReason(this.#logPlace(job));
    story.close();
    const state = this.#stateOf(job) as EndedState; // see above
    const reason = driver === undefined ? state.reason : `${state.reason}\n${driver}`;
    return { ...state, reason };
  }

  #stateOf(job: JobView): LaunchState {
    const why = job.reason === undefined ? '' : `: ${job.reason}`;
    const link = job.link === undefined ? '' : ` (${job.link})`;
    const redact = this.#redactOf(job.tag);
    const hint = job.hint === undefined ? undefined : redact(job.hint);
    const text = redact(this.#told(`${job.ref} is ${job.platformState}${why}${link}`));
    if (job.state.kind === 'ended') {
      return { kind: 'ended', outcome: job.state.outcome, reason: text, hint };
    }
    const driver = this.#launches.get(job.tag)?.story.driverReason(this.#logPlace(job));
    const detail = driver === undefined ? text : `${text}\n${driver}`;
    return { kind: job.state.kind, detail, hint };
  }

  #logPlace({ link, ref }: JobView): string {
    return link ?? `the log of ${ref} on cluster ${this.#options.cluster}`;
  }

  #goneState(): EndedState {
    const reason = this.#told('the cluster no longer knows the job');
    const hint = 'Somebody has deleted it, or its node is gone. A new session gets a new engine.';
    return { kind: 'ended', outcome: 'killed', reason, hint };
  }

  /** Resolves with the next change of a job. */
  #watch(tag: LaunchTag): PromiseWithResolvers<void> {
    const change = Promise.withResolvers<void>();
    const watchers = this.#watchers.get(tag) ?? new Set();
    this.#watchers.set(tag, watchers.add(change.resolve));
    return change;
  }

  #unwatch(tag: LaunchTag, wake: () => void): void {
    const watchers = this.#watchers.get(tag);
    watchers?.delete(wake);
    if (watchers?.size === 0) this.#watchers.delete(tag);
  }

  /** Nothing when the cluster does not answer. Who no longer waits takes nobody else's list away. */
  #listedFor(signal: AbortSignal): Promise<SeenJobs> {
    return seenJobs(untilAborted(this.#sharedList(), signal)).catch(() => nothingSeen);
  }

  #sharedList(): Promise<readonly JobView[]> {
    const nowMs = this.#clock.monotonicMs();
    const last = this.#lastList;
    if (last !== undefined && nowMs - last.startedMs < sharedListMs) return last.jobs;
    const jobs = this.#options.platform.list(this.#stopping.signal);
    const list = { startedMs: nowMs, jobs };
    this.#lastList = list;
    jobs.catch(() => {
      if (this.#lastList === list) this.#lastList = undefined;
    });
    return jobs;
  }

  #onReachable(isReachable: boolean, why: unknown): void {
    const { log, cluster } = this.#options;
    if (isReachable) log.info({ cluster }, 'cluster answers again');
    else {
      const isThrottled = why instanceof ThrottledError;
      const event = isThrottled ? 'cluster throttles the gateway' : 'cluster does not answer';
      log.warn({ cluster, err: toGatewayError(why) }, event);
    }
    this.#tellAll(isReachable ? 'the cluster answers again' : silenceText(why));
  }

  #onHidden(why: Error | undefined): void {
    const { log, cluster } = this.#options;
    if (why === undefined) log.info({ cluster }, 'all of the cluster can be looked at again');
    else log.warn({ cluster, err: toGatewayError(why) }, "part of the cluster can't be looked at");
    this.#tellAll(
      why === undefined
        ? 'all of the cluster can be looked at again'
        : `a part of the cluster can't be looked at (${reasonOf(why)}); its engines are taken for alive`,
    );
  }

  #tellAll(text: string): void {
    for (const { story } of this.#launches.values()) story.say(this.#told(text));
  }

  /** The platform looks often while anybody waits. */
  #setPace(): void {
    const isWaitedFor = this.#launches.size > 0 || this.#waiting > 0;
    if (isWaitedFor === this.#isHurried) return;
    this.#isHurried = isWaitedFor;
    this.#options.platform.hurry(isWaitedFor);
  }

  #redactOf(tag: LaunchTag): Redact {
    return this.#launches.get(tag)?.redact ?? launchRedaction(this.#options.secretKeys);
  }

  #told(text: string): string {
    return `[${this.kind} ${this.#options.cluster}] ${text}`;
  }

  #refused(failure: SubmitError): GatewayError {
    const message = `cluster ${this.#options.cluster} has refused the launch: ${failure.message}`;
    return new GatewayError('ENGINE_LAUNCH_FAILED', message, withHint(failure));
  }

  #tooLate(failure: SubmitError): GatewayError {
    const isBusy = failure.trouble === 'busy';
    const message = `cluster ${this.#options.cluster} has not taken the launch in time: ${failure.message}`;
    const code = isBusy ? 'ENGINE_LAUNCH_BUSY' : 'ENGINE_LAUNCH_TIMEOUT';
    return new GatewayError(code, message, withHint(failure));
  }
}

function silenceText(why: unknown): string {
  const reason = reasonOf(why);
  const says = why instanceof ThrottledError ? reason : `the cluster does not answer (${reason})`;
  return `${says}; the launch goes on`;
}

function withHint(failure: SubmitError): { readonly cause: unknown; readonly hint?: string } {
  return { cause: failure, ...(failure.hint === undefined ? {} : { hint: failure.hint }) };
}

/** What a platform did not foresee leaves open whether the job runs. */
function asSubmitError(thrown: unknown): SubmitError {
  if (thrown instanceof SubmitError) return thrown;
  return new SubmitError('unclear', reasonOf(thrown), { cause: thrown });
}

function redactedSubmitError(error: SubmitError, redact: Redact): SubmitError {
  const { trouble, hint, retryAfterMs } = error;
  return new SubmitError(trouble, redact(error.message), {
    hint: hint === undefined ? undefined : redact(hint),
    retryAfterMs,
    cause: error.cause === undefined ? undefined : redactedError(error.cause, redact),
  });
}
