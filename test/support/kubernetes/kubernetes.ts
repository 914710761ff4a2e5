import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority } from '../certificates.ts';
import { makeTempDir, removeTempDir } from '../temp-dir.ts';
import { Access, type AccessRule } from './access.ts';
import type { ApiRequest } from './api-request.ts';
import { ApiServer } from './api-server.ts';
import { ProcessRuntime } from './container-process.ts';
import { PretendedContainer, PretendedRuntime } from './container-runtime.ts';
import { EventRecorder } from './event-recorder.ts';
import { Faults } from './faults.ts';
import { GarbageCollector } from './garbage-collector.ts';
import type { Image } from './images.ts';
import { Kubelet } from './kubelet.ts';
import { ObjectApi } from './object-api.ts';
import { ObjectStore } from './object-store.ts';
import { apiTime, type KubeObject } from './objects.ts';
import { withCondition } from './pod-conditions.ts';
import type { Pod, PodStatus } from './pod.ts';
import type { KubeletTimes, PodWorker } from './pod-worker.ts';
import { loadPublishedSchemas } from './published-schemas.ts';
import { keepQuotas } from './quota-controller.ts';
import { configMaps, events, namespaces, nodes, pods, serviceAccounts } from './resources.ts';
import { type NodeOptions, Scheduler } from './scheduler.ts';
import { SparkOperator } from './spark-operator.ts';

export interface KubernetesOptions {
  /** Beside `default`. */
  readonly namespaces?: readonly string[];
  /** One of 64 cores and 256 GiB unless given. */
  readonly nodes?: readonly NodeOptions[];
  /** By the name that a pod calls it; any other image cannot be pulled. */
  readonly images?: Readonly<Record<string, Image>>;
  /** Whether a pod's commands are really run; otherwise a pod only goes through its states. */
  readonly runs?: boolean;
  readonly times?: Partial<KubeletTimes>;
  /** What others than `admin` may do. */
  readonly rules?: readonly AccessRule[];
  /** Service accounts beside `default`, by namespace: each may do everything in its own. */
  readonly serviceAccounts?: Readonly<Record<string, readonly string[]>>;
  /** Called when all containers of a pod have come up. */
  readonly onRunning?: (pod: Pod) => void;
  readonly bookmarkMs?: number;
  /** Whether the Spark operator is installed. */
  readonly hasSparkOperator?: boolean;
}

/** A Kubernetes of one process: an API server as strict as the real one, and nodes that are all this machine. */
export class KubernetesCluster {
  /** The API with TLS, on loopback. */
  readonly url: string;
  /** The same without TLS. */
  readonly plainUrl: string;
  /** PEM file of who vouches for the API. */
  readonly caFile: string;
  /** Of `admin`, who may do everything. */
  readonly token: string;
  readonly dir: string;
  readonly access: Access;
  readonly faults: Faults;
  readonly api: ObjectApi;
  readonly #server: ApiServer;
  readonly #kubelet: Kubelet;
  readonly #scheduler: Scheduler;
  readonly #events: EventRecorder;
  readonly #images: Map<string, Image>;
  readonly #operator: SparkOperator | undefined;

  private constructor(parts: ClusterParts) {
    this.url = parts.url;
    this.plainUrl = parts.plainUrl;
    this.caFile = parts.caFile;
    this.token = parts.access.tokenFor('admin');
    this.dir = parts.dir;
    this.access = parts.access;
    this.faults = parts.faults;
    this.api = parts.api;
    this.#server = parts.server;
    this.#kubelet = parts.kubelet;
    this.#scheduler = parts.scheduler;
    this.#events = new EventRecorder(parts.api.store, 'controllermanager');
    this.#images = parts.images;
    this.#operator = parts.operator;
  }

  static async start(options: KubernetesOptions = {}): Promise<KubernetesCluster> {
    const schemas = await loadPublishedSchemas();
    const dir = makeTempDir('kubernetes');
    const store = new ObjectStore();
    const api = new ObjectApi(store, schemas);
    const access = new Access(options.rules ?? []);
    const faults = new Faults();
    const images = new Map(Object.entries(options.images ?? {}));
    const network = freeNetwork();
    const authority = new CertificateAuthority(dir, 'kubernetes-ca');
    const runs = options.runs ?? true;
    const clusterEnv: Record<string, string> = {};
    const kubelet = new Kubelet({
      api,
      events: new EventRecorder(store, 'kubelet'),
      runtime: runs ? new ProcessRuntime() : new PretendedRuntime(),
      images,
      times: { startMs: 0, pullMs: 0, retryMs: 200, restartMs: 500, ...options.times },
      folder: join(dir, 'pods'),
      network,
      makesFiles: runs,
      clusterEnv,
      tokenFor:
        ({ metadata }) =>
        (account) =>
          access.tokenForAccount(metadata.namespace ?? '', account),
      onRunning: (pod) => options.onRunning?.(pod),
    });
    const watch = { bookmarkMs: options.bookmarkMs ?? 60_000, defaultMs: 30 * 60_000 };
    const server = new ApiServer({ api, access, faults, logs: kubelet, watch });
    const names = ['kubernetes.default.svc', 'kubernetes.default', 'kubernetes', 'localhost'];
    const made = authority.issue('/CN=kubernetes', {
      names: [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1', `IP:${network}.1`].join(','),
    });
    const tls = {
      key: readFileSync(made.key, 'utf8'),
      cert: readFileSync(made.certificate, 'utf8'),
    };
    const plainPort = await server.listen('127.0.0.1', 0);
    const port = await server.listen('127.0.0.1', 0, tls);
    // Where pods look for the API; who may not listen there gets another port, which the pods' environment names.
    const inside = await server
      .listen(`${network}.1`, 443, tls)
      .catch(() => server.listen(`${network}.1`, 0, tls));
    Object.assign(clusterEnv, {
      KUBERNETES_SERVICE_HOST: `${network}.1`,
      KUBERNETES_SERVICE_PORT: String(inside),
      KUBERNETES_SERVICE_PORT_HTTPS: String(inside),
    });
    new GarbageCollector(api);
    keepQuotas(store);
    const scheduler = new Scheduler(api);
    const plainUrl = `http://127.0.0.1:${plainPort}`;
    const startOperator = () => {
      const user = 'system:serviceaccount:spark-operator:spark-operator-controller';
      access.allow({ user, verbs: ['*'], resources: ['*'] });
      return new SparkOperator({
        ...{ api, dir, url: plainUrl, token: access.tokenFor(user), submits: runs },
      });
    };
    const cluster = new KubernetesCluster({
      ...{ url: `https://127.0.0.1:${port}`, plainUrl },
      ...{ caFile: authority.file, dir, access, faults, api, server, kubelet, scheduler, images },
      operator: options.hasSparkOperator === true ? startOperator() : undefined,
    });
    for (const node of options.nodes ?? [{ name: 'node-1' }]) scheduler.addNode(node);
    const spaces = ['default', ...(options.namespaces ?? [])];
    for (const name of spaces) cluster.addNamespace(name, options.serviceAccounts?.[name] ?? []);
    return cluster;
  }

  /** A namespace as the cluster makes it: with its default service account and the API's certificate. */
  addNamespace(name: string, accounts: readonly string[] = []): void {
    this.api.create(namespaces, undefined, { metadata: { name } });
    this.api.create(configMaps, name, {
      metadata: { name: 'kube-root-ca.crt' },
      data: { 'ca.crt': readFileSync(this.caFile, 'utf8') },
    });
    for (const account of ['default', ...accounts])
      this.api.create(serviceAccounts, name, { metadata: { name: account } });
    for (const account of accounts) {
      this.access.allow({
        user: `system:serviceaccount:${name}:${account}`,
        ...{ verbs: ['*'], resources: ['*'], namespaces: [name] },
      });
    }
  }

  addNode(node: NodeOptions): void {
    this.#scheduler.addNode(node);
  }

  addImage(name: string, image: Image): void {
    this.#images.set(name, image);
  }

  /** Writes a kubeconfig for the holder of the token and gives back its path. */
  writeKubeconfig(token = this.token, namespace = 'default'): string {
    const ca = readFileSync(this.caFile).toString('base64');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: this.url, 'certificate-authority-data': ca } }],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
    };
    const file = join(this.dir, `kubeconfig-${Math.random().toString(36).slice(2)}.yaml`);
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  pods(namespace?: string): Pod[] {
    return this.api.store.list(pods, namespace) as Pod[]; // the schema has let them in as pods
  }

  pod(name: string, namespace = 'default'): Pod | undefined {
    return this.api.store.find(pods, namespace, name) as Pod | undefined; // as above
  }

  events(namespace?: string): KubeObject[] {
    return this.api.store.list(events, namespace);
  }

  /** What a container has printed so far. */
  log(name: string, container?: string, namespace = 'default'): string {
    const worker = this.#worker(name, namespace);
    return worker.logs.get(container ?? firstContainer(worker.pod))?.text ?? '';
  }

  /** Adds a line to a log, where nothing runs that would print it. */
  print(name: string, line: string, container?: string, namespace = 'default'): void {
    const worker = this.#worker(name, namespace);
    worker.logs.get(container ?? firstContainer(worker.pod))?.add(line);
  }

  /** Ends a container where nothing runs. */
  finish(name: string, exitCode: number, container?: string, namespace = 'default'): void {
    const worker = this.#worker(name, namespace);
    const running = worker.running.get(container ?? firstContainer(worker.pod));
    if (!(running instanceof PretendedContainer)) throw new Error(`${name} runs no such container`);
    running.end(exitCode);
  }

  /** As the kernel ends a container that wants too much memory. */
  killForMemory(name: string, container?: string, namespace = 'default'): void {
    const worker = this.#worker(name, namespace);
    worker.killForMemory(container ?? firstContainer(worker.pod));
  }

  /** As the kubelet does whose node is short of memory. */
  async evict(name: string, namespace = 'default'): Promise<void> {
    const worker = this.#worker(name, namespace);
    const message =
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 64Mi.';
    this.#events.record(worker.pod, 'Warning', 'Evicted', message);
    await worker.fail({ reason: 'Evicted', message, condition: 'TerminationByKubelet' });
  }

  /** As the scheduler does that wants room for a pod of a higher priority: the pod is deleted. */
  preempt(name: string, namespace = 'default'): void {
    const { pod } = this.#worker(name, namespace);
    const message = 'default-scheduler: preempting to accommodate a higher priority pod';
    const reason = 'PreemptionByScheduler';
    this.#events.record(
      pod,
      'Normal',
      'Preempted',
      `Preempted by a pod on node ${pod.spec.nodeName ?? ''}`,
    );
    this.api.changeStatus<PodStatus>(pod, pods, (status) =>
      withCondition(status, 'DisruptionTarget', 'True', { reason, message }),
    );
    this.api.delete({ resource: pods, namespace, name });
  }

  /**
   * A node that nobody hears of any more. Its pods have ended and say so to nobody: first they are only not ready, and after
   * `giveUpOn` they wait for a deletion that no kubelet completes.
   */
  loseNode(name: string): void {
    this.#scheduler.closeNode(name);
    for (const pod of this.#kubelet.loseNode(name)) {
      this.#events.record(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
      this.api.changeStatus<PodStatus>(pod, pods, (status) => ({
        ...withCondition(status, 'Ready', 'False', { reason: 'NodeNotReady' }),
        phase: 'Unknown',
        reason: 'NodeLost',
        message: `Node ${name} which was running pod ${pod.metadata.name} is unresponsive`,
      }));
    }
    const node = this.api.store.get(nodes, undefined, name);
    this.api.changeStatus(node, nodes, (status) => ({
      ...status,
      conditions: [
        {
          type: 'Ready',
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          lastTransitionTime: apiTime(),
        },
      ],
    }));
  }

  /** What the cluster does when a lost node has been away for five minutes. */
  giveUpOn(node: string): void {
    const reason = 'DeletionByTaintManager';
    const message = 'Taint manager: deleting due to NoExecute taint';
    for (const pod of this.pods().filter(({ spec }) => spec.nodeName === node)) {
      const { namespace, name } = pod.metadata;
      this.#events.record(
        pod,
        'Normal',
        'TaintManagerEviction',
        `Marking for deletion Pod ${namespace}/${name}`,
      );
      this.api.changeStatus<PodStatus>(pod, pods, (status) =>
        withCondition(status, 'DisruptionTarget', 'True', { reason, message }),
      );
      this.api.delete({ resource: pods, namespace, name });
    }
  }

  /** Forgets old versions: watches and lists that go on from one are refused. */
  compact(): void {
    this.api.store.compact();
  }

  get openWatches(): readonly ApiRequest[] {
    return this.#server.openWatches;
  }

  breakWatches(matches?: (request: ApiRequest) => boolean): void {
    this.#server.breakWatches(matches);
  }

  /** Ends whatever runs, and removes what was written. */
  async stop(): Promise<void> {
    await this.#operator?.stop();
    await this.#kubelet.stop();
    await this.#server.stop();
    removeTempDir(this.dir);
  }

  #worker(name: string, namespace: string): PodWorker {
    return this.#kubelet.workerOf(namespace, name);
  }
}

interface ClusterParts {
  readonly url: string;
  readonly plainUrl: string;
  readonly caFile: string;
  readonly dir: string;
  readonly access: Access;
  readonly faults: Faults;
  readonly api: ObjectApi;
  readonly server: ApiServer;
  readonly kubelet: Kubelet;
  readonly scheduler: Scheduler;
  readonly images: Map<string, Image>;
  readonly operator: SparkOperator | undefined;
}

export function startKubernetes(options?: KubernetesOptions): Promise<KubernetesCluster> {
  return KubernetesCluster.start(options);
}

const firstContainer = ({ spec }: Pod) => spec.containers[0]?.name ?? '';

/** Loopback has millions of addresses: two clusters at once hardly choose the same. */
function freeNetwork(): string {
  const number = Math.floor(Math.random() * 200 * 254);
  return `127.${20 + Math.floor(number / 254)}.${1 + (number % 254)}`;
}
