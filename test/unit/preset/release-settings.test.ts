import { describe, expect, it, test } from 'vitest';
import type { PlacedSettings } from '../../../src/preset/placement.ts';
import { Snapshot } from '../../../src/preset/snapshot.ts';
import { messageFrom } from '../../support/clusters-text.ts';
import { placedByPreset } from '../../support/placed-by-preset.ts';

type Kind = 'emr-serverless' | 'emr-eks' | 'emr-ec2';

/** A cluster of a kind, of a release where one is told. */
function clusterText(kind: Kind, release: string | undefined): string {
  const said = release === undefined ? '' : `release: ${release}`;
  const own = {
    'emr-serverless': `applications: [a1]\n    secretsKmsKey: alias/k\n    ${said}`,
    'emr-ec2': `cluster: j-1\n    instanceProfile: true\n    ${said}`,
    'emr-eks': `virtualCluster: vc1\n    releaseLabel: ${release ?? 'emr-7.10.0-latest'}`,
  };
  return `
clusters:
  lake:
    kind: ${kind}
    region: eu-central-1
    engineJar: s3://jars/e.jar
    executionRole: arn:aws:iam::111122223333:role/engines
    ${own[kind]}
`;
}

function presetText(text: string): string {
  return `
presets:
  p:
    cluster: lake
    ${text}
`;
}

function placed(
  [kind, release]: readonly [Kind, string | undefined],
  preset: string,
  own?: Readonly<Record<string, string>>,
): PlacedSettings {
  return placedByPreset(
    [clusterText(kind, release), presetText(preset === '{}' ? 'shareLevel: USER' : preset)],
    { preset: 'p' },
    own,
  );
}

/** What of the settings is about S3 and jars, by what follows `spark.`. */
function settingsOf(
  place: readonly [Kind, string | undefined],
  preset: string,
): Readonly<Record<string, string>> {
  const settings = [...placed(place, preset).launchConf].filter(([key]) =>
    /^spark\.(?:hadoop\.fs\.|jars)/.test(key),
  );
  return Object.fromEntries(settings.map(([key, value]) => [key.slice('spark.'.length), value]));
}

const s3 = 's3: { kmsKey: alias/lake, requesterPays: true }';
const emrfs = {
  'hadoop.fs.s3.enableServerSideEncryption': 'true',
  'hadoop.fs.s3.serverSideEncryption.kms.keyId': 'alias/lake',
  'hadoop.fs.s3.useRequesterPaysHeader': 'true',
};
const s3a = {
  'hadoop.fs.s3a.encryption.algorithm': 'SSE-KMS',
  'hadoop.fs.s3a.encryption.key': 'alias/lake',
  'hadoop.fs.s3a.requester.pays.enabled': 'true',
};

describe('how S3 is read', () => {
  test.each<[string | undefined, Readonly<Record<string, string>>]>([
    ['emr-7.0.0', emrfs],
    ['emr-7.9.0', emrfs],
    ['emr-7.10.0', s3a],
    ['emr-7.12.0', s3a],
    ['emr-7.20.0', s3a],
    ['emr-spark-8.0.0', s3a],
    [undefined, { ...emrfs, ...s3a }],
  ])('on a cluster of release %s is said in the words of whoever reads it', (release, settings) => {
    expect(settingsOf(['emr-serverless', release], s3)).toEqual(settings);
  });

  it('on EMR on EKS goes by the label of the cluster', () => {
    expect(settingsOf(['emr-eks', 'emr-7.9.0-latest'], s3)).toEqual(emrfs);
    expect(settingsOf(['emr-eks', 'emr-7.10.0-java11-latest'], s3)).toEqual(s3a);
  });

  it("reaches Iceberg's own client, too", () => {
    const catalog = 'catalogs: [{ kind: icebergGlue, warehouse: "s3://b/w" }]';
    const { launchConf } = placed(['emr-ec2', 'emr-7.12.0'], `${s3}\n    ${catalog}`);
    expect(launchConf.get('spark.sql.catalog.glue_catalog.s3.sse.type')).toBe('kms');
    expect(launchConf.get('spark.sql.catalog.glue_catalog.s3.sse.key')).toBe('alias/lake');
  });

  it('is said by S3A elsewhere', () => {
    const text = `clusters: { k: { kind: kubernetes, namespace: n, engineJar: "local:///e.jar" } }`;
    const preset = `presets: { p: { cluster: k, ${s3} } }`;
    const { launchConf } = placedByPreset([text, preset], { preset: 'p' });
    expect(launchConf.get('spark.hadoop.fs.s3a.encryption.key')).toBe('alias/lake');
    expect([...launchConf.keys()].filter((key) => key.startsWith('spark.hadoop.fs.s3.'))).toEqual(
      [],
    );
  });
});

describe('jars', () => {
  const iceberg = '/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar';
  const delta = '/usr/share/aws/delta/lib';
  const catalogs =
    'catalogs: [{ kind: iceberg, name: lake, warehouse: "s3://b/w" }, { kind: delta, warehouse: "s3a://b/d" }]';

  it.each([
    ['emr-serverless', undefined, ''],
    ['emr-serverless', 'emr-7.12.0', ''],
    ['emr-ec2', 'emr-7.0.0', ''],
    ['emr-eks', 'emr-7.9.0-latest', 'local://'],
    ['emr-eks', 'emr-7.10.0-latest', 'local://'],
  ] as const)(
    "are the image's on %s of release %s, and no file system is forced",
    (kind, release, root) => {
      expect(settingsOf([kind, release], catalogs)).toEqual({
        jars: [`${delta}/delta-spark.jar`, `${delta}/delta-storage.jar`, iceberg]
          .map((path) => `${root}${path}`)
          .join(','),
      });
    },
  );

  it('have to be named on emr-spark-8.0.0', () => {
    const open = () => placed(['emr-serverless', 'emr-spark-8.0.0'], catalogs);
    expect(messageFrom(open)).toMatch(/emr-spark-8\.0\.0 have the jars .* not known here/);
  });
});

describe('a setting that the release has no use for', () => {
  const impl = 'org.apache.hadoop.fs.s3a.S3AFileSystem';
  const old = 'com.amazonaws.auth.WebIdentityTokenCredentialsProvider';
  const provider = 'spark.hadoop.fs.s3a.aws.credentials.provider';

  it.each([
    ['emr-7.9.0', 'spark.hadoop.fs.s3.impl', impl, /preset p does not go with emr-7\.9\.0: EMRFS/],
    ['emr-7.0.0', 'spark.hadoop.fs.s3n.impl', impl, /does not go with emr-7\.0\.0/],
    ['emr-spark-8.0.0', provider, `x.Y, ${old}`, /WebIdentityToken\w+ is of AWS's SDK 1/],
    [
      'emr-spark-8.0.0',
      'spark.executorEnv.JAVA_HOME',
      '/usr/lib/jvm/java-11-amazon-corretto.x86_64/',
      /Spark 4 needs Java 17 or later, and this is Java 11/,
    ],
  ])('is refused in a file where no engine would work: %s with %s', (release, key, value, text) => {
    for (const part of ['fixedConf', 'defaultConf']) {
      const read = () =>
        placed(['emr-ec2', release], `${part}: { ${key}: ${JSON.stringify(value)} }`);
      expect(messageFrom(read)).toMatch(text);
    }
  });

  it.each([
    ['emr-7.9.0', 'spark.hadoop.fs.s3a.connection.maximum', '9', /emr-7\.9\.0: .*s3a:\/\/ alone/],
    ['emr-7.10.0', 'spark.hadoop.fs.s3.maxConnections', '9', /emr-7\.10\.0: .*EMR translates/],
    ['emr-7.12.0', provider, old, /SDK 1, which S3A takes only as long/],
    ['emr-7.10.0', 'spark.sql.iceberg.data-prefetch.enabled', 'true', /emr-7\.12\.0 on/],
  ])('is told in the launch log, whoever says it: %s with %s', (release, key, value, text) => {
    const ofFile = placed(
      ['emr-serverless', release],
      `fixedConf: { ${key}: ${JSON.stringify(value)} }`,
    );
    expect(ofFile.notes).toEqual([expect.stringMatching(text)]);
    const ofSession = placed(['emr-serverless', release], '{}', { [key]: value });
    expect(ofSession.notes).toEqual([expect.stringMatching(text)]);
    expect(ofSession.notes.join()).not.toContain('=');
  });

  it.each([
    ['emr-7.10.0', 'spark.hadoop.fs.s3.impl', impl],
    ['emr-7.10.0', 'spark.hadoop.fs.s3.impl', 'com.amazon.ws.emr.hadoop.fs.EmrFileSystem'],
    ['emr-7.10.0', 'spark.hadoop.fs.s3a.connection.maximum', '9'],
    ['emr-7.9.0', 'spark.hadoop.fs.s3.maxConnections', '9'],
    ['emr-spark-8.0.0', provider, 'com.amazonaws.auth.InstanceProfileCredentialsProvider'],
    ['emr-7.12.0', provider, 'com.amazonaws.emr.AssumeRoleAWSCredentialsProvider'],
    [
      'emr-spark-8.0.0',
      provider,
      'software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider',
    ],
    ['emr-7.12.0', 'spark.executorEnv.JAVA_HOME', '/usr/lib/jvm/java-11-amazon-corretto.x86_64/'],
    [
      'emr-spark-8.0.0',
      'spark.executorEnv.JAVA_HOME',
      '/usr/lib/jvm/java-21-amazon-corretto.x86_64/',
    ],
    ['emr-7.12.0', 'spark.sql.iceberg.data-prefetch.enabled', 'true'],
    ['emr-7.9.0', 'spark.sql.iceberg.data-prefetch.enabled', 'false'],
    [undefined, 'spark.hadoop.fs.s3a.connection.maximum', '9'],
  ])('is nothing of this: %s with %s = %s', (release, key, value) => {
    const { launchConf, notes } = placed(
      ['emr-serverless', release],
      `fixedConf: { ${key}: ${JSON.stringify(value)} }`,
    );
    expect(notes).toEqual([]);
    expect(launchConf.get(key)).toBe(value);
  });
});

describe('the release of a preset', () => {
  it('is that of the launch, unless the cluster says its own', () => {
    expect(placed(['emr-serverless', undefined], 'release: emr-7.9.0').release).toBe('emr-7.9.0');
    expect(placed(['emr-serverless', 'emr-7.9.0'], '{}').release).toBe('emr-7.9.0');
    expect(placed(['emr-eks', 'emr-7.9.0-latest'], 'release: emr-7.9.0').release).toBe(
      'emr-7.9.0-latest',
    );
  });

  it.each([
    [
      ['emr-eks', 'emr-7.10.0-latest'],
      'emr-7.9.0',
      /p is for release emr-7\.9\.0, .* lake has emr-7\.10\.0-latest/,
    ],
    [
      ['emr-ec2', 'emr-7.10.0'],
      'emr-spark-8.0.0',
      /emr-spark-8\.0\.0, and cluster lake has emr-7\.10\.0/,
    ],
    [
      ['emr-serverless', undefined],
      'emr-6.15.0',
      /release of preset p: emr-6\.15\.0 has Spark 3\.4\.1/,
    ],
  ] as const)('on %s is refused as %s', (place, release, text) => {
    expect(messageFrom(() => placed(place, `release: ${release}`))).toMatch(text);
  });

  it('has to be a label where a cluster says it', () => {
    const read = () => new Snapshot([{ file: 'c.yaml', text: clusterText('emr-ec2', 'emr-7.8') }]);
    expect(messageFrom(read)).toMatch(/must be a release of EMR, e\.g\. emr-7\.10\.0/);
  });

  it('changes the revision of what is launched', () => {
    const revision = (release: string | undefined) =>
      new Snapshot([{ file: 'c.yaml', text: clusterText('emr-serverless', release) }]).place({
        ...{ user: 'alice', groups: [], ownKeys: new Set<string>() },
        settings: new Map([['kyuubi.session.cluster', 'lake']]),
      }).placement.revision?.id;
    expect(revision('emr-7.9.0')).not.toBe(revision('emr-7.10.0'));
    expect(revision('emr-7.9.0')).toBe(revision('emr-7.9.0'));
  });
});
