import type { Application } from '@aws-sdk/client-emr-serverless';
import type { Clock } from '../../core/clock.ts';
import {
  mismatchHint,
  releaseMismatch,
  releaseNotes,
  releaseProblem,
} from '../../preset/emr-releases.ts';
import { SubmitError } from '../job-platform.ts';
import type { ServerlessApi } from './serverless-api.ts';
import { nameOf } from '../aws/service-errors.ts';
import { submitTrouble } from './submit-trouble.ts';

/** What one application says to another engine. */
type Verdict =
  | { readonly kind: 'ready'; readonly notes: readonly string[] }
  | { readonly kind: 'busy' | 'refused'; readonly why: SubmitError };

export interface ApplicationChoiceOptions {
  readonly ids: readonly string[];
  readonly api: ServerlessApi;
  /** How many of our engines are alive there. */
  readonly aliveOn: (applicationId: string) => number;
  readonly clock: Clock;
}

/** So long an application's description holds; a launch that waits for one to start looks more often. */
const knownForMs = 30_000;
const startingLookMs = 2_000;
/** An application that had no room is passed over for so long. */
const fullForMs = 60_000;

/** Finds the application that takes the next engine, and starts one that is stopped. */
export class ApplicationChoice {
  readonly #options: ApplicationChoiceOptions;
  readonly #known = new Map<
    string,
    { readonly atMs: number; readonly answer: Promise<Application> }
  >();
  readonly #fullUntil = new Map<string, number>();

  constructor(options: ApplicationChoiceOptions) {
    this.#options = options;
  }

  /** The next engine goes elsewhere for a while. */
  isFull(applicationId: string): void {
    const { clock } = this.#options;
    this.#fullUntil.set(applicationId, clock.monotonicMs() + fullForMs);
  }

  /** Another description is asked for at the next launch. */
  forget(applicationId: string): void {
    this.#known.delete(applicationId);
  }

  /** In the order of the cluster's file, those without room last. */
  order(): readonly string[] {
    const nowMs = this.#options.clock.monotonicMs();
    const isFull = (id: string): number => ((this.#fullUntil.get(id) ?? 0) > nowMs ? 1 : 0);
    return this.#options.ids.toSorted((one, other) => isFull(one) - isFull(other));
  }

  /** Whether an engine whose settings are for the release `expected` may be sent there now; starts the application where nobody else would. */
  async look(
    id: string,
    isLast: boolean,
    expected: string | undefined,
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Verdict> {
    let application: Application;
    try {
      application = await this.#describe(id, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      // It may be that the gateway may start jobs and not look at applications: then EMR itself says what is wrong.
      if (nameOf(thrown) === 'AccessDeniedException') return { kind: 'ready', notes: [] };
      const why = submitTrouble(`application ${id}`, thrown);
      if (why.trouble === 'refused') return { kind: 'refused', why };
      return { kind: 'busy', why: asBusy(why) };
    }
    return this.#verdict(application, isLast, expected, say, signal);
  }

  async #verdict(
    application: Application,
    isLast: boolean,
    expected: string | undefined,
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { applicationId: id = '', state = '', releaseLabel = '', type = '' } = application;
    if (!/^spark$/i.test(type)) {
      return refused(`application ${id} is for ${type}`, 'Name an application of type Spark.');
    }
    const problem = releaseProblem(releaseLabel);
    if (problem !== undefined) {
      return refused(`application ${id}: ${problem}`, 'Make an application of a later release.');
    }
    const mismatch = releaseMismatch(expected, releaseLabel, `application ${id}`);
    if (mismatch !== undefined) return refused(mismatch, mismatchHint);
    const most = application.schedulerConfiguration?.maxConcurrentRuns;
    if (!isLast && most !== undefined && this.#options.aliveOn(id) >= most) {
      return busy(`application ${id} runs ${most} jobs, which is as many as it may`);
    }
    const notes = releaseNotes(releaseLabel, expected);
    switch (state) {
      case 'STARTED':
        return { kind: 'ready', notes };
      case 'CREATED':
      case 'STOPPED':
        if (application.autoStartConfiguration?.enabled !== false) {
          const line = `application ${id} is ${state}; the job starts it, which takes a minute or two`;
          return { kind: 'ready', notes: [...notes, line] };
        }
        return this.#start(id, state, say, signal);
      case 'CREATING':
      case 'STARTING':
      case 'STOPPING':
        return busy(`application ${id} is ${state}`);
      default:
        return refused(
          `application ${id} is ${state}${withDetails(application.stateDetails)}`,
          'Name another application in the cluster.',
        );
    }
  }

  async #start(
    id: string,
    state: string,
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Verdict> {
    say(`application ${id} is ${state}; starting it, which takes a minute or two`);
    try {
      await this.#options.api.startApplication(id, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const why = submitTrouble(`starting application ${id}`, thrown);
      return why.trouble === 'refused'
        ? { kind: 'refused', why }
        : { kind: 'busy', why: asBusy(why) };
    } finally {
      this.forget(id);
    }
    return busy(`application ${id} is STARTING`);
  }

  /** One question for all launches of a while. */
  async #describe(id: string, signal: AbortSignal): Promise<Application> {
    const { api, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const known = this.#known.get(id);
    if (known !== undefined) {
      const application = await known.answer.catch(() => undefined);
      const holdsMs = application?.state === 'STARTED' ? knownForMs : startingLookMs;
      if (application !== undefined && nowMs - known.atMs < holdsMs) return application;
    }
    signal.throwIfAborted();
    const meanwhile = this.#known.get(id);
    if (meanwhile !== undefined && meanwhile !== known) return meanwhile.answer; // somebody has asked
    // Not the launch's own signal: others wait for the answer, too.
    const answer = api.application(id, AbortSignal.timeout(answerLimitMs));
    this.#known.set(id, { atMs: nowMs, answer });
    return answer;
  }
}

const answerLimitMs = 30_000;
const lookAgainMs = 3_000;

function refused(message: string, hint: string): Verdict {
  return { kind: 'refused', why: new SubmitError('refused', message, { hint }) };
}

function busy(message: string): Verdict {
  return { kind: 'busy', why: new SubmitError('busy', message, { retryAfterMs: lookAgainMs }) };
}

/** Nothing was submitted: whatever became of the question, no job runs. */
function asBusy(why: SubmitError): SubmitError {
  if (why.trouble === 'busy') return why;
  return new SubmitError('busy', why.message, { hint: why.hint, cause: why });
}

function withDetails(details: string | undefined): string {
  return details === undefined || details.trim() === '' ? '' : `: ${details.trim()}`;
}
