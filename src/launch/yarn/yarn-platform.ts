import type { Environment } from '../../config/environment.ts';
import type { Clock } from '../../core/clock.ts';
import type { YarnSpec } from '../../preset/cluster-spec.ts';
import type { EngineJob, JobPlatform, JobSink, JobView } from '../job-platform.ts';
import type { JobRef, LaunchTag } from '../launcher.ts';
import { Applications } from './applications.ts';
import { isAlive, viewsOf } from './application-view.ts';
import { driverLog } from './driver-log.ts';
import { PollPace } from '../poll-pace.ts';
import { ResourceManagers } from './resource-managers.ts';
import type { Fetch } from './rest-request.ts';
import type { Application } from './rest-schemas.ts';
import { SubmitFiles } from './submit-files.ts';
import { Submissions } from './submissions.ts';

export interface YarnPlatformOptions {
  readonly spec: YarnSpec;
  /** 12 hex digits: jobs of other fleets are left alone. */
  readonly fleet: string;
  /** Spark to submit with, unless the cluster names its own. */
  readonly sparkHome: string | undefined;
  /** The submitting process's Java. */
  readonly javaHome: string | undefined;
  /** Files of submissions under way, and Kerberos tickets. */
  readonly cacheDir: string;
  /** The gateway's environment, of which submissions get a small part. */
  readonly baseEnvironment: Environment;
  /** Whom the gateway runs as. */
  readonly osUser: string;
  readonly clock: Clock;
  readonly fetch?: Fetch;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** How long an application that has ended is still told of: YARN keeps a thousand of them. */
const endedForMs = 3_600_000;

/** Engines by spark-submit in YARN's cluster mode; their state, log and end by the REST API of resource and node managers. */
export class YarnPlatform implements JobPlatform {
  readonly kind = 'yarn';
  readonly #options: YarnPlatformOptions;
  readonly #user: string;
  readonly #applications: Applications;
  readonly #files: SubmitFiles;
  readonly #submissions: Submissions;
  readonly #pace: PollPace;

  constructor(options: YarnPlatformOptions) {
    const { spec, osUser, cacheDir, clock } = options;
    this.#options = options;
    this.#user = spec.apiUser ?? osUser;
    const managers = new ResourceManagers({
      addresses: spec.resourceManagers,
      user: this.#user,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    });
    this.#applications = new Applications(managers);
    this.#files = new SubmitFiles(cacheDir, spec.name);
    this.#submissions = new Submissions(options, this.#applications, this.#files);
    this.#pace = new PollPace(clock, options.random ?? Math.random);
  }

  submit(job: EngineJob, say: (line: string) => void, signal: AbortSignal): Promise<JobRef> {
    return this.#submissions.submit(job, say, signal);
  }

  async follow(sink: JobSink, signal: AbortSignal): Promise<void> {
    await this.#files.removeLeft(this.#submissions.tags);
    let failures = 0;
    while (!signal.aborted) {
      try {
        const jobs = await this.list(signal);
        failures = 0;
        sink.all(jobs);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        sink.unreachable(error);
      }
      await this.#pace.wait(failures, signal);
    }
  }

  hurry(isWaitedFor: boolean): void {
    this.#pace.hurry(isWaitedFor);
  }

  async list(signal: AbortSignal): Promise<readonly JobView[]> {
    const all = await this.#applications.ofFleet(this.#options.fleet, signal);
    const sinceMs = this.#options.clock.now() - endedForMs;
    const recent = all.filter((one) => isAlive(one) || one.finishedTime >= sinceMs);
    return viewsOf(recent, this.#options.fleet);
  }

  log(job: JobView, signal: AbortSignal): AsyncIterable<string> {
    const application = (): Promise<Application | undefined> =>
      this.#applications.one(job.ref, signal);
    const { clock, fetch: send } = this.#options;
    return driverLog({ application, user: this.#user, clock, fetch: send ?? fetch }, signal);
  }

  async kill(tag: LaunchTag, ref: JobRef | undefined, signal: AbortSignal): Promise<void> {
    await this.#submissions.stop(tag);
    const found = await this.#applications.ofLaunch(tag, signal);
    const alive = found.filter(isAlive).map(({ id }) => id);
    const known = ref === undefined || found.some(({ id }) => id === ref) ? [] : [ref];
    for (const id of [...alive, ...known]) await this.#applications.kill(id, signal);
  }

  async settled(tag: LaunchTag): Promise<void> {
    if (!this.#submissions.tags.has(tag)) await this.#files.remove(tag);
  }
}
