import type { LaunchTag } from '../launcher.ts';
import { byAge } from './application-view.ts';
import { fleetTag, launchTag } from './job-tags.ts';
import { ManagerRefusal, type ResourceManagers } from './resource-managers.ts';
import { killOf, oneApplication, schedulerState, taggedApplications } from './rest-request.ts';
import {
  applicationAnswer,
  applicationList,
  schedulerAnswer,
  type Application,
  type QueueNode,
} from './rest-schemas.ts';

/** What is asked of the resource manager, in our words. All of it rejects when none answers, or when the active one says no. */
export class Applications {
  readonly #managers: ResourceManagers;

  constructor(managers: ResourceManagers) {
    this.#managers = managers;
  }

  async ofFleet(fleet: string, signal: AbortSignal): Promise<readonly Application[]> {
    return this.#tagged(fleetTag(fleet), signal);
  }

  /** Those that carry the launch's tag, the oldest first: more than one only where a submission went wrong. */
  async ofLaunch(tag: LaunchTag, signal: AbortSignal): Promise<readonly Application[]> {
    return (await this.#tagged(launchTag(tag), signal)).toSorted(byAge);
  }

  /** Undefined when the manager does not know it any more. */
  async one(id: string, signal: AbortSignal): Promise<Application | undefined> {
    const answer = await unlessUnknown(this.#managers.ask(oneApplication(id), signal));
    return answer === undefined ? undefined : applicationAnswer.parse(answer);
  }

  /** Resolves when the manager has taken the order, and for an application that it does not know. */
  async kill(id: string, signal: AbortSignal): Promise<void> {
    await unlessUnknown(this.#managers.ask(killOf(id), signal));
  }

  /** The root of all queues; undefined where the scheduler does not tell them. */
  async queues(signal: AbortSignal): Promise<QueueNode | undefined> {
    return schedulerAnswer.parse(await this.#managers.ask(schedulerState(), signal));
  }

  async #tagged(tag: string, signal: AbortSignal): Promise<readonly Application[]> {
    return applicationList.parse(await this.#managers.ask(taggedApplications(tag), signal));
  }
}

async function unlessUnknown(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ManagerRefusal && error.status === 404) return undefined;
    throw error;
  }
}
