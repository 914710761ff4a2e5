import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/core/errors.ts';
import { jarSettings } from '../../../../src/preset/catalogs/table-format-jars.ts';

const oldest = 'emr-6.9.0 is the oldest release that has.';
const cluster = { clusterKind: 'kubernetes' };

describe('jars of table formats', () => {
  it('are the image of the release by its own paths, which changed with EMR 7', () => {
    const jars = (release: string) =>
      Object.fromEntries(jarSettings(['iceberg', 'delta', 's3a'], 'auto', { ...cluster, release }));
    const iceberg = 'local:///usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar';
    const delta = 'local:///usr/share/aws/delta/lib';
    expect(jars('emr-7.8.0-latest')).toEqual({
      'spark.jars': `${iceberg},${delta}/delta-spark.jar,${delta}/delta-storage.jar`,
    });
    expect(jars('emr-6.15.0')).toEqual({
      'spark.jars': `${iceberg},${delta}/delta-core.jar,${delta}/delta-storage.jar`,
    });
  });

  it.each(['emr-serverless', 'emr-ec2'])('are plain paths on %s', (clusterKind) => {
    expect(jarSettings(['iceberg'], 'auto', { clusterKind, release: 'emr-7.12.0' })).toEqual([
      ['spark.jars', '/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar'],
    ]);
  });

  it('are those of the image on EMR where nobody says which release it is', () => {
    const jars = (sparkLine?: '4.0') =>
      jarSettings(['delta', 's3a'], 'auto', { clusterKind: 'emr-serverless', sparkLine });
    expect(jars()).toEqual([
      [
        'spark.jars',
        '/usr/share/aws/delta/lib/delta-spark.jar,/usr/share/aws/delta/lib/delta-storage.jar',
      ],
    ]);
    expect(refusal(() => jars('4.0'))).toEqual([
      'CONFIG_INVALID',
      'where images of EMR with Spark 4.0 have the jars of Iceberg and Delta is not known here',
      "Name them in the catalog's jars, or say jars: image where Spark finds them itself.",
    ]);
  });

  it.each([
    ['3.5', 'iceberg', 'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0'],
    ['4.0', 'iceberg', 'org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.0'],
    ['4.1', 'iceberg', 'org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0'],
    ['3.5', 'delta', 'io.delta:delta-spark_2.12:3.2.0'],
    ['4.0', 'delta', 'io.delta:delta-spark_2.13:4.0.0'],
  ] as const)(
    'are those of Maven for Spark %s and %s elsewhere',
    (sparkLine, need, coordinates) => {
      expect(jarSettings([need], 'auto', { ...cluster, sparkLine })).toEqual([
        ['spark.jars.packages', coordinates],
      ]);
    },
  );

  it('are what the preset names, or nothing where the image has them', () => {
    const named = ['local:///opt/a.jar', 's3://bucket/b.jar'];
    expect(jarSettings(['delta'], named, cluster)).toEqual([
      ['spark.jars', 'local:///opt/a.jar,s3://bucket/b.jar'],
    ]);
    expect(jarSettings(['delta'], 'image', cluster)).toEqual([]);
    expect(jarSettings([], 'auto', cluster)).toEqual([]);
  });

  it('that nobody knows are refused with the way out', () => {
    expect(refusal(() => jarSettings(['unity'], 'auto', { ...cluster, sparkLine: '4.1' }))).toEqual(
      [
        'CONFIG_INVALID',
        'no jars of unity are known for Spark 4.1',
        "Name them in the catalog's jars, or say jars: image where the image has them.",
      ],
    );
  });

  it('of a release of Spark alone are to be named, and S3 is read there without any', () => {
    const context = { ...cluster, release: 'emr-spark-8.0.0', sparkLine: '4.0' } as const;
    expect(refusal(() => jarSettings(['iceberg', 's3a'], 'auto', context))).toEqual([
      'CONFIG_INVALID',
      'where images of emr-spark-8.0.0 have the jars of Iceberg and Delta is not known here',
      "Name them in the catalog's jars, or say jars: image where Spark finds them itself.",
    ]);
    expect(jarSettings(['s3a'], 'auto', context)).toEqual([]);
    expect(jarSettings(['iceberg'], 'image', context)).toEqual([]);
  });

  it.each([
    [
      'emr-7.8',
      'is no release of EMR',
      'One is written emr-7.8.0, emr-7.8.0-latest or emr-spark-8.0.0.',
    ],
    ['emr-6.8.0', 'has no jars of Iceberg and Delta that are known here', oldest],
    ['emr-5.36.0', 'has no jars of Iceberg and Delta that are known here', oldest],
  ])('of the release %s are refused', (release, words, hint) => {
    const jars = () => jarSettings(['iceberg'], 'auto', { ...cluster, release });
    expect(refusal(jars)).toEqual(['CONFIG_INVALID', `${release} ${words}`, hint]);
  });

  it('of a release that is not of EMR come from Maven', () => {
    expect(jarSettings(['iceberg'], 'auto', { ...cluster, release: 'own-1' })).toEqual([
      ['spark.jars.packages', 'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0'],
    ]);
  });
});

/** Code, message and hint of what is thrown. */
function refusal(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return [thrown.code, thrown.message, thrown.hint];
  }
}
