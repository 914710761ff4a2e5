import { z } from 'zod';
import { ChildProgram } from './child-program.ts';
import type { FleetName } from './launch-fleets.ts';

/** `ask`: what has been seen; `forget`: and count from now on. */
export const clusterOrderSchema = z.object({ order: z.enum(['ask', 'forget']) });

const answerSchema = z.object({
  /** For `torii.clusters.path`. */
  clustersFile: z.string(),
  /** For the gateway. */
  environment: z.record(z.string(), z.string()),
  /** How often each thing was asked of the API, e.g. `create pods` or `emr-serverless:StartJobRun`. */
  requests: z.record(z.string(), z.number()),
  /** Pods of drivers, or jobs, that are not on their way out. */
  alive: z.number(),
  /** Engines that have registered. */
  registered: z.number(),
  /** By kind: watches of pods at the same time; lists a second and calls that were throttled. */
  figures: z.record(z.string(), z.number()),
});
export type ClusterAnswer = z.infer<typeof answerSchema>;

export interface LaunchClusterOptions {
  readonly kind: FleetName;
  readonly zooKeeper: string;
  /** How long a pod or job takes until its engine registers. */
  readonly startMs: number;
  readonly maxLaunches?: number;
}

/** A stand-in for a cluster, with its engines: what they take holds up neither gateway nor clients. */
export class LaunchCluster {
  readonly clustersFile: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #child: ChildProgram;

  static async start(options: LaunchClusterOptions): Promise<LaunchCluster> {
    const { kind, zooKeeper, startMs, maxLaunches } = options;
    const child = new ChildProgram('launch-cluster-program.ts', [
      ...['--kind', kind, '--zookeeper', zooKeeper, '--start-ms', String(startMs)],
      ...(maxLaunches === undefined ? [] : ['--max-launches', String(maxLaunches)]),
    ]);
    const { clustersFile, environment } = answerSchema.parse(await child.next());
    return new LaunchCluster(child, clustersFile, environment);
  }

  private constructor(
    child: ChildProgram,
    clustersFile: string,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#child = child;
    this.clustersFile = clustersFile;
    this.environment = environment;
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
