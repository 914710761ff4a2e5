import { EventRecorder } from './event-recorder.ts';
import type { ObjectApi } from './object-api.ts';
import type { KubeObject } from './objects.ts';
import { requestsOf } from './pod-admission.ts';
import { withCondition } from './pod-conditions.ts';
import { isFinished, type Pod, type PodStatus, type Toleration } from './pod.ts';
import { parseQuantity } from './quantity.ts';
import { nodes, pods } from './resources.ts';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'NoExecute';
}

export interface NodeOptions {
  readonly name: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly taints?: readonly Taint[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** Gives pods their nodes, in the order in which they came, as soon as one has room. */
export class Scheduler {
  readonly #api: ObjectApi;
  readonly #events: EventRecorder;
  readonly #nodes = new Map<string, NodeOptions>();
  readonly #waiting = new Map<string, Pod>();
  readonly #used = new Map<string, Map<string, Usage>>();
  #isPlanned = false;

  constructor(api: ObjectApi) {
    this.#api = api;
    this.#events = new EventRecorder(api.store, 'default-scheduler');
    api.store.onChange(({ resource, type, object }) => {
      if (resource !== pods) return;
      // the schema has let it in as a pod
      const pod = object as Pod;
      const { uid } = pod.metadata;
      const isOver = type === 'DELETED' || isFinished(pod);
      if (isOver && this.#release(uid)) this.#plan();
      if (isOver || pod.spec.nodeName !== undefined) this.#waiting.delete(uid);
      else {
        if (!this.#waiting.has(uid)) this.#plan();
        this.#waiting.set(uid, pod);
      }
    });
  }

  addNode(node: NodeOptions): void {
    this.#nodes.set(node.name, node);
    this.#used.set(node.name, new Map());
    const { name, cpu = '64', memory = '256Gi', taints = [], labels = {} } = node;
    const capacity = { cpu, memory, pods: '5000' };
    this.#api.store.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: { 'kubernetes.io/hostname': name, ...labels },
        ...{ uid: '', resourceVersion: '', creationTimestamp: '' },
      },
      spec: { taints },
      status: {
        capacity,
        allocatable: capacity,
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      },
    });
    this.#plan();
  }

  /** Tells the scheduler that a node takes no further pods. */
  closeNode(name: string): void {
    this.#nodes.delete(name);
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      for (const pod of [...this.#waiting.values()]) this.#place(pod);
    });
  }

  #place(seen: Pod): void {
    const { namespace, name, uid } = seen.metadata;
    const pod = this.#api.store.find(pods, namespace, name) as Pod | undefined; // as above
    if (pod?.metadata.uid !== uid || pod.spec.nodeName !== undefined) return;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const reasons = new Map<string, number>();
    for (const node of this.#nodes.values()) {
      const why = this.#refusal(node, pod);
      if (why === undefined) return this.#bind(pod, node);
      reasons.set(why, (reasons.get(why) ?? 0) + 1);
    }
    const count = this.#nodes.size;
    const list = [...reasons].map(([why, times]) => `${times} ${why}`).toSorted();
    const message = `0/${count} nodes are available: ${list.join(', ')}. preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;
    this.#api.changeStatus<PodStatus>(pod, pods, (status) =>
      withCondition(status, 'PodScheduled', 'False', { reason: 'Unschedulable', message }),
    );
    this.#events.record(pod, 'Warning', 'FailedScheduling', message);
  }

  #refusal(node: NodeOptions, { spec }: Pod): string | undefined {
    const untolerated = node.taints?.find((taint) => !isTolerated(taint, spec.tolerations ?? []));
    if (untolerated !== undefined) {
      const { key, value = '' } = untolerated;
      return `node(s) had untolerated taint {${key}: ${value}}`;
    }
    const labels: Record<string, string> = { 'kubernetes.io/hostname': node.name, ...node.labels };
    const selector = Object.entries(spec.nodeSelector ?? {});
    if (selector.some(([key, value]) => labels[key] !== value))
      return "node(s) didn't match Pod's node affinity/selector";
    const used = [...(this.#used.get(node.name)?.values() ?? [])];
    const sum = (key: keyof Usage) => used.reduce((total, each) => total + each[key], 0);
    const limits = { cpu: node.cpu ?? '64', memory: node.memory ?? '256Gi' };
    for (const key of ['cpu', 'memory'] as const) {
      const free = (parseQuantity(limits[key]) ?? 0) - sum(key);
      if (requestsOf(spec, 'requests', key) > free) return `Insufficient ${key}`;
    }
    return undefined;
  }

  #bind(pod: Pod, node: NodeOptions): void {
    this.#used.get(node.name)?.set(pod.metadata.uid, {
      cpu: requestsOf(pod.spec, 'requests', 'cpu'),
      memory: requestsOf(pod.spec, 'requests', 'memory'),
    });
    const { namespace = '', name } = pod.metadata;
    const spec = { ...pod.spec, nodeName: node.name };
    const status = withCondition(structuredClone(pod.status), 'PodScheduled', 'True');
    const bound: KubeObject = this.#api.store.replace(pods, { ...pod, spec, status });
    const text = `Successfully assigned ${namespace}/${name} to ${node.name}`;
    this.#events.record(bound, 'Normal', 'Scheduled', text);
  }

  #release(uid: string): boolean {
    return [...this.#used.values()].map((used) => used.delete(uid)).includes(true);
  }
}

interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect !== undefined && effect !== taint.effect) return false;
    if (operator === 'Exists') return key === undefined || key === taint.key;
    return key === taint.key && value === (taint.value ?? '');
  });
}
