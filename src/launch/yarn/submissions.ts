import { access } from 'node:fs/promises';
import type { Environment } from '../../config/environment.ts';
import type { Clock } from '../../core/clock.ts';
import { reasonOf } from '../../core/errors.ts';
import type { YarnSpec } from '../../preset/cluster-spec.ts';
import { childEnvironment } from '../child-environment.ts';
import { SubmitError, type EngineJob } from '../job-platform.ts';
import type { JobRef, LaunchTag } from '../launcher.ts';
import { sidecarTrouble } from '../no-sidecars.ts';
import { readSite } from '../site.ts';
import { sparkSubmitPath } from '../spark-submit-args.ts';
import { endHint, endReason, isAlive, wasTurnedAway } from './application-view.ts';
import type { Applications } from './applications.ts';
import { hintFor } from './failure-hints.ts';
import { KerberosTicket } from './kerberos-ticket.ts';
import { allowedQueue, queueTrouble } from './queue-check.ts';
import { ManagerRefusal } from './resource-managers.ts';
import type { Application } from './rest-schemas.ts';
import type { SubmitFiles } from './submit-files.ts';
import { isUnreachable, SubmitOutput } from './submit-output.ts';
import { submitPlan, type SubmitPlan } from './submit-plan.ts';
import { runSubmit, type SubmitEnd } from './submit-process.ts';

export interface SubmissionOptions {
  readonly spec: YarnSpec;
  readonly sparkHome: string | undefined;
  readonly javaHome: string | undefined;
  readonly cacheDir: string;
  readonly baseEnvironment: Environment;
  readonly osUser: string;
  readonly clock: Clock;
}

type Say = (line: string) => void;

interface Running {
  readonly abort: AbortController;
  readonly done: Promise<unknown>;
}

/** Hands jobs over to YARN, each by a process of its own, which ends when YARN has taken its application. */
export class Submissions {
  readonly #options: SubmissionOptions;
  readonly #applications: Applications;
  readonly #files: SubmitFiles;
  readonly #ticket: KerberosTicket | undefined;
  readonly #running = new Map<LaunchTag, Running>();

  constructor(options: SubmissionOptions, applications: Applications, files: SubmitFiles) {
    this.#options = options;
    this.#applications = applications;
    this.#files = files;
    const { principal, keytab, name: cluster } = options.spec;
    this.#ticket =
      principal === undefined || keytab === undefined
        ? undefined
        : new KerberosTicket({ principal, keytab, cluster }, options.cacheDir, options.clock);
  }

  /** Those under way. */
  get tags(): ReadonlySet<LaunchTag> {
    return new Set(this.#running.keys());
  }

  /** See `JobPlatform.submit`. */
  async submit(job: EngineJob, say: Say, signal: AbortSignal): Promise<JobRef> {
    const { tag } = job;
    // YARN makes tags lower case.
    if (!/^[a-z0-9-]{1,64}$/.test(tag)) {
      throw new SubmitError('refused', `${JSON.stringify(tag)} can't be a launch's tag`);
    }
    const trouble = sidecarTrouble(job.sidecars, 'on YARN');
    if (trouble !== undefined) throw refused(trouble.message, trouble.hint);
    if (this.#running.has(tag)) {
      throw new SubmitError('unclear', `launch ${tag} is being submitted already`);
    }
    const abort = new AbortController();
    const submitted = this.#submit(job, say, AbortSignal.any([signal, abort.signal]));
    const done = submitted.catch(() => undefined); // told to the caller
    this.#running.set(tag, { abort, done });
    try {
      return await submitted;
    } finally {
      this.#running.delete(tag);
    }
  }

  /** Ends a submission that is under way; nothing of it runs any more when this resolves. */
  async stop(tag: LaunchTag): Promise<void> {
    const running = this.#running.get(tag);
    running?.abort.abort(new SubmitError('unclear', `the submission of ${tag} was ended`));
    await running?.done;
  }

  async #submit(job: EngineJob, say: Say, signal: AbortSignal): Promise<JobRef> {
    const environment = await this.#environment();
    const plan = await this.#plan(job, environment['SPARK_HOME'] ?? '', environment);
    for (const note of plan.notes) say(note);
    const earlier = await this.#lookAhead(job.tag, plan.queue, signal);
    if (earlier !== undefined) {
      say(`YARN has this launch already, as ${earlier}`);
      return earlier;
    }
    say(`Submitting to queue ${plan.queue} of YARN cluster ${this.#options.spec.name}`);
    try {
      if (plan.proxyUser !== undefined && this.#ticket !== undefined) {
        environment['KRB5CCNAME'] = await this.#ticket.cache(environment);
      }
      await this.#files.write(job.tag, plan.propertiesText, plan.secretsText);
      signal.throwIfAborted();
      return await this.#run(job.tag, plan, environment, say, signal);
    } finally {
      await this.#files.remove(job.tag);
    }
  }

  async #run(
    tag: LaunchTag,
    plan: SubmitPlan,
    environment: Readonly<Record<string, string>>,
    say: Say,
    signal: AbortSignal,
  ): Promise<JobRef> {
    const output = new SubmitOutput();
    const { executable, args } = plan;
    const directory = this.#files.folder(tag);
    const end = await runSubmit(
      { executable, args, environment, directory },
      (line) => {
        output.add(line);
        say(line);
      },
      this.#options.clock,
      signal,
    );
    if (signal.aborted) {
      throw new SubmitError('unclear', `the submission of ${tag} was ended`, {
        cause: signal.reason,
      });
    }
    const { applicationId } = output;
    if (end.code === 0 && applicationId !== undefined) return applicationId;
    return this.#lookAfter(tag, end, output, signal);
  }

  /** What YARN has to say before anything is started: an earlier submission of the same launch, or a queue that won't do. */
  async #lookAhead(
    tag: LaunchTag,
    queue: string,
    signal: AbortSignal,
  ): Promise<JobRef | undefined> {
    const trouble = allowedQueue(queue, this.#options.spec.queues);
    if (trouble !== undefined) throw refused(trouble.message, trouble.hint);
    const found = await this.#applications.ofLaunch(tag, signal).catch((cause: unknown) => {
      signal.throwIfAborted();
      if (!(cause instanceof ManagerRefusal))
        throw new SubmitError('busy', reasonOf(cause), { cause });
      throw refused(cause.message, refusalHint(cause), cause);
    });
    const earlier = taken(found);
    if (earlier !== undefined) return earlier;
    // What its queues are may be kept from us: YARN then decides.
    const root = await this.#applications.queues(signal).catch(() => undefined);
    signal.throwIfAborted();
    const wrong = root === undefined ? undefined : queueTrouble(queue, root);
    if (wrong !== undefined) throw refused(wrong.message, wrong.hint);
    return undefined;
  }

  /** Finds out what became of a submission whose process does not tell. */
  async #lookAfter(
    tag: LaunchTag,
    end: SubmitEnd,
    output: SubmitOutput,
    signal: AbortSignal,
  ): Promise<JobRef> {
    const found = await this.#applications.ofLaunch(tag, signal).catch((cause: unknown) => {
      const message = `spark-submit ${howEnded(end)}, and whether YARN has its application is not known: ${reasonOf(cause)}`;
      throw new SubmitError('unclear', message, { cause });
    });
    const job = taken(found);
    if (job !== undefined) return job;
    const { failure } = output;
    if (end.signal !== null || (end.code ?? 0) > 128) {
      throw new SubmitError(
        'busy',
        `spark-submit ${howEnded(end)} before YARN took its application`,
      );
    }
    if (end.code === 0) {
      throw new SubmitError(
        'unclear',
        'spark-submit ended well, but YARN knows no application of it',
      );
    }
    if (isUnreachable(failure)) throw new SubmitError('busy', `YARN can't be reached: ${failure}`);
    throw refused(
      `YARN did not take the engine: ${failure}`,
      hintFor({ words: failure, exitCode: undefined }),
    );
  }

  async #plan(
    job: EngineJob,
    sparkHome: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<SubmitPlan> {
    if (job.appUser === '' || /[\u0000-\u001f\u007f]/.test(job.appUser)) {
      throw refused(`${JSON.stringify(job.appUser)} can't be a user's name`);
    }
    const site = await readSite(environment);
    const { spec, osUser } = this.#options;
    return submitPlan({
      job,
      spec,
      sparkHome,
      siteDefaults: site.defaults,
      osUser,
      propertiesPath: this.#files.propertiesPath(job.tag),
      secretsPath: this.#files.secretsPath(job.tag),
    });
  }

  async #environment(): Promise<Record<string, string>> {
    const { spec, baseEnvironment, javaHome } = this.#options;
    const sparkHome = spec.sparkHome ?? this.#options.sparkHome ?? '';
    const script = sparkSubmitPath(sparkHome);
    await access(script).catch((cause: unknown) => {
      const hint = `Set the sparkHome of cluster ${spec.name}, or torii.spark.home, to a Spark installation.`;
      throw refused(`no Spark to submit with: there is no ${script}`, hint, cause);
    });
    const { hadoopConfDir } = spec;
    const installation = { sparkHome, javaHome, hadoopConfDir };
    // A cluster's own Spark has its own spark-defaults.conf.
    const base =
      spec.sparkHome === undefined
        ? baseEnvironment
        : { ...baseEnvironment, SPARK_CONF_DIR: undefined };
    // It lives for seconds: code that is optimised during them never pays for it.
    return {
      SPARK_SUBMIT_OPTS: '-XX:TieredStopAtLevel=1',
      ...childEnvironment(base, new Map(), installation),
    };
  }
}

/** The application that counts for a launch: the first that YARN took. Throws what YARN said where it took none of them. */
function taken(found: readonly Application[]): JobRef | undefined {
  const [turnedAway] = found;
  if (turnedAway === undefined) return undefined;
  const job = found.find(isAlive) ?? found.find((one) => !wasTurnedAway(one));
  if (job !== undefined) return job.id;
  throw refused(`YARN did not take the engine: ${endReason(turnedAway)}`, endHint(turnedAway));
}

function refused(message: string, hint?: string, cause?: unknown): SubmitError {
  return new SubmitError('refused', message, { hint, cause });
}

function refusalHint({ status, message }: ManagerRefusal): string | undefined {
  if (status === 403)
    return "Set the cluster's apiUser to somebody who may see and end applications.";
  return hintFor({ words: message, exitCode: undefined });
}

function howEnded({ code, signal }: SubmitEnd): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
