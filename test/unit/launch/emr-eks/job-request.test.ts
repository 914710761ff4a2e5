import { describe, expect, it } from 'vitest';
import { enginePlan } from '../../../../src/launch/emr-eks/job-request.ts';
import { fleet, inCluster, job, roleArn, specOf, tag } from './eks-job.ts';
import { messageFrom } from '../../../support/clusters-text.ts';

const withConf = (conf: Readonly<Record<string, string>>) => ({
  ...job,
  conf: new Map([...job.conf, ...Object.entries(conf)]),
});

const labels = (role: string) => ({
  [`spark.kubernetes.${role}.label.torii.io/emr-fleet`]: fleet,
  [`spark.kubernetes.${role}.label.torii.io/tag`]: tag,
  [`spark.kubernetes.${role}.label.torii.io/user`]: 'alice_example.org',
  [`spark.kubernetes.${role}.label.torii.io/group`]: 'analysts',
  [`spark.kubernetes.${role}.label.torii.io/session`]: 's-1',
  [`spark.kubernetes.${role}.label.torii.io/preset`]: 'bi',
  [`spark.kubernetes.${role}.label.kyuubi-unique-tag`]: tag,
});

const properties = {
  'spark.app.name': 'kyuubi_USER_alice',
  'spark.driver.memory': '4g',
  'spark.driver.extraJavaOptions': '-Da=b -Dc=d',
  'spark.kubernetes.driverEnv.HADOOP_USER_NAME': 'alice',
  'spark.kubernetes.driverEnv.TZ': 'UTC',
  ...labels('driver'),
  ...labels('executor'),
  'spark.kubernetes.driver.annotation.torii.io/user': 'alice@example.org',
  'spark.kubernetes.driver.annotation.torii.io/group': 'analysts',
  'spark.kubernetes.driver.annotation.torii.io/session': 's-1',
  'spark.kubernetes.driver.annotation.torii.io/preset': 'bi',
};

const tags = {
  'torii:fleet': fleet,
  'torii:launch': tag,
  'torii:user': 'alice@example.org',
  'torii:group': 'analysts',
  'torii:session': 's-1',
  'torii:preset': 'bi',
};

describe('the request of an engine', () => {
  it('is whole, and what is secret is in Secrets Manager', () => {
    const { hidden, request } = enginePlan(job, specOf());
    expect(request).toEqual({
      virtualClusterId: 'vc0123456789',
      clientToken: tag,
      name: `torii-${fleet}-${tag}`,
      executionRoleArn: roleArn,
      releaseLabel: 'emr-7.10.0-latest',
      jobDriver: {
        sparkSubmitJobDriver: {
          entryPoint: 's3://jars/torii-spark-engine.jar',
          sparkSubmitParameters: '--class io.torii.engine.EngineMain',
        },
      },
      configurationOverrides: {
        applicationConfiguration: [
          {
            classification: 'spark-defaults',
            properties: {
              ...properties,
              'spark.torii.engine.secrets.manager': `torii/${fleet}/${tag}`,
              'spark.torii.engine.secrets.manager.region': 'eu-central-1',
            },
          },
        ],
        monitoringConfiguration: { persistentAppUI: 'ENABLED' },
      },
      tags,
    });
    expect(hidden).toMatchObject({
      kind: 'secrets-manager',
      secret: {
        name: `torii/${fleet}/${tag}`,
        value:
          'spark.hadoop.javax.jdo.option.ConnectionPassword=hunter2-of-the-metastore\n' +
          'spark.torii.engine.key=the-engines-own-key\n',
      },
    });
    expect(request.name?.length).toBeLessThanOrEqual(64);
  });

  it('mounts its secrets where the gateway may make some, secret variables among them', () => {
    const secretive = { ...job, environment: new Map([['API_TOKEN', 'token-of-the-environment']]) };
    const { hidden, request } = enginePlan(secretive, specOf({ kubernetes: inCluster }));
    const name = `torii-${tag}`;
    const [defaults] = request.configurationOverrides?.applicationConfiguration ?? [];
    const { 'spark.kubernetes.driverEnv.TZ': _none, ...others } = properties;
    expect(defaults?.properties).toEqual({
      ...others,
      'spark.torii.engine.secrets.file': '/etc/torii/spark.properties',
      [`spark.kubernetes.driver.secrets.${name}`]: '/etc/torii',
      'spark.kubernetes.driver.secretKeyRef.API_TOKEN': `${name}:driver.API_TOKEN`,
    });
    expect(hidden).toMatchObject({
      kind: 'kubernetes',
      name,
      texts: {
        'spark.properties':
          'spark.hadoop.javax.jdo.option.ConnectionPassword=hunter2-of-the-metastore\n' +
          'spark.torii.engine.key=the-engines-own-key\n',
        'driver.API_TOKEN': 'token-of-the-environment',
      },
    });
    expect(JSON.stringify(request)).not.toMatch(/hunter2|the-engines-own-key|token-of-the/);
  });

  it.each(['kyuubi.engineEnv.DB', 'spark.kubernetes.driverEnv.DB'])(
    'hides a variable that is secret by its setting alone: %s',
    (setting) => {
      const isOwn = setting.startsWith('spark.');
      const marked = {
        ...withConf(isOwn ? { [setting]: 'db://x:y@z' } : {}),
        environment: new Map(isOwn ? [] : [['DB', 'db://x:y@z']]),
        isSecret: (key: string) => key === setting || job.isSecret(key),
      };
      const { hidden, request } = enginePlan(marked, specOf({ kubernetes: inCluster }));
      expect(hidden).toMatchObject({ texts: { 'driver.DB': 'db://x:y@z' } });
      expect(JSON.stringify(request)).not.toContain('db://');
      expect(messageFrom(() => enginePlan(marked, specOf()))).toMatch(/variable DB is secret/);
    },
  );

  it('has what the cluster gives: templates, image, logs, tags', () => {
    const spec = specOf({
      releaseLabel: undefined,
      jobTemplate: { id: '00template', parameters: new Map([['Size', 'small']]) },
      podTemplates: { driver: 's3://t/driver.yaml', executor: 's3://t/executor.yaml' },
      image: 'registry.example/spark:7.10',
      logs: {
        s3: 's3://logs/engines',
        cloudWatch: { group: '/torii', streamPrefix: 'eks' },
        kmsKey: undefined,
      },
      persistentAppUi: false,
      tags: new Map([['team', 'data']]),
    });
    const { request } = enginePlan(job, spec);
    expect(request).toMatchObject({
      jobTemplateId: '00template',
      jobTemplateParameters: { Size: 'small' },
      configurationOverrides: {
        monitoringConfiguration: {
          persistentAppUI: 'DISABLED',
          s3MonitoringConfiguration: { logUri: 's3://logs/engines/' },
          cloudWatchMonitoringConfiguration: { logGroupName: '/torii', logStreamNamePrefix: 'eks' },
        },
      },
      tags: { team: 'data', ...tags },
    });
    expect(request).not.toHaveProperty('releaseLabel');
    expect(request.configurationOverrides?.applicationConfiguration?.[0]?.properties).toMatchObject(
      {
        'spark.kubernetes.container.image': 'registry.example/spark:7.10',
        'spark.kubernetes.driver.podTemplateFile': 's3://t/driver.yaml',
        'spark.kubernetes.executor.podTemplateFile': 's3://t/executor.yaml',
      },
    );
  });

  it("keeps a preset's image, and leaves out what EMR decides", () => {
    const { request } = enginePlan(
      withConf({
        'spark.kubernetes.container.image': 'preset:1',
        'spark.kubernetes.namespace': 'other',
        'spark.kubernetes.driver.pod.name': 'mine',
        'spark.kubernetes.authenticate.driver.serviceAccountName': 'admin',
        'spark.torii.engine.secrets.file': '/tmp/x',
      }),
      specOf({ image: 'cluster:1' }),
    );
    const text = JSON.stringify(request);
    expect(text).toContain('preset:1');
    expect(text).not.toMatch(/cluster:1|"other"|"mine"|admin|\/tmp\/x/);
  });

  it('has 100 settings of up to 1,024 characters as properties, and the rest quoted for spark-submit', () => {
    const many = Object.fromEntries(Array.from({ length: 110 }, (_, at) => [`spark.k${at}`, 'v']));
    const { request } = enginePlan(
      withConf({ ...many, 'spark.long': "it's ".repeat(300) }),
      specOf(),
    );
    const driver = request.jobDriver?.sparkSubmitJobDriver;
    const [defaults] = request.configurationOverrides?.applicationConfiguration ?? [];
    expect(Object.keys(defaults?.properties ?? {})).toHaveLength(100);
    expect(driver?.sparkSubmitParameters).toMatch(/--conf 'spark\.long=it'"'"'s /);
    expect(driver?.sparkSubmitParameters).toMatch(/--conf spark\.k109=v/);
  });
});

describe('a job that can not be', () => {
  it.each([
    ['no role', { 'spark.emr.execution.role': '' }, {}, /has no execution role on this cluster/],
    ['a role that is none', { 'spark.emr.execution.role': 'x' }, {}, /is not the ARN of a role/],
    ['an old release', {}, { releaseLabel: 'emr-6.15.0-latest' }, /Spark 3\.4\.1.*3\.5 or later/],
    [
      'a secret variable of executors',
      { 'spark.executorEnv.API_TOKEN': 'x' },
      { kubernetes: inCluster },
      /spark\.executorEnv\.API_TOKEN is secret/,
    ],
    [
      'a secret variable of the driver that nothing can hide',
      { 'spark.kubernetes.driverEnv.API_TOKEN': 'x' },
      {},
      /API_TOKEN is secret/,
    ],
    [
      'a tag that is too long',
      {},
      { tags: new Map([['t'.repeat(129), 'x']]) },
      /has 129 characters, and EMR on EKS takes 128/,
    ],
    [
      'more settings than a request takes',
      Object.fromEntries(
        Array.from({ length: 120 }, (_, at) => [`spark.k${at}`, 'x'.repeat(1025)]),
      ),
      {},
      /sparkSubmitParameters\) has \d+ characters, and EMR on EKS takes 102400/,
    ],
  ])('is refused before the call: %s', (_what, conf: Record<string, string>, spec, message) => {
    expect(messageFrom(() => enginePlan(withConf(conf), specOf(spec)))).toMatch(message);
  });

  it('is refused with an engine jar whose address is too long, and with sidecars', () => {
    const far = { ...job, main: { ...job.main, resource: `s3://${'x'.repeat(300)}` } };
    expect(messageFrom(() => enginePlan(far, specOf()))).toMatch(/engine jar has 305 characters/);
    const sidecar = { name: 'metastore' } as never; // no more of it is looked at
    expect(messageFrom(() => enginePlan({ ...job, sidecars: [sidecar] }, specOf()))).toMatch(
      /the container metastore beside the driver/,
    );
  });
});
