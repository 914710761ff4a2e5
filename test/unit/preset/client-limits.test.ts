import { describe, expect, test } from 'vitest';
import { placedSettings } from '../../../src/preset/placed-settings.ts';
import { messageFrom, placedBy, question, snapshotOf } from '../../support/clusters-text.ts';

const clusters = snapshotOf(`
clusters:
  yarn: { kind: yarn, resourceManagers: ['http://rm:8088'], hadoopConfDir: /etc/hadoop, principal: torii, keytab: /etc/torii.keytab }
  pods: { kind: kubernetes, namespace: bi, engineJar: 'local:///engine.jar' }
  operated: { kind: kubernetes, launcher: spark-operator, namespace: bi, engineJar: 'local:///engine.jar' }
  steps: { kind: emr-ec2, region: eu-central-1, cluster: j-1ABC, engineJar: 's3://e.jar', instanceProfile: true }
  eks: { kind: emr-eks, region: eu-central-1, virtualCluster: vc1, releaseLabel: emr-7.10.0-latest, engineJar: 's3://j/e.jar' }
  here: { kind: local }
`);

function asked(cluster: string, key: string, value: string): () => unknown {
  return () => placedBy(clusters, { 'kyuubi.session.cluster': cluster, [key]: value });
}

describe('a client may not borrow the rights of the gateway or of others', () => {
  const template = 'spark.kubernetes.executor.podTemplateFile';
  const driverVolumes = 'spark.kubernetes.driver.volumes';
  test.each([
    ["the gateway's keytab", 'yarn', 'spark.kerberos.keytab', '/etc/torii.keytab'],
    ['a principal', 'yarn', 'spark.kerberos.principal', 'hdfs@REALM'],
    ['a keytab by its older name', 'yarn', 'spark.yarn.keytab', '/etc/torii.keytab'],
    ['a principal without the prefix', 'yarn', 'kerberos.principal', 'hdfs@REALM'],
    ["a file of the gateway's host", 'yarn', 'spark.files', 'file:///etc/shadow'],
    ['a file by its path alone', 'yarn', 'spark.files', 'hdfs:///a.txt, /etc/shadow'],
    ['a file in capitals', 'yarn', 'spark.archives', 'FILE:/etc/shadow#x'],
    ['a file as a jar', 'yarn', 'spark.jars', '/etc/torii.keytab'],
    ['a file as Python', 'yarn', 'spark.submit.pyFiles', '/etc/torii.keytab'],
    ["a file by YARN's own way", 'yarn', 'spark.yarn.dist.files', '/etc/torii.keytab'],
    ["a file as Spark's archive", 'yarn', 'spark.yarn.archive', '/etc/torii.keytab'],
    ['a file as the engine', 'yarn', 'kyuubi.session.engine.spark.main.resource', '/etc/shadow'],
    ["the host's instance role", 'yarn', 'spark.files', 'http://169.254.169.254/latest/'],
    ["the gateway's buckets", 'yarn', 'spark.files', 's3a://private/key'],
    ['files by a name of its own', 'yarn', 'spark.hadoop.fs.x.impl', 'LocalFileSystem'],
    ["code on the gateway's host", 'yarn', 'spark.jars.packages', 'evil:code:1'],
    ['code that is fetched first', 'yarn', 'spark.yarn.dist.forceDownloadSchemes', '*'],
    ['where secrets are put down', 'yarn', 'spark.yarn.stagingDir', 's3a://mine/'],
    ['whom the gateway talks to', 'yarn', 'spark.hadoop.yarn.resourcemanager.address', 'me:1'],
    ['how the gateway logs in', 'yarn', 'hadoop.security.authentication', 'simple'],
    ["a file of EMR's primary node", 'steps', 'spark.files', '/etc/hadoop/conf/secret'],
    ["a file of EMR's primary node by its scheme", 'steps', 'spark.jars', 's3://a.jar,file:/b'],
    ["the primary node's role", 'steps', 'spark.files', 'http://169.254.169.254/latest/'],
    ['code on the primary node', 'steps', 'spark.jars.packages', 'evil:code:1'],
    ['where files are put down', 'steps', 'spark.yarn.stagingDir', 's3a://mine/'],
    ['whom the primary node talks to', 'steps', 'spark.hadoop.fs.defaultFS', 'hdfs://mine'],
    ['a keytab of a node', 'steps', 'spark.kerberos.keytab', '/etc/hadoop.keytab'],
    ['another namespace', 'operated', 'spark.kubernetes.authenticate.oauthToken', 'x'],
    [
      "another's service account",
      'pods',
      'spark.kubernetes.authenticate.driver.serviceAccountName',
      'admin',
    ],
    [
      "another's service account, in short",
      'pods',
      'kubernetes.authenticate.serviceAccountName',
      'admin',
    ],
    ["another's code", 'eks', 'spark.kubernetes.driver.container.image', 'evil:1'],
    ["another's code everywhere", 'eks', 'kubernetes.container.image', 'evil:1'],
    ["a pod template of EMR's", 'eks', 'spark.kubernetes.driver.podTemplateFile', 's3://x/y'],
    ["EMR's own part", 'eks', 'spark.kubernetes.driver.internalPodTemplateFile', '/x'],
    ["EMR's own rules", 'eks', 'spark.kubernetes.executor.container.allowlistFile', '/x'],
    [
      "EMR's labels",
      'eks',
      'spark.kubernetes.driver.label.emr-containers.amazonaws.com/job.id',
      'x',
    ],
    ["another engine's mark", 'eks', 'spark.kubernetes.driver.label.torii.io/emr-fleet', 'x'],
    ["another engine's secret there", 'eks', 'spark.kubernetes.driver.secrets.torii-0a', '/mnt'],
    [
      'a service account there',
      'eks',
      'spark.kubernetes.authenticate.driver.serviceAccountName',
      'x',
    ],
    ['files of the pod that submits', 'eks', 'spark.files', '/var/run/secrets/token'],
    ["another engine's secret", 'pods', 'spark.kubernetes.driver.secrets.torii-0a', '/mnt'],
    ['a key of it', 'pods', 'spark.kubernetes.executor.secretKeyRef.X', 'torii-0a:properties'],
    ['a pod template', 'pods', template, '/x.yaml'],
    ["a node's disk", 'pods', `${driverVolumes}.hostPath.root.options.path`, '/'],
    ["a node's disk, mounted", 'pods', `${driverVolumes}.hostPath.root.mount.path`, '/mnt'],
    ['a network disk', 'pods', `${driverVolumes}.nfs.all.options.server`, 'nas'],
    [
      "another's volume",
      'pods',
      `${driverVolumes}.persistentVolumeClaim.x.options.claimName`,
      'payroll',
    ],
    ['an IAM role', 'pods', 'spark.kubernetes.driver.annotation.iam.amazonaws.com/role', 'admin'],
    ["another group's costs", 'pods', 'spark.kubernetes.driver.label.torii.io/group', 'theirs'],
    ['a registry login', 'pods', 'spark.kubernetes.container.image.pullSecrets', 'theirs'],
    ["a file of the operator's pod", 'operated', 'spark.files', '/var/run/secrets/token'],
  ])('%s', (_what, cluster, key, value) => {
    expect(asked(cluster, key, value)).toThrow(
      expect.objectContaining({ code: 'CONFIG_RESTRICTED' }) as Error,
    );
    const message = messageFrom(asked(cluster, key, value));
    expect(message).toContain(`${key} can't be set by clients on cluster ${cluster}`);
    expect(message).not.toContain(value.length > 5 ? value : '\0');
  });
});

test.each([
  ['yarn', 'spark.jars', 'hdfs:///lib/a.jar,local:///opt/b.jar'],
  ['yarn', 'spark.executor.memory', '2g'],
  ['yarn', 'spark.kubernetes.namespace', 'elsewhere'],
  ['pods', 'spark.jars', '/opt/in-the-image.jar'],
  ['pods', 'spark.kubernetes.driver.volumes.emptyDir.x.mount.path', '/scratch'],
  [
    'pods',
    'spark.kubernetes.executor.volumes.persistentVolumeClaim.x.options.claimName',
    'OnDemand',
  ],
  ['operated', 'spark.jars', 's3a://lib/a.jar'],
  ['steps', 'spark.jars', 's3://lib/a.jar,hdfs:///b.jar'],
  ['eks', 'spark.jars', 's3://lib/a.jar'],
  ['eks', 'spark.kubernetes.driver.limit.cores', '2'],
  ['here', 'spark.files', '/tmp/a.txt'],
])('on cluster %s a client may say %s = %s', (cluster, key, value) => {
  const placed = placedBy(clusters, { 'kyuubi.session.cluster': cluster, [key]: value });
  expect(placed.launchConf.get(key)).toBe(value);
});

test("what is fixed is only ignored: a client that names the cluster's own namespace is let in", () => {
  const placed = placedBy(clusters, {
    'kyuubi.session.cluster': 'pods',
    'spark.kubernetes.namespace': 'theirs',
  });
  expect(placed.launchConf.get('spark.kubernetes.namespace')).toBe('bi');
  expect([...placed.ignored]).toEqual(['spark.kubernetes.namespace']);
});

test("a client's part of a list that the operator has fixed is refused all the same", () => {
  const fixed = snapshotOf(`
clusters:
  yarn: { kind: yarn, resourceManagers: ['http://rm:8088'], hadoopConfDir: /etc/hadoop, fixedConf: { spark.files: /etc/site.txt } }
`);
  const own = { 'kyuubi.session.cluster': 'yarn', 'spark.files': '/etc/shadow' };
  expect(messageFrom(() => placedBy(fixed, own))).toContain("spark.files can't be set by clients");
});

test("the user's defaults and the session profile are the operator's and may name what they like", () => {
  const { settings, ownKeys } = question({
    'kyuubi.session.cluster': 'yarn',
    'spark.files': '/etc/site.txt',
  });
  const { rules } = clusters.place({ user: 'alice', groups: [], settings, ownKeys });
  const clientKeys = new Set(['kyuubi.session.cluster']);
  const session = { launchConf: settings, settings, ownKeys, clientKeys };
  expect(placedSettings(rules, session, () => false).launchConf.get('spark.files')).toBe(
    '/etc/site.txt',
  );
});
