import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sparkImage } from '../../support/kubernetes/images.ts';
import { type KubernetesCluster, startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import type { Pod } from '../../support/kubernetes/pod.ts';
import { secrets } from '../../support/kubernetes/resources.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

export const namespace = 'engines';

/** What the image of the preset `broken` does in place of Spark. */
const brokenSpark = '#!/bin/sh\necho "no disk in drive A"\nexit 3\n';

/** A Kubernetes that runs pods, the file by which a gateway uses it, and all pods as they were seen. */
export class KubernetesGatewayLab {
  readonly cluster: KubernetesCluster;
  readonly dir = makeTempDir('kubernetes-gateway');
  readonly clustersFile = join(this.dir, 'clusters.yaml');
  readonly kubeconfig: string;
  /** Each state of each pod, with the time at which it was written. */
  readonly seen: { readonly pod: Pod; readonly atMs: number }[] = [];

  private constructor(cluster: KubernetesCluster) {
    this.cluster = cluster;
    this.kubeconfig = cluster.writeKubeconfig();
    cluster.api.store.onChange(({ object }) => {
      // the kind tells
      if (object.kind === 'Pod') this.seen.push({ pod: object as Pod, atMs: performance.now() });
    });
  }

  static async start(): Promise<KubernetesGatewayLab> {
    const cluster = await startKubernetes({
      namespaces: [namespace],
      serviceAccounts: { [namespace]: ['spark'] },
      nodes: [{ name: 'node-1' }],
    });
    const lab = new KubernetesGatewayLab(cluster);
    const jar = process.env['TORII_ENGINE_JAR'] ?? '';
    cluster.addImage('spark:test', sparkImage({ '/opt/torii': dirname(jar) }));
    cluster.addImage('broken:test', { paths: { '/opt/spark': lab.#brokenSpark() } });
    return lab;
  }

  /** A secret of the cluster itself, to which presets refer. */
  keep(name: string, key: string, value: string): void {
    this.cluster.api.create(secrets, namespace, {
      metadata: { name },
      data: { [key]: Buffer.from(value).toString('base64') },
    });
  }

  /** The first moment in which a pod of this kind was seen. */
  firstSeenMs(test: (pod: Pod) => boolean): number {
    const first = this.seen.find(({ pod }) => test(pod));
    if (first === undefined) throw new Error('no such pod was seen');
    return first.atMs;
  }

  drivers(): readonly Pod[] {
    return this.cluster.pods(namespace).filter((pod) => roleOf(pod) === 'driver');
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    removeTempDir(this.dir);
  }

  #brokenSpark(): string {
    const home = join(this.dir, 'broken-spark');
    mkdirSync(join(home, 'bin'), { recursive: true });
    writeFileSync(join(home, 'bin', 'spark-submit'), brokenSpark);
    chmodSync(join(home, 'bin', 'spark-submit'), 0o755);
    return home;
  }
}

export function roleOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.['spark-role'];
}

export function imageOf(pod: Pod): string | undefined {
  return pod.spec.containers[0]?.image;
}
