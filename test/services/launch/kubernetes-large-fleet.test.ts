import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { KubernetesPlatform } from '../../../src/launch/kubernetes/kubernetes-platform.ts';
import type { JobSink, JobView } from '../../../src/launch/job-platform.ts';
import { type KubernetesCluster, startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { pods } from '../../support/kubernetes/resources.ts';
import { specOf } from '../../unit/launch/kubernetes/engine-job.ts';

const fleet = '0123456789ab';
const jobs = 450;

let cluster: KubernetesCluster;
let platform: KubernetesPlatform;

beforeAll(async () => {
  cluster = await startKubernetes({
    nodes: [{ name: 'node-1', cpu: '100000', memory: '1000000Gi' }],
    images: { engine: {} },
    runs: false,
  });
  for (let at = 0; at < jobs; at++) addDriver(tagOf(at));
  platform = new KubernetesPlatform({
    spec: specOf({ kubeconfig: cluster.writeKubeconfig(), namespace: 'default' }),
    fleet,
    clock: systemClock,
  });
});

beforeEach(() => cluster.faults.forgetRequests());

afterAll(() => cluster?.stop());

function tagOf(at: number): string {
  return `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
}

function addDriver(tag: string): void {
  cluster.api.create(pods, 'default', {
    metadata: {
      name: `torii-${tag}`,
      labels: { 'torii.io/fleet': fleet, 'torii.io/tag': tag, 'spark-role': 'driver' },
    },
    spec: {
      containers: [{ name: 'spark-kubernetes-driver', image: 'engine', command: ['true'] }],
    },
  });
}

/** For a busy machine. */
const wait = { timeout: 20_000 };
const never = new AbortController().signal;

it('a large fleet is listed whole, in pages that hold nobody up for long', async () => {
  await expect
    .poll(() => cluster.pods().every(({ status }) => status?.phase === 'Running'), wait)
    .toBe(true);
  const views = await platform.list(never);
  expect(new Set(views.map(({ tag }) => tag)).size).toBe(jobs);
  expect(new Set(views.map(({ state }) => state.kind))).toEqual(new Set(['running']));
  expect(cluster.faults.requests.map(({ query }) => query.get('limit'))).toEqual(
    Array.from({ length: Math.ceil(jobs / 200) }, () => '200'),
  );
});

it('what changes while its pages are read is not missed', async () => {
  const late = tagOf(jobs);
  const told = new Map<string, JobView>();

  const held = Promise.withResolvers<void>();
  cluster.faults.add(
    ({ query }) => query.has('continue'),
    { kind: 'hold', until: held.promise },
    1,
  );
  const over = new AbortController();
  const following = platform.follow(sinkInto(told), over.signal);
  await expect.poll(() => cluster.faults.requests.length, wait).toBe(2);
  // Its place was on the page that has been read.
  cluster.api.delete({ resource: pods, namespace: 'default', name: `torii-${tagOf(0)}` });
  addDriver(late);
  held.resolve();
  await expect.poll(() => told.has(late), wait).toBe(true);
  await expect.poll(() => told.size, wait).toBe(jobs);
  expect(told.has(tagOf(0))).toBe(false);
  over.abort();
  await following;
});

function sinkInto(told: Map<string, JobView>): JobSink {
  return {
    all: (views) => {
      told.clear();
      for (const view of views) told.set(view.tag, view);
    },
    changed: (view) => told.set(view.tag, view),
    gone: (tag) => {
      told.delete(tag);
    },
    line: () => undefined,
    unreachable: () => undefined,
  };
}
