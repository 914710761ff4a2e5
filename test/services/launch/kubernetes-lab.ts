import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../src/core/clock.ts';
import type { EngineJob, JobPlatform, JobSink, JobView } from '../../../src/launch/job-platform.ts';
import { KubernetesPlatform } from '../../../src/launch/kubernetes/kubernetes-platform.ts';
import type { LaunchTag } from '../../../src/launch/launcher.ts';
import type { KubernetesSpec } from '../../../src/preset/cluster-spec.ts';
import {
  type KubernetesCluster,
  type KubernetesOptions,
  startKubernetes,
} from '../../support/kubernetes/kubernetes.ts';
import { newSecret } from '../../support/secrets.ts';
import { jobOf, specOf } from '../../unit/launch/kubernetes/engine-job.ts';

export const namespace = 'engines';
export const never = new AbortController().signal;

/** A Kubernetes, platforms that work with it, and what they told. */
export class KubernetesLab {
  readonly cluster: KubernetesCluster;
  readonly fleet = randomUUID().replaceAll('-', '').slice(0, 12);
  readonly engineKey = newSecret();
  readonly #followers: Follower[] = [];

  private constructor(cluster: KubernetesCluster) {
    this.cluster = cluster;
  }

  static async start(options: KubernetesOptions = {}): Promise<KubernetesLab> {
    const cluster = await startKubernetes({
      namespaces: [namespace],
      serviceAccounts: { [namespace]: ['spark'] },
      images: { 'spark:test': {} },
      runs: false,
      ...options,
    });
    return new KubernetesLab(cluster);
  }

  platform(spec: Partial<KubernetesSpec> = {}, more: { keepEndedMs?: number } = {}): JobPlatform {
    const kubeconfig = this.cluster.writeKubeconfig();
    return new KubernetesPlatform({
      spec: specOf({ kubeconfig, image: 'spark:test', namespace, ...spec }),
      fleet: this.fleet,
      clock: systemClock,
      ...more,
    });
  }

  job(conf: Readonly<Record<string, string>> = {}, more: Partial<EngineJob> = {}): EngineJob {
    const { fleet, engineKey } = this;
    return jobOf(conf, { tag: randomUUID(), fleet, engineKey, ...more });
  }

  follow(platform: JobPlatform): Follower {
    const follower = new Follower(platform);
    this.#followers.push(follower);
    return follower;
  }

  async stop(): Promise<void> {
    for (const follower of this.#followers) await follower.stop();
    await this.cluster.stop();
  }
}

/** What a platform has told of its jobs. */
export class Follower implements JobSink {
  readonly jobs = new Map<LaunchTag, JobView>();
  readonly history: JobView[] = [];
  readonly lines: string[] = [];
  readonly goneTags: LaunchTag[] = [];
  readonly unreachables: unknown[] = [];
  alls = 0;
  readonly #until = new AbortController();
  readonly #following: Promise<void>;
  #wake = Promise.withResolvers<void>();

  constructor(platform: JobPlatform) {
    platform.hurry(true);
    this.#following = platform.follow(this, this.#until.signal);
  }

  all(jobs: readonly JobView[]): void {
    this.jobs.clear();
    for (const job of jobs) this.jobs.set(job.tag, job);
    this.history.push(...jobs);
    this.alls += 1;
    this.#told();
  }

  changed(job: JobView): void {
    this.jobs.set(job.tag, job);
    this.history.push(job);
    this.#told();
  }

  gone(tag: LaunchTag): void {
    this.jobs.delete(tag);
    this.goneTags.push(tag);
    this.#told();
  }

  line(_tag: LaunchTag, text: string): void {
    this.lines.push(text);
    this.#told();
  }

  unreachable(why: unknown): void {
    this.unreachables.push(why);
    this.#told();
  }

  /** Resolves when it holds; the test's own limit ends a wait that is in vain. */
  async until(holds: (follower: this) => boolean): Promise<void> {
    while (!holds(this)) await this.#wake.promise;
  }

  /** The first view of the job that has this state. */
  async view(tag: LaunchTag, test: (job: JobView) => boolean): Promise<JobView> {
    const find = (): JobView | undefined =>
      this.history.find((job) => job.tag === tag && test(job));
    await this.until(() => find() !== undefined);
    return find() ?? Promise.reject(new Error('it was there a moment ago'));
  }

  async stop(): Promise<void> {
    this.#until.abort();
    await this.#following;
  }

  #told(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}
