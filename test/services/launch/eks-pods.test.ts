import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type KubernetesCluster,
  type KubernetesOptions,
  startKubernetes,
} from '../../support/kubernetes/kubernetes.ts';
import { secrets } from '../../support/kubernetes/resources.ts';
import { EksLab, type LabOptions, never } from './eks-lab.ts';
import { makeDriverPod, namespace, podImages } from './eks-pods.ts';

let lab: EksLab;
let kubernetes: KubernetesCluster;
afterEach(async () => {
  await lab.stop();
  await kubernetes.stop();
});

async function start(options: LabOptions = {}, more: KubernetesOptions = {}) {
  kubernetes = await startKubernetes({
    ...{ namespaces: [namespace], images: podImages, runs: false },
    ...more,
  });
  lab = await EksLab.start({ cluster: { namespace }, haste: 5, ...options });
}

/** The virtual cluster tells the namespace. */
const access = () => ({
  kubeconfig: kubernetes.writeKubeconfig(),
  context: undefined,
  namespace: undefined,
});

const secretNames = () =>
  kubernetes.api.store.list(secrets, namespace).map(({ metadata }) => metadata.name);

describe('with the Kubernetes below the virtual cluster', () => {
  it('an engine has its secrets mounted, and its pod tells events, log and what it uses', async () => {
    await start({ plan: { times: { SUBMITTED: Infinity } } });
    const { launcher, ended } = lab.desk({ kubernetes: access() });
    const request = lab.request({ 'spark.my.password': lab.engineKey });
    await launcher.submit(request, never);
    const run = lab.run(request.tag);
    const lines = lab.listen(launcher, request.tag);
    const told = (words: RegExp) =>
      vi.waitFor(() => expect(lines.join('\n')).toMatch(words), 10_000);

    expect(secretNames()).toContain(`torii-${request.tag}`);
    expect(lab.aws.secrets.secrets.size).toBe(0);
    expect(JSON.stringify(run.input)).not.toContain(lab.engineKey);
    const secret = kubernetes.api.store.find(secrets, namespace, `torii-${request.tag}`);
    const data = secret?.['data'] as Record<string, string>; // as it was made
    expect(Buffer.from(data['spark.properties'] ?? '', 'base64').toString()).toContain(
      `spark.torii.engine.key=${lab.engineKey}`,
    );

    const pod = makeDriverPod(kubernetes, run);
    await told(/driver pod: (?:Scheduled|Pulled|Started): /);
    kubernetes.print(pod, 'INFO the driver is up', 'spark-kubernetes-driver', namespace);
    await told(/the driver is up$/m); // before EMR itself says that it runs
    run.life.moveOn();
    await told(/RUNNING$/m);
    await launcher.settled(request.tag);
    await vi.waitFor(() => expect(secretNames()).not.toContain(`torii-${request.tag}`), 5000);

    kubernetes.finish(pod, 1, 'spark-kubernetes-driver', namespace);
    run.life.fail('it failed', 'USER_ERROR');
    await launcher.ended(request.tag, never);
    expect(ended[0]?.reason).toMatch(/USER_ERROR: it failed; the driver ended with exit code 1/);
    expect(ended[0]?.usage?.memoryMibSeconds).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain(lab.engineKey);
  }, 30_000);

  it('a pod that waits for room says so, and one whose image is not there is given up', async () => {
    await start(
      { haste: 50, plan: { times: { SUBMITTED: Infinity } } },
      { nodes: [{ name: 'node-1', cpu: '500m' }] },
    );
    const { launcher, platform, ended } = lab.desk({ kubernetes: access() });
    const crowded = lab.request();
    await launcher.submit(crowded, never);
    makeDriverPod(kubernetes, lab.run(crowded.tag));
    const lines = lab.listen(launcher, crowded.tag);
    const words = /SUBMITTED: .*driver pod Pending \(Unschedulable\): .*Insufficient cpu/;
    await vi.waitFor(() => expect(lines.join('\n')).toMatch(words), 10_000);

    kubernetes.addNode({ name: 'node-2' });
    const wrong = lab.request();
    await launcher.submit(wrong, never);
    const run = lab.run(wrong.tag);
    makeDriverPod(kubernetes, run, 'registry.example/nothing:1');
    const end = await launcher.ended(wrong.tag, never);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(end.reason).toMatch(/Pending \((?:ErrImagePull|ImagePullBackOff)\): the driver's pod/);
    expect(end.hint).toMatch(/Check the name of the image/);
    await vi.waitFor(() => expect(run.life.state).toBe('CANCELLED'), 5000);
    // What EMR says later changes nothing, and it is told once.
    const later = (await platform.list(never)).find(({ tag }) => tag === wrong.tag);
    expect(later).toMatchObject({
      state: { outcome: 'failed' },
      reason: expect.stringContaining('pod does not start'),
    });
    expect(ended.filter(({ tag }) => tag === wrong.tag)).toHaveLength(1);
  }, 30_000);

  it('an engine that was given up is ended although its pod starts before EMR takes the order', async () => {
    await start({ haste: 50, plan: { times: { SUBMITTED: Infinity } } });
    const { launcher } = lab.desk({ kubernetes: access() });
    lab.aws.faults.add('emr-containers:CancelJobRun', { kind: 'throttle' });
    const request = lab.request();
    await launcher.submit(request, never);
    const run = lab.run(request.tag);
    makeDriverPod(kubernetes, run, 'registry.example/nothing:1');
    await launcher.ended(request.tag, never);
    run.life.moveOn();
    expect(run.life.state).toBe('RUNNING');
    const cancels = lab.aws.faults.count('emr-containers:CancelJobRun');
    lab.aws.faults.clear();
    await vi.waitFor(() => expect(run.life.state).toBe('CANCELLED'), 5000);
    expect(lab.aws.faults.count('emr-containers:CancelJobRun')).toBeGreaterThan(cancels);
  }, 30_000);

  it('a gateway without rights there says what it needs, and starts nothing', async () => {
    await start();
    const kubeconfig = kubernetes.writeKubeconfig(kubernetes.access.tokenFor('nobody'));
    const { launcher } = lab.desk({ kubernetes: { kubeconfig, context: undefined, namespace } });
    const request = lab.request();
    await expect(launcher.submit(request, never)).rejects.toMatchObject({
      code: 'ENGINE_LAUNCH_FAILED',
      hint: expect.stringMatching(/create, delete and list secrets/),
    });
    expect(lab.aws.containers.runs.size).toBe(0);
  });

  it('a gateway without rights to its pods goes on by what EMR says', async () => {
    await start(
      {},
      {
        rules: [{ user: 'half', verbs: ['create', 'delete', 'list'], resources: ['secrets'] }],
      },
    );
    const kubeconfig = kubernetes.writeKubeconfig(kubernetes.access.tokenFor('half'));
    const { launcher } = lab.desk({ kubernetes: { kubeconfig, context: undefined, namespace } });
    const request = lab.request();
    await launcher.submit(request, never);
    const lines = lab.listen(launcher, request.tag);
    await vi.waitFor(() => expect(lines.join('\n')).toMatch(/RUNNING/), 10_000);
    await vi.waitFor(
      () => expect(lines.join('\n')).toMatch(/the pods can't be looked at: .*forbidden/),
      10_000,
    );
  }, 30_000);

  it('the secrets of a gateway that died are removed, and those of others are left', async () => {
    await start();
    const dead = lab.desk({ kubernetes: access() });
    const request = lab.request();
    await dead.launcher.submit(request, never);
    await dead.stop();
    kubernetes.api.create(secrets, namespace, {
      metadata: { name: 'theirs', labels: { 'torii.io/fleet': lab.fleet, 'torii.io/tag': 'x' } },
    });
    expect(secretNames()).toContain(`torii-${request.tag}`);
    lab.clock.hasten(2000);
    lab.desk({ kubernetes: access() });
    await vi.waitFor(() => expect(secretNames()).not.toContain(`torii-${request.tag}`), 10_000);
    expect(secretNames()).toContain('theirs');
  }, 30_000);
});
