import { withReadiness } from './container-status.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { ObjectApi } from './object-api.ts';
import type { ContainerStatus, Pod, PodStatus } from './pod.ts';
import { pods } from './resources.ts';

/** What a node tells of one pod: the pod's status, and events. A node that is lost tells nothing more. */
export class PodReport {
  #pod: Pod;
  readonly #api: ObjectApi;
  readonly #events: EventRecorder;
  #isLost = false;

  constructor(pod: Pod, { api, events }: { api: ObjectApi; events: EventRecorder }) {
    this.#pod = pod;
    this.#api = api;
    this.#events = events;
  }

  /** The pod as it was told of last. */
  get pod(): Pod {
    return this.#pod;
  }

  lose(): void {
    this.#isLost = true;
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (!this.#isLost) this.#events.record(this.#pod, type, reason, message);
  }

  status(change: (status: PodStatus) => PodStatus): void {
    if (this.#isLost) return;
    const next = this.#api.changeStatus<PodStatus>(this.#pod, pods, change);
    if (next !== undefined) this.#pod = next as Pod; // it was one before
  }

  container(name: string, change: (status: ContainerStatus) => ContainerStatus): void {
    const changed = (list: ContainerStatus[]) =>
      list.map((each) => (each.name === name ? change(each) : each));
    this.status((status) => ({
      ...status,
      containerStatuses: changed(status.containerStatuses ?? []),
      ...(status.initContainerStatuses === undefined
        ? {}
        : { initContainerStatuses: changed(status.initContainerStatuses) }),
    }));
  }

  waits(name: string, reason: string, message: string): void {
    this.container(name, (status) => ({ ...status, state: { waiting: { reason, message } } }));
  }

  /** The pod runs as soon as all its containers are ready; whether it has begun to by this. */
  runsWhenReady(): boolean {
    const { length } = this.#pod.spec.containers;
    let isNew = false;
    this.status((status) => {
      const up = (status.containerStatuses ?? []).filter(({ ready }) => ready).length;
      if (up < length) return status;
      isNew = status.phase !== 'Running';
      return { ...withReadiness(status, 'True'), phase: 'Running' };
    });
    return isNew;
  }
}
