import { describe, expect, it } from 'vitest';
import { driverPod } from '../../../../src/launch/kubernetes/driver-pod.ts';
import { driverService } from '../../../../src/launch/kubernetes/driver-service.ts';
import { driverSettings } from '../../../../src/launch/kubernetes/driver-settings.ts';
import type { PodTemplate } from '../../../../src/launch/kubernetes/pod-template.ts';
import { ownedBy, settingsSecret } from '../../../../src/launch/kubernetes/settings-secret.ts';
import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import type { KubernetesSpec } from '../../../../src/preset/cluster-spec.ts';
import { jobOf, name, specOf, tag } from './engine-job.ts';

const labels = {
  'torii.io/fleet': '0123456789ab',
  'torii.io/tag': tag,
  'torii.io/user': 'alice_example.org',
  'torii.io/session': 's-1',
  'torii.io/preset': 'small',
  'kyuubi-unique-tag': tag,
};
const owner = ownedBy({ apiVersion: 'v1', kind: 'Pod', name, uid: 'u-1' });

const podOf = (
  job: EngineJob,
  spec: KubernetesSpec = specOf(),
  template?: PodTemplate,
): ReturnType<typeof driverPod> => driverPod(job, spec, driverSettings(job, spec).conf, template);

describe("a driver's pod", () => {
  it('runs spark-submit with settings that stand in a secret', () => {
    expect(podOf(jobOf({ 'spark.app.name': 'a', 'spark.my.password': 'x' }))).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'engines',
        labels: { ...labels, 'spark-role': 'driver' },
        annotations: {
          'torii.io/user': 'alice@example.org',
          'torii.io/session': 's-1',
          'torii.io/preset': 'small',
        },
      },
      spec: {
        restartPolicy: 'Never',
        serviceAccountName: 'spark',
        volumes: [
          { name: 'torii-settings', secret: { secretName: name, defaultMode: 0o444 } },
          { name: 'spark-local-dir-1', emptyDir: {} },
        ],
        containers: [
          {
            name: 'spark-kubernetes-driver',
            image: 'registry.example/spark:3.5.9',
            command: ['/opt/spark/bin/spark-submit'],
            args: [
              ...['--class', 'io.torii.engine.EngineMain'],
              ...['--properties-file', '/etc/torii/spark.properties'],
              ...['--conf', 'spark.driver.bindAddress=$(SPARK_DRIVER_BIND_ADDRESS)'],
              ...['--conf', 'spark.driver.host=$(SPARK_DRIVER_BIND_ADDRESS)'],
              ...['--conf', 'spark.torii.engine.advertised.host=$(SPARK_DRIVER_BIND_ADDRESS)'],
              'local:///opt/torii/engine.jar',
            ],
            env: [
              { name: 'SPARK_USER', value: 'alice' },
              { name: 'SPARK_USER_NAME', value: 'alice' },
              { name: 'HADOOP_USER_NAME', value: 'alice' },
              { name: 'SPARK_LOCAL_DIRS', value: `/var/data/spark-${tag}` },
              {
                name: 'SPARK_DRIVER_BIND_ADDRESS',
                valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } },
              },
            ],
            resources: {
              requests: { cpu: '1', memory: '1408Mi' },
              limits: { memory: '1408Mi' },
            },
            volumeMounts: [
              { name: 'torii-settings', mountPath: '/etc/torii', readOnly: true },
              { name: 'spark-local-dir-1', mountPath: `/var/data/spark-${tag}` },
            ],
          },
        ],
      },
    });
  });

  it('is made of the settings that Spark has for drivers, above the template', () => {
    const spec = specOf({
      podTemplate: 'x',
      imagePullSecrets: ['pull'],
      environment: new Map([['ZONE', 'a']]),
    });
    const pod = podOf(
      jobOf(
        {
          'spark.driver.memory': '4g',
          'spark.driver.memoryOverheadFactor': '0.2',
          'spark.driver.cores': '2',
          'spark.kubernetes.driver.request.cores': '500m',
          'spark.kubernetes.driver.limit.cores': '3',
          'spark.driver.resource.gpu.amount': '1',
          'spark.driver.resource.gpu.vendor': 'nvidia.com',
          'spark.kubernetes.driver.container.image': 'own:1',
          'spark.kubernetes.container.image.pullPolicy': 'Always',
          'spark.kubernetes.driver.label.team': 'a',
          'spark.kubernetes.driver.label.torii.io/fleet': 'forged',
          'spark.kubernetes.driver.annotation.yunikorn.apache.org/queue': 'root.a',
          'spark.kubernetes.node.selector.disk': 'ssd',
          'spark.kubernetes.driver.node.selector.pool': 'drivers',
          'spark.kubernetes.driver.scheduler.name': 'yunikorn',
          'spark.kubernetes.driverEnv.A': '1 $(B)',
          'spark.kubernetes.driver.secretKeyRef.TOKEN': 'tokens:api',
          'spark.kubernetes.driver.secrets.keys': '/keys',
          'spark.kubernetes.driver.volumes.persistentVolumeClaim.data.mount.path': '/data',
          'spark.kubernetes.driver.volumes.persistentVolumeClaim.data.mount.readOnly': 'true',
          'spark.kubernetes.driver.volumes.persistentVolumeClaim.data.options.claimName': 'pvc',
          'spark.kubernetes.driver.volumes.hostPath.spark-local-dir-1.mount.path': '/nvme',
          'spark.kubernetes.driver.volumes.hostPath.spark-local-dir-1.options.path': '/mnt/nvme',
        },
        { environment: new Map([['ZONE', 'b']]) },
      ),
      spec,
      {
        metadata: { labels: { team: 'template', 'torii.io/tag': 'forged' } },
        spec: {
          priorityClassName: 'engines',
          nodeSelector: { arch: 'arm64' },
          imagePullSecrets: [{ name: 'other' }],
          volumes: [{ name: 'data', emptyDir: {} }],
          containers: [
            { name: 'hive-metastore', image: 'hms' },
            {
              name: 'spark-kubernetes-driver',
              image: 'template',
              securityContext: { runAsUser: 185 },
              env: [
                { name: 'ZONE', value: 'template' },
                { name: 'T', value: 't' },
              ],
              resources: { requests: { cpu: '9', 'ephemeral-storage': '1Gi' } },
            },
          ],
        },
      },
    );
    expect(pod.metadata?.labels).toEqual({ team: 'a', ...labels, 'spark-role': 'driver' });
    expect(pod.metadata?.annotations).toMatchObject({ 'yunikorn.apache.org/queue': 'root.a' });
    expect(pod.spec).toMatchObject({
      priorityClassName: 'engines',
      nodeSelector: { arch: 'arm64', disk: 'ssd', pool: 'drivers' },
      schedulerName: 'yunikorn',
      imagePullSecrets: [{ name: 'other' }, { name: 'pull' }],
      volumes: [
        { name: 'torii-settings' },
        { name: 'data', persistentVolumeClaim: { claimName: 'pvc' } },
        { name: 'spark-local-dir-1', hostPath: { path: '/mnt/nvme' } },
        { name: 'keys-volume', secret: { secretName: 'keys' } },
      ],
    });
    const [driver, sidecar] = pod.spec?.containers ?? [];
    expect(sidecar).toEqual({ name: 'hive-metastore', image: 'hms' });
    expect(driver).toMatchObject({
      name: 'spark-kubernetes-driver',
      image: 'own:1',
      imagePullPolicy: 'Always',
      securityContext: { runAsUser: 185 },
      resources: {
        requests: { cpu: '500m', memory: '4915Mi', 'ephemeral-storage': '1Gi' },
        limits: { cpu: '3', memory: '4915Mi', 'nvidia.com/gpu': '1' },
      },
      volumeMounts: [
        { name: 'torii-settings' },
        { name: 'data', mountPath: '/data', readOnly: true },
        { name: 'spark-local-dir-1', mountPath: '/nvme' },
        { name: 'keys-volume', mountPath: '/keys' },
      ],
    });
    expect(driver?.env).toEqual([
      { name: 'T', value: 't' },
      { name: 'SPARK_USER', value: 'alice' },
      { name: 'SPARK_USER_NAME', value: 'alice' },
      { name: 'HADOOP_USER_NAME', value: 'alice' },
      { name: 'ZONE', value: 'b' },
      { name: 'A', value: '1 $$(B)' },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'tokens', key: 'api' } } },
      {
        name: 'SPARK_DRIVER_BIND_ADDRESS',
        valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } },
      },
    ]);
  });

  it('is called by its service where pods are not reached by address', () => {
    const spec = specOf({ driverService: true });
    const args = podOf(jobOf(), spec).spec?.containers[0]?.args ?? [];
    expect(args).toContain(`spark.driver.host=${name}.engines.svc`);
    expect(args).toContain('spark.driver.port=7078');
    expect(driverService(jobOf(), 'engines', new Map(), owner)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'engines', labels, ownerReferences: [owner] },
      spec: {
        clusterIP: 'None',
        selector: { 'torii.io/tag': tag, 'spark-role': 'driver' },
        ports: [
          { name: 'driver-rpc-port', port: 7078, targetPort: 7078, protocol: 'TCP' },
          { name: 'blockmanager', port: 7079, targetPort: 7079, protocol: 'TCP' },
        ],
        publishNotReadyAddresses: true,
      },
    });
  });

  it('never shows a secret setting or the engine key', () => {
    const text = JSON.stringify(podOf(jobOf({ 'spark.my.password': 'hunter2' })));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('the-engine-key');
  });
});

describe('secret variables of the environment', () => {
  it('are referred to, and stand in the secret', () => {
    const job = jobOf(
      {
        'spark.kubernetes.driverEnv.A_SECRET': 'hunter1',
        'spark.executorEnv.A_SECRET': 'hunter2',
        'spark.kubernetes.driver.secretKeyRef.OTHER': 'x:y',
      },
      { environment: new Map([['DB_PASSWORD', 'hunter3']]) },
    );
    const { conf, secrets } = driverSettings(job, specOf());
    expect(secrets).toEqual({
      'driver.DB_PASSWORD': 'hunter3',
      'driver.A_SECRET': 'hunter1',
      'executor.A_SECRET': 'hunter2',
    });
    expect(conf.get('spark.kubernetes.executor.secretKeyRef.A_SECRET')).toBe(
      `${name}:executor.A_SECRET`,
    );
    expect(conf.has('spark.executorEnv.A_SECRET')).toBe(false);
    const pod = driverPod(job, specOf(), conf);
    expect(JSON.stringify(pod)).not.toContain('hunter');
    const reference = (secret: string, key: string): object => ({
      valueFrom: { secretKeyRef: { name: secret, key } },
    });
    expect(pod.spec?.containers[0]?.env).toEqual(
      expect.arrayContaining([
        { name: 'OTHER', ...reference('x', 'y') },
        { name: 'DB_PASSWORD', ...reference(name, 'driver.DB_PASSWORD') },
        { name: 'A_SECRET', ...reference(name, 'driver.A_SECRET') },
      ]),
    );
    const secret = settingsSecret(job, 'engines', conf, owner, secrets);
    expect(secret.data?.['driver.DB_PASSWORD']).toBe(Buffer.from('hunter3').toString('base64'));
  });
});

describe('the settings of a driver', () => {
  it('make it ask for its executors itself, under its own name and labels', () => {
    const job = jobOf({
      'spark.submit.deployMode': 'cluster',
      'spark.dynamicAllocation.enabled': 'true',
      'spark.kubernetes.executor.podNamePrefix': 'mine',
      'spark.torii.engine.bind.host': '127.0.0.1',
      'spark.kubernetes.submission.waitAppCompletion': 'true',
    });
    const { conf, notes } = driverSettings(job, specOf());
    expect(Object.fromEntries(conf)).toEqual({
      'spark.master': 'k8s://https://kubernetes.default.svc',
      'spark.submit.deployMode': 'client',
      'spark.dynamicAllocation.enabled': 'true',
      'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
      'spark.kubernetes.namespace': 'engines',
      'spark.kubernetes.container.image': 'registry.example/spark:3.5.9',
      'spark.kubernetes.authenticate.driver.serviceAccountName': 'spark',
      'spark.kubernetes.driver.pod.name': name,
      'spark.kubernetes.executor.podNamePrefix': name,
      ...Object.fromEntries(
        Object.entries(labels).map(([key, value]) => [
          `spark.kubernetes.executor.label.${key}`,
          value,
        ]),
      ),
    });
    expect(notes).toEqual([
      'spark.kubernetes.executor.podNamePrefix is ignored: the launcher decides it on Kubernetes',
    ]);
  });

  it('keep a master and a choice about shuffle tracking that were given', () => {
    const given = {
      'spark.master': 'k8s://http://127.0.0.1:8001',
      'spark.dynamicAllocation.enabled': 'true',
      'spark.dynamicAllocation.shuffleTracking.enabled': 'false',
    };
    expect(Object.fromEntries(driverSettings(jobOf(given), specOf()).conf)).toMatchObject(given);
  });

  it.each([
    ['spark.kubernetes.driver.podTemplateFile', '/etc/passwd', 'podTemplate'],
    ['spark.kubernetes.driver.unheardOf', 'x', 'pod template'],
    ['spark.kubernetes.kerberos.krb5.path', '/etc/krb5.conf', 'pod template'],
    ['spark.kubernetes.authenticate.driver.oauthToken', 'x', 'service account'],
    ['spark.kubernetes.authenticate.submission.caCertFile', 'x', 'kubeconfig'],
    ['spark.kubernetes.namespace', 'other', 'namespace'],
  ])('are refused for %s, which would be lost', (key, value, hint) => {
    const settings = (): unknown => driverSettings(jobOf({ [key]: value }), specOf());
    expect(settings).toThrow(
      expect.objectContaining({
        trouble: 'refused',
        message: expect.stringContaining(key) as string,
        hint: expect.stringContaining(hint) as string,
      }),
    );
  });

  it.each([
    [{ 'spark.driver.memory': 'much' }, 'spark.driver.memory has to be a size'],
    [{ 'spark.driver.cores': '0' }, 'spark.driver.cores has to be a whole number'],
    [{ 'spark.kubernetes.driver.limit.cores': 'all' }, 'spark.kubernetes.driver.limit.cores has'],
    [{ 'spark.driver.memoryOverheadFactor': '-1' }, 'spark.driver.memoryOverheadFactor has'],
    [{ 'spark.kubernetes.driver.volumes.tape.a.mount.path': '/a' }, 'of the kinds hostPath'],
    [{ 'spark.kubernetes.driver.volumes.nfs.a.mount.path': '/a' }, 'options.server is missing'],
    [
      {
        'spark.kubernetes.driver.volumes.persistentVolumeClaim.a.mount.path': '/a',
        'spark.kubernetes.driver.volumes.persistentVolumeClaim.a.options.claimName': 'OnDemand',
      },
      'has to exist before',
    ],
  ])('are refused where they make no pod: %j', (conf, message) => {
    expect(() => podOf(jobOf(conf))).toThrow(message);
  });

  it('are the sidecars, too: they start before the driver, hold it back and end with it', () => {
    const sidecars: EngineJob['sidecars'] = [
      {
        name: 'hive-metastore',
        image: 'registry.example/metastore:4',
        port: 9083,
        environment: new Map([
          ['URL', { kind: 'text', text: 'jdbc:x?a=$(HOME)' }],
          ['PASSWORD', { kind: 'secret', secret: 'database', key: 'password' }],
        ]),
      },
    ];
    const conf = { 'spark.kubernetes.container.image.pullPolicy': 'Always' };
    const first = { name: 'first', image: 'busybox' };
    const template = {
      spec: { initContainers: [first, { name: 'hive-metastore', image: 'old' }] },
    };
    expect(podOf(jobOf(conf, { sidecars }), specOf(), template).spec?.initContainers).toEqual([
      {
        name: 'hive-metastore',
        image: 'registry.example/metastore:4',
        imagePullPolicy: 'Always',
        restartPolicy: 'Always',
        ports: [{ containerPort: 9083, protocol: 'TCP' }],
        env: [
          { name: 'URL', value: 'jdbc:x?a=$$(HOME)' },
          {
            name: 'PASSWORD',
            valueFrom: { secretKeyRef: { name: 'database', key: 'password' } },
          },
        ],
        startupProbe: { tcpSocket: { port: 9083 }, periodSeconds: 2, failureThreshold: 90 },
      },
      first,
    ]);
  });

  it('are refused without an image', () => {
    expect(() => podOf(jobOf(), specOf({ image: undefined }))).toThrow('no image is named');
  });
});

describe("a driver's secret", () => {
  it('holds all settings and the key, and belongs to the pod', () => {
    const conf = new Map([['spark.my.password', 'ü x']]);
    expect(settingsSecret(jobOf(), 'engines', conf, owner)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'engines', labels, ownerReferences: [owner] },
      type: 'Opaque',
      data: {
        'spark.properties': Buffer.from(
          'spark.my.password=\\u00fc x\nspark.torii.engine.key=the-engine-key\n',
        ).toString('base64'),
      },
    });
    expect(owner).toEqual({
      ...{ apiVersion: 'v1', kind: 'Pod', name, uid: 'u-1' },
      controller: false,
      blockOwnerDeletion: false,
    });
  });

  it('is refused for more than a secret can hold', () => {
    const conf = new Map([['spark.x', 'x'.repeat(1_000_001)]]);
    expect(() => settingsSecret(jobOf(), 'engines', conf, owner)).toThrow('1000000 bytes');
  });
});
