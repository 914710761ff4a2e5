import type { VirtualCluster } from '@aws-sdk/client-emr-containers';
import type { Clock } from '../../core/clock.ts';
import { untilAborted } from '../../core/until-aborted.ts';
import { errorText, nameOf } from '../aws/service-errors.ts';
import { SubmitError } from '../job-platform.ts';
import type { EksApi } from './eks-api.ts';
import { goneHint } from './failure-hints.ts';
import { submitTrouble } from './submit-trouble.ts';

/** So long a description holds. */
const knownForMs = 30_000;
const answerLimitMs = 30_000;

/** What a state other than RUNNING means, and what to do. */
const hints: Readonly<Record<string, string>> = {
  TERMINATING: 'Somebody is deleting it: name another virtual cluster in the cluster.',
  TERMINATED: 'It has been deleted: name another virtual cluster in the cluster.',
  ARRESTED:
    'EMR can not reach its EKS cluster: check that the cluster and the namespace are there, and that EMR has access to them.',
};

/** Looks at the virtual cluster before a job is sent there: one question for all launches of a while. */
export class VirtualClusterLook {
  readonly #api: EksApi;
  readonly #id: string;
  readonly #clock: Clock;
  #known: { readonly atMs: number; readonly answer: Promise<VirtualCluster> } | undefined;

  constructor(api: EksApi, id: string, clock: Clock) {
    this.#api = api;
    this.#id = id;
    this.#clock = clock;
  }

  /** Throws a `SubmitError` where no job can be taken. */
  async check(signal: AbortSignal): Promise<void> {
    let cluster: VirtualCluster;
    try {
      cluster = await this.describe(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      // It may be that the gateway may start jobs and not look at the cluster: then EMR itself says what is wrong.
      if (nameOf(thrown) === 'AccessDeniedException') return;
      const why = submitTrouble(`virtual cluster ${this.#id}`, thrown);
      if (isNotThere(thrown)) {
        throw new SubmitError('refused', why.message, { hint: goneHint, cause: thrown });
      }
      if (why.trouble !== 'unclear') throw why;
      // Nothing was submitted: whatever became of the question, no job runs.
      throw new SubmitError('busy', why.message, { hint: why.hint, cause: why });
    }
    const { state = 'RUNNING' } = cluster;
    if (state === 'RUNNING') return;
    this.forget();
    throw new SubmitError('refused', `virtual cluster ${this.#id} is ${state}`, {
      hint: hints[state],
    });
  }

  /**
   * Why it is gone, with all that ran there, where EMR says so for certain. One that is ARRESTED or TERMINATING may still have its
   * pods, and an error says nothing of them.
   */
  async whyGone(signal: AbortSignal): Promise<string | undefined> {
    this.forget();
    try {
      const { state = '' } = await untilAborted(this.describe(signal), signal);
      return state === 'TERMINATED' ? `virtual cluster ${this.#id} is TERMINATED` : undefined;
    } catch (thrown) {
      signal.throwIfAborted();
      return isNotThere(thrown)
        ? `virtual cluster ${this.#id} is gone (${errorText(thrown)})`
        : undefined;
    }
  }

  /** The namespace of its pods. Rejects with the service's error. */
  async namespace(signal: AbortSignal): Promise<string> {
    const cluster = await this.describe(signal);
    return cluster.containerProvider?.info?.eksInfo?.namespace ?? 'default';
  }

  async describe(signal: AbortSignal): Promise<VirtualCluster> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known;
    if (known !== undefined && nowMs - known.atMs < knownForMs) return known.answer;
    signal.throwIfAborted();
    // Not the launch's own signal: others wait for the answer, too.
    const answer = this.#api.virtualCluster(AbortSignal.timeout(answerLimitMs));
    const asked = { atMs: nowMs, answer };
    this.#known = asked;
    answer.catch(() => {
      if (this.#known === asked) this.#known = undefined;
    });
    return answer;
  }

  /** Another description is asked for at the next launch. */
  forget(): void {
    this.#known = undefined;
  }
}

function isNotThere(thrown: unknown): boolean {
  return nameOf(thrown) === 'ResourceNotFoundException';
}
