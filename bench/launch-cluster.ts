import { z } from 'zod';
import { ChildProgram } from './child-program.ts';

/** `ask`: what has been seen; `forget`: and count from now on. */
export const clusterOrderSchema = z.object({ order: z.enum(['ask', 'forget']) });

const answerSchema = z.object({
  /** For `torii.clusters.path`. */
  clustersFile: z.string(),
  /** How often each thing was asked of the API, e.g. `create pods`. */
  requests: z.record(z.string(), z.number()),
  /** Pods of drivers that are not on their way out. */
  drivers: z.number(),
  /** Engines that have registered. */
  registered: z.number(),
  /** Watches of pods that were open at the same time. */
  mostWatches: z.number(),
});
export type ClusterAnswer = z.infer<typeof answerSchema>;

export interface LaunchClusterOptions {
  readonly zooKeeper: string;
  /** How long a pod takes until its engine registers. */
  readonly startMs: number;
  readonly maxLaunches: number;
}

/** The Kubernetes stand-in and its engines: what they take holds up neither gateway nor clients. */
export class LaunchCluster {
  readonly clustersFile: string;
  readonly #child: ChildProgram;

  static async start({
    zooKeeper,
    startMs,
    maxLaunches,
  }: LaunchClusterOptions): Promise<LaunchCluster> {
    const child = new ChildProgram('launch-cluster-program.ts', [
      ...['--zookeeper', zooKeeper, '--start-ms', String(startMs)],
      ...['--max-launches', String(maxLaunches)],
    ]);
    const { clustersFile } = answerSchema.parse(await child.next());
    return new LaunchCluster(child, clustersFile);
  }

  private constructor(child: ChildProgram, clustersFile: string) {
    this.#child = child;
    this.clustersFile = clustersFile;
  }

  async seen(): Promise<ClusterAnswer> {
    return this.#ask('ask');
  }

  /** Counts from now on. */
  async forget(): Promise<void> {
    await this.#ask('forget');
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  async #ask(order: z.infer<typeof clusterOrderSchema>['order']): Promise<ClusterAnswer> {
    this.#child.tell({ order });
    return answerSchema.parse(await this.#child.next());
  }
}
