import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  EventsV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KubernetesCluster, startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { plainImage } from '../../support/kubernetes/images.ts';
import { sparkApplications } from '../../support/kubernetes/resources.ts';

const namespace = 'engines';

let cluster: KubernetesCluster;
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  cluster = await startKubernetes({
    namespaces: [namespace, 'small'],
    runs: false,
    hasSparkOperator: true,
    images: { spark: plainImage },
    rules: [
      { user: 'reader', verbs: ['get', 'list'], resources: ['pods'], namespaces: [namespace] },
    ],
    bookmarkMs: 20,
  });
  config = new KubeConfig();
  config.loadFromFile(cluster.writeKubeconfig());
  core = config.makeApiClient(CoreV1Api);
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  cluster.faults.clear();
  for (const space of [namespace, 'small'])
    await core.deleteCollectionNamespacedPod({ namespace: space, gracePeriodSeconds: 0 });
  cluster.faults.forgetRequests();
});

const podOf = (name: string, more: Partial<V1Pod['spec']> = {}) => ({
  metadata: { name, labels: { app: 'engine' } },
  spec: { restartPolicy: 'Never', containers: [{ name: 'driver', image: 'spark' }], ...more },
});
/** What an object of a class holds. */
const fieldsOf = <Held extends object>(held: Held): { [Key in keyof Held]: Held[Key] } => held;
const create = (body: V1Pod, space = namespace) =>
  core.createNamespacedPod({ namespace: space, body });

/** The Status that a refusal carries. */
async function refusalOf(call: Promise<unknown>): Promise<V1Status> {
  const error: unknown = await call.then(
    () => undefined,
    (refusal: unknown) => refusal,
  );
  if (!(error instanceof ApiException)) throw new Error(`no refusal: ${String(error)}`);
  return typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
}

const until = (isSo: () => boolean) =>
  expect.poll(isSo, { timeout: 10_000, interval: 5 }).toBe(true);

describe('objects', () => {
  test('come back with what the server adds', async () => {
    const made = await create({
      ...podOf(''),
      metadata: { generateName: 'engine-', labels: { a: 'b' } },
    });
    expect(made.metadata?.name).toMatch(/^engine-[a-z0-9]{5}$/);
    expect(made.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(made.spec).toMatchObject({
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 30,
    });
    expect(made.status?.phase).toBe('Pending');
    const read = await core.readNamespacedPod({ namespace, name: made.metadata?.name ?? '' });
    expect(read.metadata?.uid).toBe(made.metadata?.uid);
  });

  test('of the same name are refused', async () => {
    await create(podOf('one'));
    expect(await refusalOf(create(podOf('one')))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'pods "one" already exists',
    });
  });

  test('that nobody made are not found', async () => {
    expect(await refusalOf(core.readNamespacedPod({ namespace, name: 'no' }))).toMatchObject({
      code: 404,
      reason: 'NotFound',
      details: { name: 'no', kind: 'pods' },
    });
    expect(await refusalOf(create(podOf('one'), 'nowhere'))).toMatchObject({
      message: 'namespaces "nowhere" not found',
    });
  });

  test('are replaced only from their newest version', async () => {
    const body = { metadata: { name: 'settings' }, data: { a: '1' } };
    const first = await core.createNamespacedConfigMap({ namespace, body });
    const target = { namespace, name: 'settings' };
    await core.replaceNamespacedConfigMap({
      ...target,
      body: { ...fieldsOf(first), data: { a: '2' } },
    });
    const late = core.replaceNamespacedConfigMap({
      ...target,
      body: { ...fieldsOf(first), data: { a: '3' } },
    });
    expect(await refusalOf(late)).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await core.readNamespacedConfigMap(target)).data).toEqual({ a: '2' });
    await core.deleteNamespacedConfigMap(target);
  });

  test.each([
    ['JSON', PatchStrategy.JsonPatch, [{ op: 'add', path: '/metadata/labels/x~1y', value: 'z' }]],
    ['merge', PatchStrategy.MergePatch, { metadata: { labels: { 'x/y': 'z' } } }],
    [
      'strategic merge',
      PatchStrategy.StrategicMergePatch,
      { metadata: { labels: { 'x/y': 'z' } } },
    ],
    [
      'apply',
      PatchStrategy.ServerSideApply,
      { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { 'x/y': 'z' } } },
    ],
  ])('take a %s patch', async (_, strategy, body) => {
    await create(podOf('one'));
    const patch = { namespace, name: 'one', body, fieldManager: 'test', force: true };
    const { force, ...plain } = patch;
    const request = strategy === PatchStrategy.ServerSideApply ? { ...plain, force } : plain;
    const patched = await core.patchNamespacedPod(
      request,
      setHeaderOptions('Content-Type', strategy),
    );
    expect(patched.metadata?.labels).toEqual({ app: 'engine', 'x/y': 'z' });
  });

  test('keep what may not be changed', async () => {
    const pod = await create(podOf('one'));
    const spec = { ...podOf('one').spec, containers: [{ name: 'other', image: 'spark' }] };
    const body = { ...fieldsOf(pod), metadata: { name: 'one' }, spec };
    const refusal = await refusalOf(core.replaceNamespacedPod({ namespace, name: 'one', body }));
    expect(refusal).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(refusal.details?.causes?.[0]?.field).toBe('spec');
  });

  test('that one of another deleted pod was meant are not deleted', async () => {
    await create(podOf('one'));
    const body = { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } };
    const call = core.deleteNamespacedPod({ namespace, name: 'one', body });
    expect(await refusalOf(call)).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  test('go with their owner, and at once when it has gone before', async () => {
    const owner = await create(podOf('owner'));
    const reference = {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'owner',
      uid: owner.metadata?.uid ?? '',
    };
    const secret = (name: string) => ({ metadata: { name, ownerReferences: [reference] } });
    await core.createNamespacedSecret({ namespace, body: secret('kept') });
    await core.deleteNamespacedPod({ namespace, name: 'owner', gracePeriodSeconds: 0 });
    const names = async () =>
      (await core.listNamespacedSecret({ namespace })).items.map(({ metadata }) => metadata?.name);
    await expect.poll(names).toEqual([]);
    await core.createNamespacedSecret({ namespace, body: secret('late') });
    await expect.poll(names).toEqual([]);
  });
});

describe('what the schemas and rules refuse', () => {
  test.each<[string, unknown, number, string]>([
    [
      'a value of another type',
      { ...podOf('one'), spec: { containers: [{ name: 'a', image: 'spark', args: [1] }] } },
      400,
      'json: cannot unmarshal number into field "spec.containers[0].args[0]"',
    ],
    [
      'a container without a name',
      { ...podOf('one'), spec: { containers: [{ image: 'spark' }] } },
      422,
      'Pod "one" is invalid: spec.containers[0].name: Required value',
    ],
    ['a name with capitals', podOf('One'), 422, 'metadata.name: Invalid value: "One"'],
    [
      'a label longer than 63 characters',
      { ...podOf('one'), metadata: { name: 'one', labels: { a: 'b'.repeat(64) } } },
      422,
      'must be no more than 63 bytes',
    ],
    [
      'a label with a character of an address',
      { ...podOf('one'), metadata: { name: 'one', labels: { user: 'ann@corp' } } },
      422,
      'a valid label must be',
    ],
    [
      'a mount of no volume',
      podOf('one', {
        containers: [{ name: 'a', image: 'spark', volumeMounts: [{ name: 'x', mountPath: '/x' }] }],
      }),
      422,
      'spec.containers[0].volumeMounts[0].name: Not found: "x"',
    ],
    [
      'more requested than the limit',
      podOf('one', {
        containers: [
          {
            name: 'a',
            image: 'spark',
            resources: { requests: { cpu: '2' }, limits: { cpu: '1500m' } },
          },
        ],
      }),
      422,
      'must be less than or equal to cpu limit of 1500m',
    ],
    [
      'a service account that is not there',
      podOf('one', { serviceAccountName: 'ghost' }),
      403,
      'error looking up service account engines/ghost: serviceaccount "ghost" not found',
    ],
  ])('%s', async (_, body, code, text) => {
    // the test is about what is none
    const refusal = await refusalOf(create(body as V1Pod));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(text);
  });

  test('an unknown field', async () => {
    const body = { ...podOf('one'), spec: { containers: [], hostIp: 'x' } };
    const response = await fetch(`${cluster.plainUrl}/api/v1/namespaces/${namespace}/pods`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body), // the client would leave the field out
    });
    expect(await response.json()).toMatchObject({
      kind: 'Status',
      code: 400,
      message:
        'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.hostIp"',
    });
  });

  test('a SparkApplication that its definition does not allow', async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    const body = {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name: 'app' },
      spec: { type: 'Java', sparkVersion: '3.5.9', driver: {}, executor: { cores: 0 } },
    };
    const place = { group: 'sparkoperator.k8s.io', version: 'v1beta2', namespace };
    const plural = 'sparkapplications';
    const call = api.createNamespacedCustomObject({ ...place, plural, body });
    const refusal = await refusalOf(call);
    expect(refusal.code).toBe(422);
    expect(refusal.details?.causes?.map(({ field }) => field)).toEqual([
      'spec.mainApplicationFile',
      'spec.executor.cores',
    ]);
  });

  test('more than the quota', async () => {
    const hard = { pods: '2', 'requests.cpu': '3' };
    const body = { metadata: { name: 'limits' }, spec: { hard } };
    await core.createNamespacedResourceQuota({ namespace: 'small', body });
    const pod = (name: string) =>
      podOf(name, {
        containers: [{ name: 'a', image: 'spark', resources: { requests: { cpu: '2' } } }],
      });
    expect((await refusalOf(create(podOf('none'), 'small'))).message).toBe(
      'pods "none" is forbidden: failed quota: limits: must specify requests.cpu for: driver',
    );
    await create(pod('one'), 'small');
    const refusal = await refusalOf(create(pod('two'), 'small'));
    expect(refusal).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(refusal.message).toBe(
      'pods "two" is forbidden: exceeded quota: limits, requested: requests.cpu=2, used: requests.cpu=2, limited: requests.cpu=3',
    );
    const quota = await core.readNamespacedResourceQuota({ namespace: 'small', name: 'limits' });
    expect(quota.status?.used).toEqual({ pods: '1', 'requests.cpu': '2' });
    await core.deleteNamespacedResourceQuota({ namespace: 'small', name: 'limits' });
  });

  test('a user whom no rule allows it, and a token that nobody has', async () => {
    const as = (token: string) => {
      const other = new KubeConfig();
      other.loadFromFile(cluster.writeKubeconfig(token));
      return other.makeApiClient(CoreV1Api);
    };
    const reader = as(cluster.access.tokenFor('reader'));
    expect((await reader.listNamespacedPod({ namespace })).items).toEqual([]);
    expect(
      await refusalOf(reader.createNamespacedPod({ namespace, body: podOf('one') })),
    ).toMatchObject({
      code: 403,
      message:
        'pods is forbidden: User "reader" cannot create resource "pods" in API group "" in the namespace "engines"',
    });
    await expect(as('none').listNamespacedPod({ namespace })).rejects.toMatchObject({ code: 401 });
  });
});

describe('lists and watches', () => {
  const names = (items: readonly V1Pod[]) => items.map(({ metadata }) => metadata?.name);

  test('select by labels and fields', async () => {
    await create(podOf('one'));
    await create({ ...podOf('two'), metadata: { name: 'two', labels: { app: 'other' } } });
    await until(() => cluster.pods(namespace).every(({ status }) => status.phase === 'Running'));
    const select = async (labelSelector: string, fieldSelector = '') =>
      names((await core.listNamespacedPod({ namespace, labelSelector, fieldSelector })).items);
    expect(await select('app=engine')).toEqual(['one']);
    expect(await select('app in (engine, other),!x')).toEqual(['one', 'two']);
    expect(await select('app!=engine')).toEqual(['two']);
    expect(await select('app notin (engine)')).toEqual(['two']);
    expect(await select('', 'metadata.name=two')).toEqual(['two']);
    expect(await select('', 'status.phase!=Running')).toEqual([]);
    expect(await refusalOf(select('', 'spec.priority=1'))).toMatchObject({ code: 400 });
  });

  test('come by pages, whose token is refused once it is too old', async () => {
    for (const name of ['a', 'b', 'c']) await create(podOf(name));
    const first = await core.listNamespacedPod({ namespace, limit: 2 });
    expect([names(first.items), first.metadata?.remainingItemCount]).toEqual([['a', 'b'], 1]);
    const next = { namespace, limit: 2, _continue: first.metadata?._continue ?? '' };
    expect(names((await core.listNamespacedPod(next)).items)).toEqual(['c']);
    cluster.compact();
    expect(await refusalOf(core.listNamespacedPod(next))).toMatchObject({
      code: 410,
      reason: 'Expired',
    });
  });

  interface Seen {
    readonly type: string;
    readonly object: V1Pod & V1Status;
  }

  async function watching(query: Record<string, string>) {
    const seen: Seen[] = [];
    const ended = Promise.withResolvers<unknown>();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const controller = await new Watch(config).watch(
      path,
      query,
      (type: string, object: V1Pod & V1Status) => seen.push({ type, object }),
      (error: unknown) => ended.resolve(error),
    );
    return { seen, ended: ended.promise, stop: () => controller.abort() };
  }

  test('go on from a version, and see a pod come to and leave their selector', async () => {
    const { metadata } = await core.listNamespacedPod({ namespace });
    await create({ ...podOf('one'), metadata: { name: 'one' } });
    const watch = await watching({
      labelSelector: 'state=on',
      resourceVersion: metadata?.resourceVersion ?? '',
    });
    const label = (state: string) =>
      core.patchNamespacedPod(
        { namespace, name: 'one', body: { metadata: { labels: { state } } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    await label('on');
    await label('off');
    await until(() => watch.seen.length >= 2);
    watch.stop();
    const types = watch.seen.map(({ type, object }) => [type, object.metadata?.name]);
    expect([types.at(0), types.at(-1)]).toEqual([
      ['ADDED', 'one'],
      ['DELETED', 'one'],
    ]);
  });

  test('are told bookmarks, and that their version is gone', async () => {
    const { metadata } = await core.listNamespacedPod({ namespace });
    const resourceVersion = metadata?.resourceVersion ?? '';
    const watch = await watching({ resourceVersion, allowWatchBookmarks: 'true' });
    await until(() => watch.seen.some(({ type }) => type === 'BOOKMARK'));
    watch.stop();
    cluster.compact();
    const late = await watching({ resourceVersion });
    await late.ended;
    expect(late.seen).toHaveLength(1);
    expect(late.seen[0]).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  test('end after the time that was asked for', async () => {
    const watch = await watching({ timeoutSeconds: '1' });
    expect(cluster.openWatches).toHaveLength(1);
    await watch.ended;
    await until(() => cluster.openWatches.length === 0);
  });

  test('serve an informer, also after its connection broke and its version is gone', async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, () =>
      core.listNamespacedPod({ namespace }),
    );
    const known = new Set<string>();
    informer.on('add', ({ metadata }) => known.add(metadata?.name ?? ''));
    informer.on('delete', ({ metadata }) => known.delete(metadata?.name ?? ''));
    informer.on('error', () => setTimeout(() => void informer.start(), 10));
    await create(podOf('one'));
    await informer.start();
    await create(podOf('two'));
    await until(() => known.has('one') && known.has('two'));
    cluster.breakWatches();
    cluster.compact();
    await create(podOf('three'));
    await core.deleteNamespacedPod({ namespace, name: 'one', gracePeriodSeconds: 0 });
    await until(() => known.has('three') && !known.has('one'));
    await informer.stop();
    expect(cluster.faults.count('watch', 'pods')).toBeGreaterThan(1);
  });

  test('show the same events in both groups', async () => {
    await create(podOf('one', { containers: [{ name: 'a', image: 'spark' }] }));
    await until(() => cluster.pod('one', namespace)?.status.phase === 'Running');
    const fieldSelector = 'involvedObject.name=one,reason=Scheduled';
    const { items } = await core.listNamespacedEvent({ namespace, fieldSelector });
    const same = await config
      .makeApiClient(EventsV1Api)
      .listNamespacedEvent({ namespace, fieldSelector: 'regarding.name=one,reason=Scheduled' });
    expect(items[0]?.message).toBe('Successfully assigned engines/one to node-1');
    expect(same.items[0]).toMatchObject({
      note: items[0]?.message,
      regarding: { kind: 'Pod', name: 'one' },
    });
  });
});

describe('faults', () => {
  test('refuse so many requests, with the time to wait', async () => {
    const fault = { kind: 'status', code: 429, retryAfterSeconds: 3 } as const;
    cluster.faults.add(({ verb }) => verb === 'create', fault, 2);
    for (let time = 0; time < 2; time += 1) {
      const error: unknown = await create(podOf('one')).catch((refusal: unknown) => refusal);
      if (!(error instanceof ApiException)) throw new Error('it was let in');
      expect([error.code, error.headers['retry-after']]).toEqual([429, '3']);
    }
    await create(podOf('one'));
    expect(cluster.faults.requests.map(({ verb, status }) => [verb, status])).toEqual([
      ['create', 429],
      ['create', 429],
      ['create', 201],
    ]);
  });

  test('lose the reply to what was done', async () => {
    cluster.faults.add(({ verb }) => verb === 'create', { kind: 'lost-reply' }, 1);
    await expect(create(podOf('one'))).rejects.toBeInstanceOf(Error);
    expect(cluster.pod('one', namespace)?.metadata.name).toBe('one');
  });

  test('cut the connection before anything is done', async () => {
    cluster.faults.add(({ verb }) => verb === 'create', { kind: 'cut' }, 1);
    await expect(create(podOf('one'))).rejects.toBeInstanceOf(Error);
    expect(cluster.pod('one', namespace)).toBeUndefined();
  });

  test('hold a request until the test lets it go', async () => {
    const held = Promise.withResolvers<void>();
    cluster.faults.add(({ verb }) => verb === 'create', { kind: 'hold', until: held.promise }, 1);
    const call = create(podOf('one'));
    await until(() => cluster.faults.count('create', 'pods') === 1);
    expect(cluster.pod('one', namespace)).toBeUndefined();
    held.resolve();
    expect((await call).metadata?.name).toBe('one');
  });
});

describe('pods where nothing runs', () => {
  test('come up and end as the test says, with logs', async () => {
    await create(podOf('one'));
    await until(() => cluster.pod('one', namespace)?.status.phase === 'Running');
    cluster.print('one', 'first', undefined, namespace);
    cluster.print('one', 'second', undefined, namespace);
    cluster.finish('one', 7, undefined, namespace);
    await until(() => cluster.pod('one', namespace)?.status.phase === 'Failed');
    const log = await core.readNamespacedPodLog({ namespace, name: 'one', tailLines: 1 });
    expect(log).toBe('second\n');
    const pod = await core.readNamespacedPod({ namespace, name: 'one' });
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 7,
      reason: 'Error',
    });
  });

  test('come from the Spark operator, which says how they end', async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    const place = { group: 'sparkoperator.k8s.io', version: 'v1beta2', namespace };
    const plural = 'sparkapplications';
    const body = {
      ...{ apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication' },
      metadata: { name: 'app' },
      spec: {
        ...{ type: 'Java', sparkVersion: '3.5.9', image: 'spark', mainClass: 'Main' },
        ...{ mainApplicationFile: 'local:///job.jar', driver: { labels: { team: 'etl' } } },
        executor: { instances: 1 },
      },
    };
    await api.createNamespacedCustomObject({ ...place, plural, body });
    const status = () => cluster.api.store.find(sparkApplications, namespace, 'app')?.['status'];
    await expect.poll(status).toMatchObject({
      applicationState: { state: 'RUNNING' },
      driverInfo: { podName: 'app-driver' },
    });
    expect(cluster.pod('app-driver', namespace)?.metadata.labels?.['team']).toBe('etl');
    cluster.finish('app-driver', 1, undefined, namespace);
    await expect.poll(status).toMatchObject({
      applicationState: {
        state: 'FAILED',
        errorMessage: 'driver container failed with ExitCode: 1, Reason: Error',
      },
    });
    await api.deleteNamespacedCustomObject({ ...place, plural, name: 'app' });
    await until(() => cluster.pod('app-driver', namespace) === undefined);
  });
});
