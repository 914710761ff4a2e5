import { CoreV1Api, KubeConfig, Log, type V1Container, type V1Pod } from '@kubernetes/client-node';
import { readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubernetesCluster, startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { plainImage } from '../../support/kubernetes/images.ts';
import type { ContainerState, Phase } from '../../support/kubernetes/pod.ts';
import { processesNaming } from '../../support/processes.ts';

const namespace = 'default';

let cluster: KubernetesCluster;
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  cluster = await startKubernetes({
    images: { plain: { ...plainImage, paths: { '/opt/here': import.meta.dirname } } },
    times: { retryMs: 20, restartMs: 20 },
    nodes: [
      { name: 'large', cpu: '4', memory: '8Gi' },
      {
        ...{ name: 'tainted', cpu: '64', memory: '64Gi' },
        taints: [{ key: 'dedicated', value: 'etl', effect: 'NoSchedule' }],
      },
    ],
  });
  config = new KubeConfig();
  config.loadFromFile(cluster.writeKubeconfig());
  core = config.makeApiClient(CoreV1Api);
});
afterAll(async () => {
  await cluster.stop();
  if (processesNaming(cluster.dir).length > 0) throw new Error('the cluster left processes behind');
});

const shell = (script: string, more: Partial<V1Container> = {}): V1Container => ({
  ...{ name: 'main', image: 'plain', command: ['sh', '-c', script] },
  ...more,
});

const run = (name: string, container: V1Container, more: Partial<V1Pod['spec']> = {}) =>
  core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: { restartPolicy: 'Never', containers: [container], ...more },
    },
  });

const becomes = (name: string, phase: Phase) =>
  expect.poll(() => cluster.pod(name)?.status.phase, { timeout: 30_000 }).toBe(phase);
const state = (name: string, at = 0): ContainerState | undefined =>
  cluster.pod(name)?.status.containerStatuses?.[at]?.state;
const reasons = (name: string) =>
  cluster
    .events()
    .filter((event) => JSON.stringify(event['involvedObject']).includes(`"${name}"`))
    .map((event) => event['reason']);
const prints = (name: string, line: string) =>
  expect.poll(() => cluster.log(name), { timeout: 30_000 }).toContain(line);

describe('a container', () => {
  test('sees its image, its volumes and its environment, and nothing of the machine', async () => {
    await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: 'keys' }, stringData: { 'a.txt': 'alpha', b: 'beta' } },
    });
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'settings' }, data: { 'app.conf': 'x=1' } },
    });
    const script = `
      cat /etc/keys/one; stat -c %a /etc/keys/one; ls /etc/keys; cat /etc/settings/app.conf
      echo; echo "$NAME $POD_IP $BETA $TEAM"; echo new >/opt/here/new; cat /opt/here/new
      hostname; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; echo
      ls -d ${import.meta.dirname} /work /root/.cache 2>&1; pwd; echo $$$$`; // of two dollars each pod's command keeps one
    const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
    const container = shell(script, {
      workingDir: '/scratch/here',
      env: [
        { name: 'NAME', ...field('metadata.name') },
        { name: 'POD_IP', ...field('status.podIP') },
        { name: 'BETA', valueFrom: { secretKeyRef: { name: 'keys', key: 'b' } } },
        { name: 'TEAM', value: 'of-$(NAME)' },
      ],
      volumeMounts: [
        { name: 'keys', mountPath: '/etc/keys', readOnly: true },
        { name: 'settings', mountPath: '/etc/settings' },
      ],
    });
    const volumes = [
      {
        name: 'keys',
        secret: { secretName: 'keys', defaultMode: 0o400, items: [{ key: 'a.txt', path: 'one' }] },
      },
      { name: 'settings', configMap: { name: 'settings' } },
    ];
    await run('sees', container, { volumes });
    await becomes('sees', 'Succeeded');
    const address = cluster.pod('sees')?.status.podIP ?? '';
    expect(address).toMatch(/^127[.]/);
    const lines = cluster.log('sees').split('\n');
    expect(lines.slice(0, 8)).toEqual([
      ...['alpha400', 'one', 'x=1', `sees ${address} beta of-sees`, 'new', 'sees', 'default'],
      expect.stringContaining('No such file'),
    ]);
    expect(lines.slice(-3)).toEqual(['/scratch/here', '1', '']);
    expect(readdirSync(import.meta.dirname)).not.toContain('new');
  });

  test('ends with its code, and its log is kept', async () => {
    await run('fails', shell('echo before; echo why >&2; exit 3'));
    await becomes('fails', 'Failed');
    expect(state('fails')).toMatchObject({ terminated: { exitCode: 3, reason: 'Error' } });
    const log = await core.readNamespacedPodLog({ namespace, name: 'fails' });
    expect(log.split('\n').toSorted()).toEqual(['', 'before', 'why']);
    expect(reasons('fails')).toEqual(
      expect.arrayContaining(['Scheduled', 'Pulled', 'Created', 'Started']),
    );
  });

  test('whose program is not there could not be started', async () => {
    await run('lacks', { name: 'main', image: 'plain', command: ['no-such-program'] });
    await becomes('lacks', 'Failed');
    expect(state('lacks')).toMatchObject({
      terminated: { reason: 'StartError', exitCode: 128 },
    });
    expect(JSON.stringify(state('lacks'))).toContain('executable file not found');
  });

  test('is started again as the policy says', async () => {
    const spec = { restartPolicy: 'OnFailure', volumes: [{ name: 'kept', emptyDir: {} }] };
    const script = 'echo x >>/kept/tries; [ "$(wc -l </kept/tries)" -ge 3 ]';
    const volumeMounts = [{ name: 'kept', mountPath: '/kept' }];
    await run('again', shell(script, { volumeMounts }), spec);
    await becomes('again', 'Succeeded');
    expect(cluster.pod('again')?.status.containerStatuses?.[0]?.restartCount).toBe(2);
    expect(reasons('again')).toContain('BackOff');
  });

  test('is followed while it prints', async () => {
    await run('talks', shell('echo one; sleep 1; echo two'));
    await becomes('talks', 'Running');
    const stream = new PassThrough();
    await new Log(config).log(namespace, 'talks', 'main', stream, { follow: true });
    expect(await text(stream)).toBe('one\ntwo\n');
  });

  test('has no log before it has started', async () => {
    await run('waits', shell('true', { image: 'nowhere' }));
    await expect.poll(() => JSON.stringify(state('waits'))).toContain('ImagePullBackOff');
    await expect(core.readNamespacedPodLog({ namespace, name: 'waits' })).rejects.toMatchObject({
      code: 400,
      body: expect.stringContaining('trying and failing to pull image'),
    });
    await core.deleteNamespacedPod({ namespace, name: 'waits' });
  });

  test('reaches another pod by the name of its service', async () => {
    const spec = { clusterIP: 'None', selector: { role: 'target' }, ports: [{ port: 7078 }] };
    await core.createNamespacedService({ namespace, body: { metadata: { name: 'target' }, spec } });
    const metadata = { name: 'target-pod', labels: { role: 'target' } };
    const body = { metadata, spec: { containers: [shell('sleep 60')] } };
    await core.createNamespacedPod({ namespace, body });
    await becomes('target-pod', 'Running');
    await run('asks', shell('getent hosts target.default.svc'));
    await becomes('asks', 'Succeeded');
    const address = cluster.pod('target-pod')?.status.podIP ?? 'none';
    expect(cluster.log('asks')).toContain(address);
    await core.deleteNamespacedPod({ namespace, name: 'target-pod', gracePeriodSeconds: 0 });
  });

  test('asks the API with its account’s token', async () => {
    const script = `
      cd /var/run/secrets/kubernetes.io/serviceaccount
      curl -s --cacert ca.crt -H "Authorization: Bearer $(cat token)" \\
        https://kubernetes.default.svc:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/default/pods`;
    await run('asks-api', shell(script));
    await becomes('asks-api', 'Succeeded');
    expect(JSON.parse(cluster.log('asks-api'))).toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining('User "system:serviceaccount:default:default" cannot list'),
    });
  });
});

describe('a pod', () => {
  test('waits for the secret that it mounts', async () => {
    const volumes = [{ name: 'late', secret: { secretName: 'late' } }];
    const volumeMounts = [{ name: 'late', mountPath: '/late' }];
    await run('early', shell('cat /late/key', { volumeMounts }), { volumes });
    await expect.poll(() => reasons('early')).toContain('FailedMount');
    expect(state('early')).toEqual({ waiting: { reason: 'ContainerCreating' } });
    const body = { metadata: { name: 'late' }, stringData: { key: 'here' } };
    await core.createNamespacedSecret({ namespace, body });
    await becomes('early', 'Succeeded');
    expect(cluster.log('early')).toBe('here\n');
  });

  test('waits for the secret that its environment names', async () => {
    const secretKeyRef = { name: 'absent', key: 'key' };
    await run('unset', shell('true', { env: [{ name: 'A', valueFrom: { secretKeyRef } }] }));
    await expect
      .poll(() => state('unset'))
      .toEqual({
        waiting: { reason: 'CreateContainerConfigError', message: 'secret "absent" not found' },
      });
    await core.deleteNamespacedPod({ namespace, name: 'unset' });
  });

  test('is unschedulable while nothing has room for it, and starts once something has', async () => {
    const resources = { requests: { cpu: '100' } };
    await run('large', shell('true', { resources }));
    await expect.poll(() => reasons('large')).toContain('FailedScheduling');
    const condition = cluster
      .pod('large')
      ?.status.conditions?.find(({ type }) => type === 'PodScheduled');
    expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(condition?.message).toContain(
      '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {dedicated: etl}.',
    );
    cluster.addNode({ name: 'huge', cpu: '128' });
    await becomes('large', 'Succeeded');
    expect(cluster.pod('large')?.spec.nodeName).toBe('huge');
  });

  test('runs init containers in turn, with sidecars beside', async () => {
    const kept = { volumeMounts: [{ name: 'kept', mountPath: '/kept' }] };
    const wait = 'while [ ! -e /kept/side ]; do sleep 0.05; done; cat /kept/one';
    await run('main', shell(wait, kept), {
      volumes: [{ name: 'kept', emptyDir: {} }],
      initContainers: [
        shell('echo first >/kept/one', { ...kept, name: 'first' }),
        shell('trap "exit 0" TERM; touch /kept/side; while :; do sleep 0.05; done', {
          ...{ ...kept, name: 'side', restartPolicy: 'Always' },
        }),
      ],
    });
    await becomes('main', 'Succeeded');
    expect(cluster.log('main')).toBe('first\n');
  });

  test('has failed when its init container has', async () => {
    const initContainers = [shell('exit 4', { name: 'first' })];
    await run('stuck', shell('true'), { initContainers });
    await becomes('stuck', 'Failed');
    expect(state('stuck')).toMatchObject({ waiting: {} });
  });

  test('is told to end, and removed when it has', async () => {
    await run(
      'polite',
      shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done'),
    );
    await prints('polite', 'up');
    const deleted = await core.deleteNamespacedPod({ namespace, name: 'polite' });
    expect(deleted.metadata?.deletionTimestamp).toBeInstanceOf(Date);
    await expect.poll(() => cluster.pod('polite'), { timeout: 10_000 }).toBeUndefined();
    expect(reasons('polite')).toContain('Killing');
  });

  test('is killed when its grace is over, with all that it began', async () => {
    await run('deaf', shell('trap "" TERM; sleep 987654 & echo up; while :; do sleep 0.05; done'));
    await prints('deaf', 'up');
    expect(processesNaming('987654').length).toBeGreaterThan(0);
    await core.deleteNamespacedPod({ namespace, name: 'deaf', gracePeriodSeconds: 1 });
    await expect.poll(() => cluster.pod('deaf'), { timeout: 10_000 }).toBeUndefined();
    expect(processesNaming('sleep 987654')).toEqual([]);
  });

  test('fails when its deadline passes', async () => {
    await run('slow', shell('sleep 60'), { activeDeadlineSeconds: 1 });
    await becomes('slow', 'Failed');
    expect(cluster.pod('slow')?.status.reason).toBe('DeadlineExceeded');
  });

  test('says that it wanted too much memory', async () => {
    await run('greedy', shell('echo up; sleep 60'));
    await prints('greedy', 'up');
    cluster.killForMemory('greedy');
    await becomes('greedy', 'Failed');
    expect(state('greedy')).toMatchObject({ terminated: { reason: 'OOMKilled', exitCode: 137 } });
  });

  test('is evicted', async () => {
    await run('evicted', shell('echo up; sleep 60'));
    await prints('evicted', 'up');
    await cluster.evict('evicted');
    expect(cluster.pod('evicted')?.status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(reasons('evicted')).toContain('Evicted');
  });

  test('is preempted', async () => {
    await run('small', shell('echo up; sleep 60'), { terminationGracePeriodSeconds: 1 });
    await prints('small', 'up');
    cluster.preempt('small');
    expect(cluster.pod('small')?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'PreemptionByScheduler' }),
    );
    await expect.poll(() => cluster.pod('small'), { timeout: 10_000 }).toBeUndefined();
  });

  test('is unknown when its node is lost, and stays when nobody can end it', async () => {
    cluster.addNode({ name: 'frail', labels: { kind: 'frail' } });
    await run('lost', shell('echo up; sleep 60'), { nodeSelector: { kind: 'frail' } });
    await prints('lost', 'up');
    cluster.loseNode('frail');
    expect(cluster.pod('lost')?.status).toMatchObject({ phase: 'Unknown', reason: 'NodeLost' });
    cluster.giveUpOn('frail');
    expect(cluster.pod('lost')?.metadata.deletionTimestamp).toBeDefined();
    await core.deleteNamespacedPod({ namespace, name: 'lost', gracePeriodSeconds: 0 });
    expect(cluster.pod('lost')).toBeUndefined();
  });
});
