import type { Account } from './account.ts';
import { AwsError, notFound, validation } from './aws-error.ts';
import type { Handler } from './aws-service.ts';
import type { JobService } from './job-service.ts';
import { ClientTokens } from './client-tokens.ts';
import type { Caller } from './credentials.ts';
import { Application, type ApplicationOptions } from './emr-serverless-application.ts';
import {
  defaultTimeoutMinutes,
  serverlessDescription,
  serverlessEnvironment,
  serverlessLogPlaces,
  serverlessProcess,
  serverlessRequest,
  type ServerlessRun,
  serverlessSize,
  serverlessStates,
  serverlessSummary,
  withSecrets,
} from './emr-serverless-run.ts';
import { serverlessId } from './ids.ts';
import { textOf } from './input-text.ts';
import { type Gate, JobLife } from './job-life.ts';
import { includes, isWithin, page } from './paging.ts';
import { accountOf } from './roles.ts';
import { isRecord } from './shape-check.ts';

export interface ServerlessOptions {
  /** What all applications of the account may hold together. */
  readonly vCpuQuota: number;
  /** Whether a job that finds no room fails at once, as it does without a queue; otherwise it waits. */
  readonly failsWhenFull: boolean;
}

type Input = Readonly<Record<string, unknown>>;

/** EMR Serverless: applications and their job runs. */
export class EmrServerless implements JobService {
  readonly name = 'emr-serverless';
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly applications = new Map<string, Application>();
  readonly runs = new Map<string, ServerlessRun>();
  readonly #account: Account;
  readonly #options: ServerlessOptions;
  readonly #tokens = new ClientTokens();

  constructor(account: Account, options: ServerlessOptions) {
    this.#account = account;
    this.#options = options;
    this.handlers = {
      StartJobRun: (input, caller) => this.#start(input, caller),
      GetJobRun: (input) => ({ jobRun: serverlessDescription(this.#run(input), account) }),
      ListJobRuns: (input) => this.#list(input),
      CancelJobRun: (input) => this.#cancel(input),
      GetApplication: (input) => ({ application: this.#application(input).description() }),
      StartApplication: (input) => this.#startApplication(input),
      ListApplications: (input) => this.#listApplications(input),
      GetDashboardForJobRun: (input) => this.#dashboard(input),
      TagResource: (input) => this.#tag(input),
      ListTagsForResource: (input) => ({ tags: this.#tagged(input).tags }),
    };
  }

  addApplication(options: ApplicationOptions = {}): Application {
    const application = new Application(this.#account, options);
    this.applications.set(application.id, application);
    return application;
  }

  #start(input: Input, caller: Caller): Record<string, unknown> {
    const application = this.#application(input);
    const used = this.#tokens.find(application.id, input);
    if (used !== undefined) {
      if (!used.isSame)
        throw new AwsError(
          'ConflictException',
          'Client token was already used with different request parameters',
          409,
        );
      return this.#started(used.id);
    }
    const role = textOf(input['executionRoleArn']);
    checkStart(input, application, role, this.#account.id);
    if (application.state !== 'STARTED') application.start(() => this.#lookAgain());
    const run = this.#submit(input, application, caller, role);
    this.#tokens.keep(application.id, input, run.id);
    return this.#started(run.id);
  }

  #started(id: string): Record<string, unknown> {
    const run = this.runs.get(id);
    return { applicationId: run?.application.id, jobRunId: id, arn: run?.arn };
  }

  #submit(input: Input, application: Application, caller: Caller, role: string): ServerlessRun {
    const id = serverlessId();
    const account = this.#account;
    const asked = account.plans.take(this.name, input);
    const trusted = account.roles.trusts(role, 'emr-serverless.amazonaws.com');
    const plan = trusted ? asked : { ...asked, fails: untrusted(role) };
    const process = serverlessProcess(id, account, plan);
    const life: JobLife = new JobLife({
      ...{ states: serverlessStates, plan, timers: account.timers, now: account.now },
      gate: (next) => this.#gate(run, next),
      onRun: () => {
        const read = () =>
          withSecrets(serverlessRequest(input, application), (name) =>
            account.secrets.readFor(application.arn, name),
          );
        process.start(life, read, { env: environmentOf(read) });
        this.#limitTime(run);
      },
      onCancel: () => process.stop(run.graceMs),
      onEnd: () => this.#lookAgain(),
    });
    const run: ServerlessRun = {
      ...{ id, application, input, life, process, createdBy: caller.arn },
      arn: `${application.arn}/jobruns/${id}`,
      size: serverlessSize(input, application),
      tags: isRecord(input['tags']) ? (input['tags'] as Record<string, string>) : {}, // the model has checked it
      ...{ queuedAtMs: undefined, queuedMs: 0, graceMs: 15_000 },
    };
    process.publish(() => life, serverlessLogPlaces(id, application, input));
    this.runs.set(id, run);
    return run;
  }

  /** Whether a run may be scheduled and may run: its application is up, not at its limits, and the account is not. */
  #gate(run: ServerlessRun, next: string): Gate | undefined {
    const { application, life } = run;
    const { maxConcurrentRuns, queueTimeoutMinutes, maximumVCpus } = application.options;
    const others = [...this.runs.values()].filter((other) => other !== run);
    if (next === 'SCHEDULED') {
      if (application.state !== 'STARTED')
        return { details: `Application ${application.id} is in state ${application.state}` };
      const active = others.filter(
        (other) =>
          other.application === application &&
          ['SCHEDULED', 'RUNNING', 'CANCELLING'].includes(other.life.state),
      );
      if (maxConcurrentRuns !== undefined && active.length >= maxConcurrentRuns) {
        this.#queue(run, queueTimeoutMinutes);
        return { state: 'QUEUED', details: 'The application is at its maximum concurrent runs' };
      }
      if (run.queuedAtMs !== undefined) run.queuedMs = this.#account.now() - run.queuedAtMs;
      return undefined;
    }
    if (next !== 'RUNNING') return undefined;
    const running = others.filter(({ life: other }) => other.isRunning);
    const held = (runs: readonly ServerlessRun[]) =>
      runs.reduce((total, { size }) => total + size.vCpus, run.size.vCpus);
    const details =
      held(running.filter((other) => other.application === application)) >
      (maximumVCpus ?? Infinity)
        ? `ApplicationMaxCapacityExceededException: Worker could not be allocated as the application has exceeded maximumCapacity settings: [cpu: ${maximumVCpus} vCPU]`
        : held(running) > this.#options.vCpuQuota
          ? `ServiceQuotaExceededException: Worker could not be allocated as the account has reached its limit of ${this.#options.vCpuQuota} concurrent vCPUs`
          : undefined;
    if (details === undefined) return undefined;
    if (this.#options.failsWhenFull) this.#account.timers.after(0, () => life.fail(details));
    return { details };
  }

  #queue(run: ServerlessRun, timeoutMinutes = 360): void {
    if (run.queuedAtMs !== undefined) return;
    run.queuedAtMs = this.#account.now();
    this.#account.timers.after(timerMs(timeoutMinutes * this.#account.minuteMs), () => {
      if (run.life.state === 'QUEUED')
        run.life.fail(`Job run was in the queue for longer than ${timeoutMinutes} minutes`);
    });
  }

  #limitTime({ input, life }: ServerlessRun): void {
    const minutes = Number(input['executionTimeoutMinutes'] ?? defaultTimeoutMinutes);
    if (minutes === 0) return;
    this.#account.timers.after(timerMs(minutes * this.#account.minuteMs), () =>
      life.cancel(`Job run exceeded its execution timeout of ${minutes} minutes`),
    );
  }

  #lookAgain(): void {
    for (const { life } of this.runs.values()) life.look();
  }

  #list(input: Input): Record<string, unknown> {
    const application = this.#application(input);
    const { states, mode, createdAtAfter, createdAtBefore } = input;
    const wanted = [...this.runs.values()]
      .filter((run) => run.application === application && includes(states, run.life.state))
      .filter((run) => mode === undefined || (run.input['mode'] ?? 'BATCH') === mode)
      .filter(({ life }) => isWithin(life.createdAtMs, createdAtAfter, createdAtBefore))
      .toReversed();
    const { items, nextToken } = page(wanted, input, 50);
    return { jobRuns: items.map(serverlessSummary), nextToken };
  }

  #cancel(input: Input): Record<string, unknown> {
    const run = this.#run(input);
    const { life, application, id } = run;
    if (['SUCCESS', 'FAILED'].includes(life.state))
      throw validation(`Job run ${id} is in state ${life.state} and cannot be cancelled`);
    if (life.isCancelling)
      throw new AwsError('ConflictException', `Job run ${id} is being cancelled already`, 409);
    const grace = input['shutdownGracePeriodInSeconds'];
    if (typeof grace === 'number') run.graceMs = grace * 1000;
    run.life.cancel('Job run was cancelled by the user');
    return { applicationId: application.id, jobRunId: id };
  }

  #startApplication(input: Input): Record<string, unknown> {
    const application = this.#application(input);
    const { state, options } = application;
    if (state === 'STARTED' || state === 'STARTING') return {};
    if (state !== 'CREATED' && state !== 'STOPPED')
      throw validation(`Application ${application.id} cannot be started in state ${state}`);
    if ((options.initialVCpus ?? 0) > this.#options.vCpuQuota)
      throw new AwsError(
        'ServiceQuotaExceededException',
        `The initial capacity exceeds the account's limit of ${this.#options.vCpuQuota} concurrent vCPUs`,
        402,
      );
    application.start(() => this.#lookAgain());
    return {};
  }

  #listApplications(input: Input): Record<string, unknown> {
    const wanted = [...this.applications.values()].filter(({ state }) =>
      includes(input['states'], state),
    );
    const { items, nextToken } = page(wanted, input, 50);
    return { applications: items.map((each) => each.summary()), nextToken };
  }

  #dashboard(input: Input): Record<string, unknown> {
    const { life, application, id } = this.#run(input);
    if (life.runningAtMs === undefined)
      throw validation(`Job run ${id} in state ${life.state} has no dashboard yet`);
    const { region } = this.#account;
    const host = `${id}.${application.id}.emrappui-prod.${region}.amazonaws.com`;
    return { url: `https://${host}/shs/history/${id}/jobs/?authToken=stand-in` };
  }

  #tag(input: Input): Record<string, unknown> {
    const tagged = this.#tagged(input);
    if (isRecord(input['tags'])) Object.assign(tagged.tags, input['tags']);
    return {};
  }

  #tagged(input: Input): { readonly tags: Record<string, string> } {
    const arn = textOf(input['resourceArn']);
    const all = [...this.applications.values(), ...this.runs.values()];
    const found = all.find((each) => each.arn === arn);
    if (found === undefined) throw notFound(`Resource ${arn} does not exist`);
    return found;
  }

  #application(input: Input): Application {
    const id = textOf(input['applicationId']);
    const found = this.applications.get(id);
    if (found === undefined) throw notFound(`Application ${id} does not exist`);
    return found;
  }

  #run(input: Input): ServerlessRun {
    const application = this.#application(input);
    const id = textOf(input['jobRunId']);
    const found = this.runs.get(id);
    if (found === undefined || found.application !== application)
      throw notFound(`JobRun ${id} does not exist`);
    return found;
  }
}

function checkStart(input: Input, application: Application, role: string, account: string): void {
  if (accountOf(role) !== account)
    throw new AwsError('AccessDeniedException', 'Cross-account pass role is not allowed.', 403);
  const { state, options, id } = application;
  const isUp = state === 'STARTED' || state === 'STARTING';
  const mayStart = options.startsItself !== false && (state === 'CREATED' || state === 'STOPPED');
  if (!isUp && !mayStart) throw validation(`Application ${id} is in state ${state}`);
  if (!isRecord(input['jobDriver'])) throw validation('jobDriver must be specified');
  if (!('sparkSubmit' in input['jobDriver']))
    throw validation('The job driver does not match the type of the application: Spark');
  const minutes = input['executionTimeoutMinutes'];
  if (typeof minutes === 'number' && minutes > 0 && minutes < 5)
    throw validation('RunTimeout must be at least 5 minutes.');
}

const untrusted = (role: string) => ({
  state: 'SCHEDULED',
  details: `Could not assume runtime role ${role} because it does not exist or isn't set up with the required trust relationship with EMR Serverless`,
});

function environmentOf(read: () => ReturnType<typeof serverlessRequest>): NodeJS.ProcessEnv {
  try {
    return serverlessEnvironment(read());
  } catch {
    return {}; // the start says what is wrong with it
  }
}

/** Longer than a timer can be is never. */
const timerMs = (ms: number) => (ms > 2 ** 31 - 1 ? Infinity : ms);
