import type { Clock } from '../../core/clock.ts';
import type { EmrEksSpec } from '../../preset/cluster-spec.ts';
import { KubeApi } from '../kubernetes/kube-api.ts';
import type { LaunchTag } from '../launcher.ts';
import { KubeSecrets } from './kube-secrets.ts';
import { PodWatch } from './pod-watch.ts';
import type { VirtualClusterLook } from './virtual-cluster-look.ts';

export interface KubeSideOptions {
  readonly access: NonNullable<EmrEksSpec['kubernetes']>;
  readonly virtualCluster: VirtualClusterLook;
  readonly fleet: string;
  readonly tagOfRun: (runId: string) => LaunchTag | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface KubeParts {
  readonly secrets: KubeSecrets;
  readonly pods: PodWatch;
}

/** What is done in the Kubernetes below a virtual cluster. */
export class KubeSide {
  readonly #options: KubeSideOptions;
  #made: KubeParts | undefined;

  constructor(options: KubeSideOptions) {
    this.#options = options;
    // A kubeconfig that can't be used is told at once.
    const { kubeconfig, context, namespace = 'default' } = options.access;
    const trial = new KubeApi({ kubeconfig, context, namespace });
    if (options.access.namespace !== undefined) this.#make(trial, namespace);
  }

  /** Undefined until the namespace is known. */
  get known(): KubeParts | undefined {
    return this.#made;
  }

  /** Rejects when EMR does not tell the namespace. */
  async parts(signal: AbortSignal): Promise<KubeParts> {
    if (this.#made !== undefined) return this.#made;
    const { access, virtualCluster } = this.#options;
    const namespace = await virtualCluster.namespace(signal);
    const { kubeconfig, context } = access;
    return this.#made ?? this.#make(new KubeApi({ kubeconfig, context, namespace }), namespace);
  }

  #make(api: KubeApi, namespace: string): KubeParts {
    const { fleet, tagOfRun, clock, random } = this.#options;
    this.#made = {
      secrets: new KubeSecrets(api, namespace),
      pods: new PodWatch({ api, namespace, fleet, tagOfRun, clock, random }),
    };
    return this.#made;
  }
}
