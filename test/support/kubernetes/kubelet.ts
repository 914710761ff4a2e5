import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from './api-error.ts';
import type { ObjectApi } from './object-api.ts';
import { isFinished, type Pod } from './pod.ts';
import { type LogAsk, type LogReading, type LogSource, readLog } from './pod-log.ts';
import { type NodeParts, PodWorker } from './pod-worker.ts';
import { pods } from './resources.ts';
import { hostsText } from './service-names.ts';

export type KubeletParts = Omit<NodeParts, 'folder' | 'addressFor' | 'hostsFileFor'> & {
  /** Where each pod gets a folder. */
  readonly folder: string;
  /** The first three numbers of addresses of this machine that no other cluster uses, e.g. `127.31.7`. */
  readonly network: string;
  readonly makesFiles: boolean;
};

/** Runs the pods of all nodes: they are all on this machine, each with an address of its own. */
export class Kubelet implements LogSource {
  readonly #parts: KubeletParts;
  readonly #api: ObjectApi;
  readonly #workers = new Map<string, PodWorker>();
  readonly #ends = new Set<Promise<unknown>>();
  readonly #hosts = new Map<string, { file: string; pod: Pod; text: string }>();
  readonly #lost = new Set<string>();
  readonly #unlisten: () => void;
  #addresses = 1;

  constructor(parts: KubeletParts) {
    this.#parts = parts;
    this.#api = parts.api;
    this.#unlisten = parts.api.store.onChange(({ resource, type, object }) => {
      if (resource.plural === 'services' || resource === pods) this.#rewriteHosts();
      if (resource !== pods) return;
      const pod = object as Pod; // the schema has let it in as a pod
      if (type === 'DELETED') this.#forget(pod);
      else this.#look(pod);
    });
  }

  workerOf(namespace: string, name: string): PodWorker {
    const uid = this.#api.store.get(pods, namespace, name).metadata.uid;
    const worker = this.#workers.get(uid);
    if (worker === undefined) throw new Error(`pod ${name} is on no node`);
    return worker;
  }

  /** Its pods run no more, and what becomes of them nobody hears. */
  loseNode(name: string): Pod[] {
    this.#lost.add(name);
    const workers = [...this.#workers.values()].filter(({ pod }) => pod.spec.nodeName === name);
    for (const worker of workers) worker.lose();
    return workers.map(({ pod }) => pod);
  }

  read(pod: Pod, ask: LogAsk): LogReading {
    const log = this.#workers.get(pod.metadata.uid)?.logs.get(ask.container);
    if (log === undefined) {
      throw new ApiError(
        400,
        `previous terminated container "${ask.container}" in pod "${pod.metadata.name}" not found`,
      );
    }
    return readLog(log, ask);
  }

  async stop(): Promise<void> {
    this.#unlisten();
    for (const worker of this.#workers.values()) worker.lose();
    await this.#parts.runtime.stop();
    await Promise.allSettled(this.#ends);
  }

  #look(pod: Pod): void {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    if (pod.spec.nodeName === undefined || this.#lost.has(pod.spec.nodeName)) return;
    const worker = this.#workers.get(uid);
    if (worker === undefined) {
      if (isFinished(pod) || deletionTimestamp !== undefined) return;
      const made = this.#makeWorker(pod);
      this.#workers.set(uid, made);
      this.#keep(made.run());
    } else if (deletionTimestamp !== undefined && !this.#ending.has(uid)) {
      this.#ending.add(uid);
      this.#keep(this.#end(worker, pod, deletionGracePeriodSeconds));
    }
  }

  readonly #ending = new Set<string>();

  async #end(worker: PodWorker, pod: Pod, graceSeconds: number): Promise<void> {
    await worker.terminate(graceSeconds);
    const { namespace, name, uid } = pod.metadata;
    const left = this.#api.store.find(pods, namespace, name);
    if (left?.metadata.uid !== uid) return;
    if ((left.metadata.finalizers ?? []).length > 0)
      this.#api.store.replace(pods, {
        ...left,
        metadata: { ...left.metadata, deletionGracePeriodSeconds: 0 },
      });
    else this.#api.store.remove(pods, left);
  }

  /** It was removed from under its node: whatever still runs is ended at once. */
  #forget({ metadata }: Pod): void {
    const worker = this.#workers.get(metadata.uid);
    this.#hosts.delete(metadata.uid);
    this.#ending.delete(metadata.uid);
    if (worker === undefined) return;
    this.#workers.delete(metadata.uid);
    this.#keep(worker.terminate(0));
  }

  #makeWorker(pod: Pod): PodWorker {
    const folder = join(this.#parts.folder, pod.metadata.uid);
    if (this.#parts.makesFiles) mkdirSync(folder, { recursive: true });
    return new PodWorker(pod, {
      ...this.#parts,
      folder,
      addressFor: () => {
        this.#addresses += 1;
        const [first, second, third] = this.#parts.network.split('.');
        const high = (Number(third) + (this.#addresses >> 7)) % 256;
        return `${first}.${second}.${high}.${10 + (this.#addresses & 127)}`;
      },
      hostsFileFor: (seen) => (this.#parts.makesFiles ? this.#hostsFile(folder, seen) : undefined),
    });
  }

  #hostsFile(folder: string, pod: Pod): string {
    const file = join(folder, 'hosts');
    const text = hostsText(this.#api.store, this.#parts.network, pod);
    writeFileSync(file, text);
    this.#hosts.set(pod.metadata.uid, { file, pod, text });
    return file;
  }

  #rewriteHosts(): void {
    for (const entry of this.#hosts.values()) {
      const text = hostsText(this.#api.store, this.#parts.network, entry.pod);
      if (text === entry.text) continue;
      entry.text = text;
      writeFileSync(entry.file, text);
    }
  }

  #keep(work: Promise<unknown>): void {
    const kept = work.finally(() => this.#ends.delete(kept));
    this.#ends.add(kept);
  }
}
