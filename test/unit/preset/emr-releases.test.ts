import { expect, it } from 'vitest';
import { emrReleaseOf, releaseNote, releaseProblem } from '../../../src/preset/emr-releases.ts';

it('knows Spark, Java and the reader of S3 of a release, with and without the end of an image', () => {
  expect(emrReleaseOf('emr-7.10.0-latest')).toEqual({
    spark: '3.5.5',
    java: 17,
    s3: 's3a',
    jars: {
      iceberg: '/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar',
      delta: [
        '/usr/share/aws/delta/lib/delta-spark.jar',
        '/usr/share/aws/delta/lib/delta-storage.jar',
      ],
    },
  });
  expect(emrReleaseOf('emr-7.9.0')).toMatchObject({ s3: 'emrfs', java: 17 });
  expect(emrReleaseOf('emr-6.15.0')).toMatchObject({ spark: '3.4.1', java: 8, s3: 'emrfs' });
  expect(emrReleaseOf('emr-6.15.0')?.jars.delta[0]).toMatch(/delta-core/);
});

it('refuses a release whose Spark has no engine, and only remarks one that is not known', () => {
  expect(releaseProblem('emr-6.15.0')).toBe(
    'emr-6.15.0 has Spark 3.4.1, and the engine needs Spark 3.5 or later',
  );
  expect(releaseProblem('emr-7.0.0')).toBeUndefined();
  expect(releaseProblem('emr-9.1.0')).toBeUndefined();
  expect(releaseNote('emr-9.1.0')).toMatch(/emr-9\.1\.0 is not among those that are known/);
  expect(releaseNote('emr-7.12.0')).toBeUndefined();
});
