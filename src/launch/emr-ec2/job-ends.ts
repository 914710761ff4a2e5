import type { EmrEc2Spec } from '../../preset/cluster-spec.ts';
import type { JobRef, LaunchTag } from '../launcher.ts';
import { isAlive } from '../yarn/application-view.ts';
import { hasClusterEnded, type ClusterLook } from './cluster-look.ts';
import type { EmrApi } from './emr-api.ts';
import type { FleetJobs } from './fleet-jobs.ts';
import { endRequest } from './step-request.ts';
import { isActive } from './step-view.ts';
import type { StepLogs } from './step-logs.ts';
import type { YarnAccess } from './yarn-access.ts';

export interface JobEndsOptions {
  readonly spec: EmrEc2Spec;
  readonly fleet: string;
  readonly api: EmrApi;
  readonly yarn: YarnAccess;
  readonly cluster: ClusterLook;
  readonly jobs: FleetJobs;
  readonly logs: StepLogs;
}

/** Ends engines: their applications by the resource manager or by a step, and what is not submitted yet by its step. */
export class JobEnds {
  readonly #options: JobEndsOptions;

  constructor(options: JobEndsOptions) {
    this.#options = options;
  }

  /** Resolves when the order was taken; rejects while there is nothing yet that could be ended. */
  async end(tag: LaunchTag, ref: JobRef | undefined, signal: AbortSignal): Promise<void> {
    const { yarn, cluster, jobs } = this.#options;
    const applications = await yarn.ofLaunch(tag, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      return { thrown };
    });
    if (applications !== undefined && !('thrown' in applications)) {
      const alive = applications.filter(isAlive);
      for (const { id } of alive) await this.#kill(id, signal);
      if (applications.length > 0) return;
      if (isApplication(ref)) return this.#kill(ref, signal);
    } else {
      const facts = await cluster.look(signal).catch(() => undefined); // EMR says so at the next call
      if (facts !== undefined && hasClusterEnded(facts.state)) return;
    }
    const canAsk = applications !== undefined && !('thrown' in applications);
    const found = jobs.step(tag);
    if (found === undefined || isActive(found.state)) await jobs.lookAtSteps(signal);
    // A step that is known to have been, and that no list has shown, is an older one.
    if (jobs.step(tag) === undefined && isStep(ref)) await jobs.lookAtSteps(signal, -Infinity);
    const step = jobs.step(tag);
    if (step === undefined) {
      if (isApplication(ref)) await this.#endByStep(tag, ref, signal);
      return;
    }
    switch (step.state) {
      case 'PENDING':
      case 'RUNNING':
        return this.#cancel(tag, step, canAsk, signal);
      case 'CANCEL_PENDING':
        if (canAsk) jobs.doom(tag);
        return;
      case 'COMPLETED':
        if (canAsk)
          jobs.doom(tag); // YARN may list it late
        else await this.#endByStep(tag, isApplication(ref) ? ref : step.stepId, signal);
    }
  }

  /** An application may have been handed over while its step is told to end. */
  async #cancel(
    tag: LaunchTag,
    { stepId, state }: { readonly stepId: string; readonly state: string },
    canAsk: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { api, spec, jobs } = this.#options;
    if (state === 'RUNNING' && !canAsk) {
      // Cut off, it would leave an application behind or not, and nobody could tell.
      throw new Error(`step ${stepId} still submits its application, which is ended after that`);
    }
    if (canAsk) jobs.doom(tag);
    const refusal = await api.cancel(spec.cluster, stepId, signal);
    if (refusal !== undefined && !canAsk) {
      throw new Error(`step ${stepId} can't be cancelled any more: ${refusal}`);
    }
  }

  /** `by`: the application, or the step that has submitted it. */
  async #endByStep(tag: LaunchTag, by: string, signal: AbortSignal): Promise<void> {
    const { api, spec, fleet, jobs, logs } = this.#options;
    const earlier = jobs.endStep(tag);
    if (earlier !== undefined && (isActive(earlier.state) || earlier.state === 'COMPLETED')) return;
    const known = jobs.application(tag)?.ref;
    const id = isApplication(by) ? by : (known ?? (await logs.applicationOf(by, signal)));
    if (id === undefined) {
      throw new Error(
        `step ${by} has started an application whose id is not known: the resource manager can't be reached, and the step's log is not in S3 yet`,
      );
    }
    await api.turn(signal);
    jobs.addEnd(tag, await api.addStep(endRequest(spec, fleet, tag, id), signal));
  }

  async #kill(id: string, signal: AbortSignal): Promise<void> {
    await this.#options.yarn.ask((applications) => applications.kill(id, signal), signal);
  }
}

function isApplication(ref: JobRef | undefined): ref is JobRef {
  return ref?.startsWith('application_') === true;
}

function isStep(ref: JobRef | undefined): boolean {
  return ref?.startsWith('s-') === true;
}
