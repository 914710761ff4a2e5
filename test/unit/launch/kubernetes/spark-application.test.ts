import { describe, expect, it } from 'vitest';
import { jobLabels } from '../../../../src/launch/kubernetes/job-labels.ts';
import { ownedBy } from '../../../../src/launch/kubernetes/settings-secret.ts';
import { sparkApplication } from '../../../../src/launch/kubernetes/spark-application.ts';
import { jobOf, name, specOf } from './engine-job.ts';

const spec = specOf({ launcher: 'spark-operator', imagePullSecrets: ['pull'] });
const labels = jobLabels(jobOf());
const annotations = {
  'torii.io/user': 'alice@example.org',
  'torii.io/session': 's-1',
  'torii.io/preset': 'small',
};
const owner = ownedBy({
  ...{ apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', name, uid: 'u' },
});

describe('a SparkApplication', () => {
  it('has the settings, save those that are secret', () => {
    const plan = sparkApplication(
      jobOf(
        {
          'spark.app.name': 'a',
          'spark.master': 'k8s://elsewhere',
          'spark.driver.memory': '2g',
          'spark.driver.cores': '2',
          'spark.kubernetes.driver.annotation.queue': 'root.a',
          'spark.hadoop.fs.s3a.secret.key': 'hunter2',
          'spark.torii.ha.zookeeper.engine.ssl.keystore.password': 'hunter3',
        },
        { environment: new Map([['ZONE', 'a']]) },
      ),
      spec,
    );
    const executorLabels = Object.entries(labels).map(
      ([label, value]) => [`spark.kubernetes.executor.label.${label}`, value] as const,
    );
    expect(plan.application).toEqual({
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name, namespace: 'engines', labels, annotations },
      spec: {
        type: 'Scala',
        mode: 'cluster',
        sparkVersion: '3.5.9',
        image: 'registry.example/spark:3.5.9',
        imagePullSecrets: ['pull'],
        mainClass: 'io.torii.engine.EngineMain',
        mainApplicationFile: 'local:///opt/torii/engine.jar',
        restartPolicy: { type: 'Never' },
        sparkConf: {
          'spark.app.name': 'a',
          'spark.driver.memory': '2g',
          'spark.driver.cores': '2',
          'spark.kubernetes.driver.annotation.queue': 'root.a',
          'spark.hadoop.fs.s3a.secret.key': '${env.TORII_SECRET_1}',
          'spark.kubernetes.namespace': 'engines',
          'spark.kubernetes.container.image': 'registry.example/spark:3.5.9',
          'spark.kubernetes.container.image.pullSecrets': 'pull',
          'spark.kubernetes.authenticate.driver.serviceAccountName': 'spark',
          'spark.kubernetes.driverEnv.SPARK_USER_NAME': 'alice',
          'spark.kubernetes.driverEnv.HADOOP_USER_NAME': 'alice',
          'spark.kubernetes.driverEnv.ZONE': 'a',
          'spark.kubernetes.driver.secretKeyRef.TORII_SECRET_1': `${name}:TORII_SECRET_1`,
          'spark.kubernetes.executor.secretKeyRef.TORII_SECRET_1': `${name}:TORII_SECRET_1`,
          'spark.torii.engine.secrets.file': '/etc/torii/spark.properties',
          ...Object.fromEntries(executorLabels),
        },
        driver: {
          cores: 2,
          memory: '2048m',
          serviceAccount: 'spark',
          labels,
          annotations: { queue: 'root.a', ...annotations },
          secrets: [{ name, path: '/etc/torii', secretType: 'Generic' }],
        },
        executor: { labels },
      },
    });
    const secret = plan.secret(owner);
    expect(secret.metadata?.ownerReferences).toEqual([owner]);
    const texts = Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]);
    expect(Object.fromEntries(texts)).toEqual({
      'spark.properties':
        'spark.torii.ha.zookeeper.engine.ssl.keystore.password=hunter3\nspark.torii.engine.key=the-engine-key\n',
      TORII_SECRET_1: 'hunter2',
    });
  });

  it('is refused for a preset with sidecars, which would keep the driver waiting for ever', () => {
    const sidecars = [{ name: 'hive-metastore', image: 'm:4', port: 9083, environment: new Map() }];
    expect(() => sparkApplication(jobOf({}, { sidecars }), spec)).toThrow(
      expect.objectContaining({
        trouble: 'refused',
        message: expect.stringContaining('beside the driver (hive-metastore)') as string,
        hint: expect.stringContaining('launcher: pod') as string,
      }),
    );
  });

  it('shows no secret setting of a catalog: the engine finds it in its file', () => {
    const key = 'spark.sql.catalog.uc.secret';
    const plan = sparkApplication(jobOf({ [key]: 'hunter2' }), spec);
    expect(JSON.stringify(plan.application)).not.toMatch(/hunter2|catalog/);
    const text = plan.secret(owner).data?.['spark.properties'] ?? '';
    expect(Buffer.from(text, 'base64').toString()).toBe(
      `${key}=hunter2\nspark.torii.engine.key=the-engine-key\n`,
    );
  });
});
