import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SubmitError, type JobView } from '../../../src/launch/job-platform.ts';
import { freePort } from '../../support/free-port.ts';
import type { ApiRequest } from '../../support/kubernetes/api-request.ts';
import { plainImage } from '../../support/kubernetes/images.ts';
import { pods, quotas, secrets, services } from '../../support/kubernetes/resources.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { type Follower, KubernetesLab, namespace, never } from './kubernetes-lab.ts';

let lab: KubernetesLab;
afterEach(() => lab.stop());

const silent = (): void => undefined;
const nameOf = (tag: string): string => `torii-${tag}`;
const creates =
  (plural: string) =>
  ({ verb, resource }: ApiRequest): boolean =>
    verb === 'create' && resource.plural === plural;
const trouble = (promise: Promise<unknown>): Promise<SubmitError> =>
  promise.then(
    () => Promise.reject(new Error('it was started')),
    (thrown: unknown) =>
      thrown instanceof SubmitError ? thrown : Promise.reject(new Error(String(thrown))),
  );
const isEnded = ({ state }: JobView): boolean => state.kind === 'ended';
const isRunning = ({ state }: JobView): boolean => state.kind === 'running';

async function running(): Promise<{ tag: string; follower: Follower; name: string }> {
  const platform = lab.platform();
  const follower = lab.follow(platform);
  const job = lab.job();
  await platform.submit(job, silent, never);
  await follower.view(job.tag, isRunning);
  return { tag: job.tag, follower, name: nameOf(job.tag) };
}

describe('submitting', () => {
  it('makes the pod, its secret and its service, which go with it', async () => {
    lab = await KubernetesLab.start();
    const platform = lab.platform({ driverService: true });
    const follower = lab.follow(platform);
    const job = lab.job();
    const ref = await platform.submit(job, silent, never);
    const name = nameOf(job.tag);
    const secret = lab.cluster.faults.requests.filter(creates('secrets'));
    expect(secret.map(({ status }) => status)).toEqual([201]);
    expect(lab.cluster.faults.count('create', 'services')).toBe(1);
    await follower.view(job.tag, isRunning);
    await platform.kill(job.tag, ref, never);
    await follower.until(({ goneTags }) => goneTags.includes(job.tag));
    expect(lab.cluster.pod(name, namespace)).toBeUndefined();
    await vi.waitFor(() => {
      expect(leftovers()).toEqual([]);
    });
    // Nobody knows it any more, and that is no failure.
    await platform.kill(job.tag, ref, never);
  });

  it.each(['pods', 'secrets'])(
    'a second time, after the answer about its %s was lost, makes no second one',
    async (plural) => {
      lab = await KubernetesLab.start();
      const platform = lab.platform();
      const job = lab.job();
      lab.cluster.faults.add(creates(plural), { kind: 'lost-reply' }, 1);
      const lost = await trouble(platform.submit(job, silent, never));
      expect(lost.trouble).toBe('unclear');
      const [seen] = await platform.list(never);
      expect(seen?.tag).toBe(job.tag);
      const said: string[] = [];
      await platform.submit(job, (line) => said.push(line), never);
      expect(said.at(-1)).toContain('was there already');
      expect(lab.cluster.pods(namespace)).toHaveLength(1);
      expect(leftovers()).toEqual([nameOf(job.tag)]);
    },
  );

  it('takes away the pod where its secret is refused', async () => {
    lab = await KubernetesLab.start();
    const fault = { kind: 'status', code: 403, message: 'no secrets today' } as const;
    lab.cluster.faults.add(creates('secrets'), fault, 1);
    const refused = await trouble(lab.platform().submit(lab.job(), silent, never));
    expect(refused).toMatchObject({ trouble: 'refused' });
    await vi.waitFor(() => {
      expect(lab.cluster.pods(namespace)).toEqual([]);
    });
  });

  it('refuses a pod of that name that is not ours', async () => {
    lab = await KubernetesLab.start();
    const job = lab.job();
    await lab.platform().submit(job, silent, never);
    const other = await trouble(
      lab.platform().submit({ ...job, fleet: 'ffffffffffff' }, silent, never),
    );
    expect(other).toMatchObject({ trouble: 'refused' });
    expect(other.message).toContain('fleet');
  });

  it.each([
    [{ code: 500, message: 'etcd is slow' }, 'unclear', undefined],
    [{ code: 504, message: 'timeout' }, 'unclear', undefined],
    [{ code: 503, message: 'not now', retryAfterSeconds: 3 }, 'busy', 3000],
    [{ code: 429, message: 'too many', retryAfterSeconds: 7 }, 'busy', 7000],
    [{ code: 401, message: 'who are you' }, 'refused', undefined],
  ])('that fails by %j is %s', async (fault, expected, retryAfterMs) => {
    lab = await KubernetesLab.start();
    lab.cluster.faults.add(creates('pods'), { kind: 'status', ...fault }, 1);
    const failed = await trouble(lab.platform().submit(lab.job(), silent, never));
    expect(failed).toMatchObject({ trouble: expected, retryAfterMs });
    // The client keeps the words of a 401 to itself.
    expect(failed.message).toContain(fault.code === 401 ? 'HTTP 401' : fault.message);
  });

  it('says which field the cluster does not take', async () => {
    lab = await KubernetesLab.start();
    const job = lab.job({ 'spark.kubernetes.driver.label.team': 'not a label!' });
    const refused = await trouble(lab.platform().submit(job, silent, never));
    expect(refused.trouble).toBe('refused');
    expect(refused.message).toContain('metadata.labels');
  });

  it('says what its account may not do, and that a namespace is missing', async () => {
    lab = await KubernetesLab.start();
    const token = lab.cluster.access.tokenFor('gateway');
    const kubeconfig = lab.cluster.writeKubeconfig(token);
    const forbidden = await trouble(lab.platform({ kubeconfig }).submit(lab.job(), silent, never));
    expect(forbidden.trouble).toBe('refused');
    expect(forbidden.message).toMatch(/cannot create resource "pods"/);
    expect(forbidden.hint).toContain('service account of the gateway');
    const nowhere = lab.platform({ namespace: 'nowhere' });
    const missing = await trouble(nowhere.submit(lab.job(), silent, never));
    expect(missing.trouble).toBe('refused');
    expect(missing.message).toContain('"nowhere" not found');
    expect(missing.hint).toContain('namespace');
  });

  it('waits its turn where the quota is used up', async () => {
    lab = await KubernetesLab.start();
    const quota = { metadata: { name: 'few' }, spec: { hard: { pods: '1' } } };
    lab.cluster.api.create(quotas, namespace, quota);
    const platform = lab.platform();
    await platform.submit(lab.job(), silent, never);
    const busy = await trouble(platform.submit(lab.job(), silent, never));
    expect(busy.trouble).toBe('busy');
    expect(busy.message).toContain('exceeded quota: few');
  });
});

describe('a pod that fails', () => {
  it('for want of memory says so', async () => {
    lab = await KubernetesLab.start();
    const { tag, follower, name } = await running();
    lab.cluster.killForMemory(name, undefined, namespace);
    expect(await follower.view(tag, isEnded)).toMatchObject({
      state: { kind: 'ended', outcome: 'failed' },
      platformState: 'Failed (OOMKilled)',
      hint: expect.stringContaining('spark.driver.memory') as string,
    });
  });

  it('by its exit code says so, and one that ends well has succeeded', async () => {
    lab = await KubernetesLab.start();
    const first = await running();
    lab.cluster.finish(first.name, 3, undefined, namespace);
    expect(await first.follower.view(first.tag, isEnded)).toMatchObject({
      state: { outcome: 'failed' },
      reason: expect.stringContaining('exit code 3') as string,
    });
    const second = await running();
    lab.cluster.finish(second.name, 0, undefined, namespace);
    expect(await second.follower.view(second.tag, isEnded)).toMatchObject({
      state: { outcome: 'succeeded' },
    });
  });

  it('by eviction or preemption says so', async () => {
    lab = await KubernetesLab.start();
    const first = await running();
    await lab.cluster.evict(first.name, namespace);
    expect(await first.follower.view(first.tag, isEnded)).toMatchObject({
      platformState: 'Failed (Evicted)',
      reason: expect.stringContaining('low on resource') as string,
    });
    const second = await running();
    lab.cluster.preempt(second.name, namespace);
    await second.follower.until(({ goneTags }) => goneTags.includes(second.tag));
    const said = second.follower.history.map(({ reason }) => reason ?? '');
    expect(said.some((reason) => reason.includes('higher priority'))).toBe(true);
  });

  it('on a lost node is not taken for dead before it is gone', async () => {
    lab = await KubernetesLab.start();
    const { tag, follower } = await running();
    lab.cluster.loseNode('node-1');
    const lost = await follower.view(tag, ({ platformState }) =>
      platformState.includes('NodeLost'),
    );
    expect(lost.state).toEqual({ kind: 'running' });
    expect(follower.history.filter(isEnded)).toEqual([]);
  });

  it.each([
    ['an image that can’t be had', { image: 'none:1' }, 'ErrImagePull', 'imagePullSecrets'],
    ['no room', { image: 'spark:test' }, 'Unschedulable', 'No node has room'],
  ])('with %s is pending with a reason and lines', async (_, spec, word, hint) => {
    lab = await KubernetesLab.start({ nodes: [{ name: 'small', cpu: '2', memory: '4Gi' }] });
    const platform = lab.platform(spec);
    const follower = lab.follow(platform);
    const job = lab.job(word === 'Unschedulable' ? { 'spark.driver.memory': '64g' } : {});
    await platform.submit(job, silent, never);
    const view = await follower.view(job.tag, ({ platformState }) => platformState.includes(word));
    expect(view.state.kind).toBe('pending');
    expect(view.reason ?? '').not.toBe('');
    expect(view.hint).toContain(hint);
    const event = word === 'Unschedulable' ? 'FailedScheduling' : 'Failed';
    await follower.until(({ lines }) => lines.some((line) => line.includes(`pod: ${event}: `)));
  });

  it('is over with its driver, whatever runs beside it, and is deleted', async () => {
    lab = await KubernetesLab.start();
    const podTemplate = join(lab.cluster.dir, 'template.yaml');
    writeFileSync(
      podTemplate,
      'spec:\n  containers:\n  - name: spark-kubernetes-driver\n  - {name: hive-metastore, image: "spark:test"}\n',
    );
    const platform = lab.platform({ podTemplate });
    const follower = lab.follow(platform);
    const job = lab.job();
    await platform.submit(job, silent, never);
    await follower.view(job.tag, isRunning);
    lab.cluster.finish(nameOf(job.tag), 4, 'spark-kubernetes-driver', namespace);
    expect(await follower.view(job.tag, isEnded)).toMatchObject({
      state: { kind: 'ended', outcome: 'failed' },
      reason: expect.stringContaining('exit code 4') as string,
    });
    await follower.until(({ goneTags }) => goneTags.includes(job.tag));
    expect(lab.cluster.pods(namespace)).toEqual([]);
  });
});

describe('following', () => {
  it('goes on with one list and one watch, however many pods there are', async () => {
    lab = await KubernetesLab.start();
    const platform = lab.platform();
    const follower = lab.follow(platform);
    await follower.until(({ alls }) => alls === 1);
    const job = lab.job();
    await platform.submit(job, silent, never);
    const made = lab.cluster.pod(nameOf(job.tag), namespace);
    for (let count = 1; count < 500; count += 1) {
      const tag = randomUUID();
      const labels = { ...made?.metadata.labels, 'torii.io/tag': tag };
      const containers = [{ name: 'spark-kubernetes-driver', image: 'spark:test' }];
      lab.cluster.api.create(pods, namespace, {
        metadata: { name: nameOf(tag), labels },
        spec: { containers },
      });
    }
    await follower.until(({ jobs }) => jobs.size === 500 && [...jobs.values()].every(isRunning));
    expect(follower.unreachables).toEqual([]);
    expect(lab.cluster.faults.count('list', 'pods')).toBe(1);
    expect(lab.cluster.openWatches.filter(isPodWatch)).toHaveLength(1);
    expect(await platform.list(never)).toHaveLength(500);
  });

  it('lists again when its version is too old, and misses nothing', async () => {
    lab = await KubernetesLab.start();
    const platform = lab.platform();
    const follower = lab.follow(platform);
    await follower.until(({ alls }) => alls === 1);
    const first = lab.job();
    lab.cluster.faults.add(isPodWatch, { kind: 'hold', until: Promise.resolve() }, 1);
    await platform.submit(first, silent, never);
    await follower.view(first.tag, isRunning);
    const expired = { kind: 'status', code: 410, reason: 'Expired', message: 'too old' } as const;
    lab.cluster.faults.add(isPodWatch, expired, 1);
    lab.cluster.breakWatches(isPodWatch);
    await follower.until(({ alls }) => alls === 2);
    expect(follower.jobs.get(first.tag)?.state.kind).toBe('running');
    const second = lab.job();
    await platform.submit(second, silent, never);
    await follower.view(second.tag, isRunning);
  });

  it('is never told of an empty cluster while that does not answer', async () => {
    lab = await KubernetesLab.start();
    const { tag, follower } = await running();
    const storm = { kind: 'status', code: 429, message: 'too many', retryAfterSeconds: 1 } as const;
    lab.cluster.faults.add(
      ({ verb, resource }) => verb !== 'create' && resource.plural === 'pods',
      storm,
    );
    lab.cluster.breakWatches(isPodWatch);
    await follower.until(({ unreachables }) => unreachables.length >= 2);
    expect(follower.jobs.get(tag)?.state.kind).toBe('running');
    const before = lab.cluster.faults.requests.length;
    lab.cluster.faults.clear();
    await follower.until(({ alls }) => alls >= 2);
    expect(follower.jobs.get(tag)?.state.kind).toBe('running');
    expect(lab.cluster.faults.requests.length - before).toBeLessThan(6);
    expect(follower.goneTags).toEqual([]);
  });

  it('watches events only while a launch is waited for', async () => {
    lab = await KubernetesLab.start();
    const { follower } = await running();
    await vi.waitFor(() => {
      expect(lab.cluster.openWatches.filter(isEventWatch)).toEqual([]);
    });
    expect(lab.cluster.faults.count('list', 'events')).toBeLessThanOrEqual(1);
    expect(follower.unreachables).toEqual([]);
  });

  it('deletes what ended long enough ago', async () => {
    lab = await KubernetesLab.start();
    const platform = lab.platform({}, { keepEndedMs: 0 });
    const follower = lab.follow(platform);
    const job = lab.job();
    await platform.submit(job, silent, never);
    await follower.view(job.tag, isRunning);
    lab.cluster.finish(nameOf(job.tag), 1, undefined, namespace);
    await follower.view(job.tag, isEnded);
    await follower.until(({ goneTags }) => goneTags.includes(job.tag));
    expect(lab.cluster.pods(namespace)).toEqual([]);
  });
});

describe('a sidecar', () => {
  const serve = (port: number): string =>
    `$SIG{TERM} = sub { exit 0 }; sleep 1; my $door = IO::Socket::INET->new(LocalPort => ${port}, Listen => 5, ReuseAddr => 1) or die; while (1) { my $client = $door->accept or next; print $client "word $ENV{WORD}\\n"; close $client }`;

  it('takes connections before the driver starts, has its secret, and ends with the driver', async () => {
    const port = await freePort();
    const spark = makeTempDir('sidecar');
    mkdirSync(join(spark, 'bin'));
    // At the first try: whoever starts too early finds nobody.
    const driver = `#!/bin/bash\ncat </dev/tcp/localhost/${port}\n`;
    writeFileSync(join(spark, 'bin', 'spark-submit'), driver, { mode: 0o755 });
    lab = await KubernetesLab.start({
      runs: true,
      images: {
        'spark:test': { ...plainImage, paths: { '/opt/spark': spark } },
        'server:test': { entrypoint: ['perl', '-MIO::Socket::INET', '-e', serve(port)] },
      },
    });
    const config = new KubeConfig();
    config.loadFromFile(lab.cluster.writeKubeconfig());
    await config.makeApiClient(CoreV1Api).createNamespacedSecret({
      namespace,
      body: { metadata: { name: 'database' }, stringData: { word: 'of-the-database' } },
    });
    const platform = lab.platform();
    const follower = lab.follow(platform);
    const word = { kind: 'secret', secret: 'database', key: 'word' } as const;
    const sidecars = [
      { name: 'server', image: 'server:test', port, environment: new Map([['WORD', word]]) },
    ];
    const job = lab.job({}, { sidecars });
    await platform.submit(job, silent, never);
    const view = await follower.view(job.tag, isEnded);
    expect(view.state).toEqual({ kind: 'ended', outcome: 'succeeded' });
    const pod = lab.cluster.pod(nameOf(job.tag), namespace);
    expect(lab.cluster.log(nameOf(job.tag), undefined, namespace)).toBe('word of-the-database\n');
    expect(pod?.status.initContainerStatuses?.[0]?.state).toHaveProperty('terminated');
    removeTempDir(spark);
  });

  it('that does not come up keeps the launch pending, with its trouble as the reason', async () => {
    lab = await KubernetesLab.start();
    const platform = lab.platform();
    const follower = lab.follow(platform);
    const sidecars = [{ name: 'server', image: 'none:1', port: 1, environment: new Map() }];
    const job = lab.job({}, { sidecars });
    await platform.submit(job, silent, never);
    const view = await follower.view(job.tag, ({ reason }) => reason !== undefined);
    expect(view.state.kind).toBe('pending');
    expect(view.platformState).toMatch(/ImagePull/);
    expect(view.reason).toContain('none:1');
  });
});

describe('the log of a driver', () => {
  it('comes as it is written, each line once, though the connection breaks', async () => {
    lab = await KubernetesLab.start();
    const platform = lab.platform();
    const follower = lab.follow(platform);
    const job = lab.job();
    await platform.submit(job, silent, never);
    const view = await follower.view(job.tag, isRunning);
    const name = nameOf(job.tag);
    const lines: string[] = [];
    let wake = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const line of platform.log(view, never)) {
        lines.push(line);
        wake.resolve();
        wake = Promise.withResolvers<void>();
      }
    })();
    const has = async (count: number): Promise<void> => {
      while (lines.length < count) await wake.promise;
    };
    for (const line of ['a', 'b', 'b']) lab.cluster.print(name, line, undefined, namespace);
    await has(3);
    lab.cluster.breakWatches(({ subresource }) => subresource === 'log');
    for (const line of ['c', '', 'd']) lab.cluster.print(name, line, undefined, namespace);
    await has(6);
    lab.cluster.print(name, 'last', undefined, namespace);
    lab.cluster.finish(name, 1, undefined, namespace);
    await reading;
    expect(lines).toEqual(['a', 'b', 'b', 'c', '', 'd', 'last']);
  });

  it('ends with the signal', async () => {
    lab = await KubernetesLab.start();
    const { follower, tag } = await running();
    const view = follower.jobs.get(tag);
    if (view === undefined) throw new Error('it runs');
    const end = new AbortController();
    const reading = (async () => {
      const lines: string[] = [];
      for await (const line of lab.platform().log(view, end.signal)) lines.push(line);
      return lines;
    })();
    end.abort();
    expect(await reading).toEqual([]);
  });
});

const isPodWatch = ({ verb, resource }: ApiRequest): boolean =>
  verb === 'watch' && resource.plural === 'pods';
const isEventWatch = ({ verb, resource }: ApiRequest): boolean =>
  verb === 'watch' && resource.plural === 'events';

/** Names of our secrets and services that are there. */
function leftovers(): readonly string[] {
  return [secrets, services].flatMap((resource) =>
    lab.cluster.api.store.list(resource, namespace).map(({ metadata }) => metadata.name ?? ''),
  );
}
