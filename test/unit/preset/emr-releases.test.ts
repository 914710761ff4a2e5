import { expect, it } from 'vitest';
import {
  emrReleaseOf,
  engineLineOf,
  releaseNote,
  releaseProblem,
} from '../../../src/preset/emr-releases.ts';

it('knows Spark, Java and the reader of S3 of a release, with and without the end of an image', () => {
  expect(emrReleaseOf('emr-7.10.0-latest')).toEqual({
    spark: '3.5.5',
    java: 17,
    s3: 's3a',
  });
  expect(emrReleaseOf('emr-7.9.0')).toMatchObject({ s3: 'emrfs', java: 17 });
  expect(emrReleaseOf('emr-6.15.0')).toMatchObject({ spark: '3.4.1', java: 8, s3: 'emrfs' });
});

it('knows the releases of Spark alone', () => {
  expect(emrReleaseOf('emr-spark-8.0.0')).toEqual({ spark: '4.0.2', java: 17, s3: 's3a' });
  expect(emrReleaseOf('emr-spark-8.1.0-latest')?.spark).toBe('4.1.1');
  expect(emrReleaseOf('emr-8.0.0')).toBeUndefined();
  expect(emrReleaseOf('emr-spark-7.12.0')).toBeUndefined();
});

it.each([
  ['emr-7.13.0-java8-latest', 8],
  ['emr-7.12.0-java11-20251111', 11],
  ['emr-7.12.0-spark-rapids-java8-latest', 8],
  ['emr-6.15.0-java17-al2023-latest', 17],
  ['emr-7.12.0-spark-rapids-latest', 17],
  ['emr-6.15.0-20231109', 8],
] as const)('knows the Java of the image %s', (label, java) => {
  expect(emrReleaseOf(label)?.java).toBe(java);
});

it.each([
  ['emr-7.13.0', '3.5'],
  ['emr-spark-8.0.0', '4.0'],
  ['emr-spark-8.1.0', '4.1'],
  ['emr-6.15.0', undefined],
  ['emr-9.9.0', undefined],
] as const)('gives a preset of %s the line of Spark %s', (label, line) => {
  expect(engineLineOf(label)).toBe(line);
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
