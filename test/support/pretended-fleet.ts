import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { SeenRequest } from './kubernetes/faults.ts';
import { type KubernetesCluster, startKubernetes } from './kubernetes/kubernetes.ts';
import type { Pod } from './kubernetes/pod.ts';
import { secrets } from './kubernetes/resources.ts';
import { PretendedEngines, propertiesOf } from './pretended-engines.ts';

export interface PretendedFleetOptions {
  readonly zooKeeper: string;
  /** How long a pod takes until its engine registers. */
  readonly startMs: number;
  readonly maxLaunches?: number;
}

const fleetNamespace = 'emr';
const fleetCluster = 'lab';

/** A Kubernetes in which nothing runs and yet every pod of an engine becomes one, with the file that makes it a gateway's cluster. */
export class PretendedFleet {
  readonly kubernetes: KubernetesCluster;
  readonly engines: PretendedEngines;
  /** For `torii.clusters.path`: all sessions go to this cluster. */
  readonly clustersFile: string;

  static async start(options: PretendedFleetOptions): Promise<PretendedFleet> {
    const ready = Promise.withResolvers<PretendedFleet>();
    const kubernetes = await startKubernetes({
      namespaces: [fleetNamespace],
      serviceAccounts: { [fleetNamespace]: ['torii-engine'] },
      nodes: [{ name: 'node-1', cpu: '100000', memory: '1000000Gi' }],
      images: { engine: {} },
      runs: false,
      times: { startMs: options.startMs },
      onRunning: (pod) => void ready.promise.then((fleet) => fleet.#register(pod)),
    });
    const engines = await PretendedEngines.start({ zooKeeper: options.zooKeeper });
    const fleet = new PretendedFleet(kubernetes, engines, options);
    ready.resolve(fleet);
    return fleet;
  }

  private constructor(
    kubernetes: KubernetesCluster,
    engines: PretendedEngines,
    { maxLaunches }: PretendedFleetOptions,
  ) {
    this.kubernetes = kubernetes;
    this.engines = engines;
    this.clustersFile = join(kubernetes.dir, 'clusters.yaml');
    const cluster = {
      kind: 'kubernetes',
      namespace: fleetNamespace,
      serviceAccount: 'torii-engine',
      image: 'engine',
      engineJar: 'local:///opt/torii/engine.jar',
      kubeconfig: kubernetes.writeKubeconfig(),
      ...(maxLaunches === undefined ? {} : { limits: { maxLaunches } }),
    };
    const file = {
      clusters: { [fleetCluster]: cluster },
      routes: [{ use: { cluster: fleetCluster } }],
    };
    writeFileSync(this.clustersFile, JSON.stringify(file));
  }

  /** The drivers' pods that are not on their way out. */
  drivers(): Pod[] {
    return this.kubernetes
      .pods(fleetNamespace)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** What was asked of the API, e.g. `create pods` or `get pods/log`, with how often. */
  requests(): Record<string, number> {
    return countRequests(this.kubernetes.faults.requests);
  }

  async stop(): Promise<void> {
    await this.engines.stop();
    await this.kubernetes.stop();
  }

  /** A pod that is no engine's is left alone. */
  async #register({ metadata: { labels = {}, name, namespace } }: Pod): Promise<void> {
    const tag = labels['torii.io/tag'];
    if (tag === undefined) return;
    await this.engines.register({
      tag,
      settings: () => {
        const secret = secretSchema.parse(this.kubernetes.api.store.get(secrets, namespace, name));
        const text = Buffer.from(secret.data['spark.properties'], 'base64').toString('utf8');
        return propertiesOf(text);
      },
      end: (why) => {
        this.kubernetes.print(name, why, undefined, namespace);
        this.kubernetes.finish(name, 1, undefined, namespace);
      },
    });
  }
}

const secretSchema = z.object({ data: z.object({ 'spark.properties': z.string() }) });

function countRequests(requests: readonly SeenRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, resource, subresource, query } of requests) {
    const page = query.has('continue') ? ', next page' : '';
    const name = `${verb} ${resource.plural}${subresource === '' ? '' : `/${subresource}`}${page}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
