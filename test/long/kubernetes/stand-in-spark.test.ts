import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sparkImage } from '../../support/kubernetes/images.ts';
import { type KubernetesCluster, startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import type { Pod } from '../../support/kubernetes/pod.ts';
import { sparkApplications } from '../../support/kubernetes/resources.ts';
import type { SparkApplication } from '../../support/kubernetes/spark-application.ts';
import { buildSparkJob } from '../../support/kubernetes/spark-job.ts';
import { processesNaming, runProcess } from '../../support/processes.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { sparkEnvironment } from '../../support/spark-thrift-server.ts';

vi.setConfig({ testTimeout: 5 * 60_000 });
const limitMs = 4 * 60_000;
const namespace = 'jobs';
const place = {
  ...{ group: 'sparkoperator.k8s.io', version: 'v1beta2', namespace },
  plural: 'sparkapplications',
};

let cluster: KubernetesCluster;
let config: KubeConfig;
const ended: Pod[] = [];

beforeAll(async () => {
  cluster = await startKubernetes({
    ...{ namespaces: [namespace], serviceAccounts: { [namespace]: ['spark'] } },
    hasSparkOperator: true,
  });
  const jar = await buildSparkJob(cluster.dir);
  cluster.addImage('spark:3.5', sparkImage({ '/opt/job/job.jar': jar }));
  cluster.api.store.onChange(({ type, object }) => {
    // the kind tells
    if (type === 'DELETED' && object.kind === 'Pod') ended.push(object as Pod);
  });
  config = new KubeConfig();
  config.loadFromFile(cluster.writeKubeconfig());
});
afterAll(async () => {
  await cluster.stop();
  if (processesNaming(cluster.dir).length > 0) throw new Error('the cluster left processes behind');
});

/** Soon up, for a job of seconds. */
const javaOptions = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
const sized = {
  'spark.driver.extraJavaOptions': javaOptions,
  'spark.executor.extraJavaOptions': javaOptions,
  'spark.driver.memory': '512m',
  'spark.executor.memory': '512m',
  'spark.ui.enabled': 'false',
  // All executors are to take part.
  'spark.scheduler.minRegisteredResourcesRatio': '1.0',
  'spark.scheduler.maxRegisteredResourcesWaitingTime': '120s',
};

const application = (name: string, spec: Partial<SparkApplication['spec']> = {}) => ({
  ...{ apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', metadata: { name } },
  spec: {
    ...{ type: 'Java', mode: 'cluster', sparkVersion: '3.5.9', image: 'spark:3.5' },
    ...{ mainClass: 'SumRows', mainApplicationFile: 'local:///opt/job/job.jar' },
    sparkConf: sized,
    driver: { cores: 1, serviceAccount: 'spark' },
    executor: { instances: 1, cores: 1 },
    ...spec,
  },
});

const submitApplication = (body: object) =>
  config.makeApiClient(CustomObjectsApi).createNamespacedCustomObject({ ...place, body });

const stateOf = (name: string) => {
  // the schema has let it in as such
  const found = cluster.api.store.find(sparkApplications, namespace, name) as
    SparkApplication | undefined;
  return found?.status;
};

describe('Spark', () => {
  test('submits to the cluster a job that runs with two executors', async () => {
    const home = sparkHome('3.5');
    const tokenFile = join(cluster.dir, 'token');
    writeFileSync(tokenFile, cluster.token, { mode: 0o600 });
    const conf = {
      ...sized,
      'spark.kubernetes.namespace': namespace,
      'spark.kubernetes.container.image': 'spark:3.5',
      'spark.kubernetes.authenticate.driver.serviceAccountName': 'spark',
      'spark.kubernetes.authenticate.submission.oauthTokenFile': tokenFile,
      'spark.kubernetes.authenticate.submission.caCertFile': cluster.caFile,
      'spark.kubernetes.driver.pod.name': 'sum-driver',
      'spark.executor.instances': '2',
    };
    const args = ['--master', `k8s://${cluster.url}`, '--deploy-mode', 'cluster', '--name', 'sum'];
    args.push('--class', 'SumRows');
    for (const [key, value] of Object.entries(conf)) args.push('--conf', `${key}=${value}`);
    const submitted = await runProcess(
      join(home, 'bin', 'spark-submit'),
      [...args, 'local:///opt/job/job.jar'],
      { env: sparkEnvironment(home), limitMs },
    );
    if (submitted.code !== 0) throw new Error(submitted.stderr);
    expect(cluster.log('sum-driver', undefined, namespace)).toContain('sum 499500 executors 2');
    expect(cluster.pod('sum-driver', namespace)?.status.phase).toBe('Succeeded');
    const executors = [...cluster.pods(namespace), ...ended].filter(
      ({ metadata }) => metadata.labels?.['spark-role'] === 'executor',
    );
    expect(new Set(executors.map(({ metadata }) => metadata.name)).size).toBe(2);
    const driver = cluster.pod('sum-driver', namespace)?.metadata;
    expect(executors[0]?.metadata.ownerReferences?.[0]?.uid).toBe(driver?.uid);
    const core = config.makeApiClient(CoreV1Api);
    await core.deleteNamespacedPod({ namespace, name: 'sum-driver' });
    // Its configuration was the driver's.
    const maps = async () => (await core.listNamespacedConfigMap({ namespace })).items.length;
    await expect.poll(maps).toBe(1);
  });
});

describe('the Spark operator', () => {
  test('runs an application and says how far it is', async () => {
    await config.makeApiClient(CoreV1Api).createNamespacedSecret({
      namespace,
      body: { metadata: { name: 'keys' }, stringData: { key: 'value' } },
    });
    const states: string[] = [];
    const stop = cluster.api.store.onChange(({ resource, object }) => {
      if (resource !== sparkApplications) return;
      const state = stateOf(object.metadata.name)?.applicationState.state ?? '';
      if (states.at(-1) !== state) states.push(state);
    });
    const secretKeyRef = { name: 'keys', key: 'key' };
    const driver = {
      ...{ cores: 1, serviceAccount: 'spark', labels: { team: 'etl' } },
      env: [{ name: 'KEY', valueFrom: { secretKeyRef } }],
    };
    await submitApplication(application('app', { driver }));
    await expect.poll(() => states.at(-1), { timeout: limitMs }).toBe('COMPLETED');
    stop();
    expect(states).toEqual(['', 'SUBMITTED', 'RUNNING', 'SUCCEEDING', 'COMPLETED']);
    expect(stateOf('app')).toMatchObject({
      driverInfo: { podName: 'app-driver' },
      sparkApplicationId: expect.stringMatching(/^spark-[0-9a-f]+$/),
    });
    expect(Object.values(stateOf('app')?.executorState ?? {})).toHaveLength(1);
    expect(cluster.log('app-driver', undefined, namespace)).toContain('sum 499500 executors 1');
    const pod = cluster.pod('app-driver', namespace);
    expect(pod?.metadata.labels).toMatchObject({
      team: 'etl',
      'sparkoperator.k8s.io/app-name': 'app',
    });
    expect(pod?.spec.containers[0]?.env).toContainEqual({
      name: 'KEY',
      valueFrom: { secretKeyRef },
    });
    await config
      .makeApiClient(CustomObjectsApi)
      .deleteNamespacedCustomObject({ ...place, name: 'app' });
    await expect.poll(() => cluster.pod('app-driver', namespace)).toBeUndefined();
  });

  test('says why one could not be submitted', async () => {
    const body = { metadata: { name: 'none' }, spec: { hard: { 'requests.cpu': '0' } } };
    const core = config.makeApiClient(CoreV1Api);
    await core.createNamespacedResourceQuota({ namespace, body });
    await submitApplication(application('refused'));
    await expect
      .poll(() => stateOf('refused')?.applicationState.state, { timeout: limitMs })
      .toBe('SUBMISSION_FAILED');
    expect(stateOf('refused')?.applicationState.errorMessage).toContain('exceeded quota: none');
    await core.deleteNamespacedResourceQuota({ namespace, name: 'none' });
  });
});
