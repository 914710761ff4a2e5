import { expect, it } from 'vitest';
import {
  emrReleaseOf,
  engineLineOf,
  isSameRelease,
  knownReleases,
  releaseMismatch,
  releaseNotes,
  releaseProblem,
} from '../../../src/preset/emr-releases.ts';

it('knows Spark, Java and the reader of S3 of a release, with and without the end of an image', () => {
  expect(emrReleaseOf('emr-7.10.0-latest')).toEqual({
    spark: '3.5.5',
    iceberg: '1.8.1',
    delta: '3.3.0',
    java: 17,
    s3: 's3a',
  });
  expect(emrReleaseOf('emr-7.9.0')).toMatchObject({ s3: 'emrfs', java: 17 });
  expect(emrReleaseOf('emr-6.15.0')).toMatchObject({ spark: '3.4.1', java: 8, s3: 'emrfs' });
});

it('knows the releases of Spark alone', () => {
  expect(emrReleaseOf('emr-spark-8.0.0')).toEqual({
    ...{ spark: '4.0.2', iceberg: '1.10.1', delta: '4.0.0' },
    ...{ java: 17, s3: 's3a' },
  });
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
  expect(releaseNotes('emr-9.1.0', undefined)).toEqual([
    'the release emr-9.1.0 is not among those that are known here: its Spark has to be 3.5 or later',
  ]);
  expect(releaseNotes('emr-7.12.0', undefined)).toEqual([]);
});

it('refuses an image whose Java is too old for Spark 4, and takes any of them for Spark 3.5', () => {
  expect(releaseProblem('emr-spark-8.0.0-java11-latest')).toBe(
    'emr-spark-8.0.0-java11-latest has Java 11, and Spark 4.0.2 needs Java 17 or later',
  );
  expect(releaseProblem('emr-7.12.0-java8-latest')).toBeUndefined();
});

it('has Iceberg and Delta of each release with an engine, whose own Java is always new enough', () => {
  const withEngine = knownReleases.filter((label) => engineLineOf(label) !== undefined);
  expect(withEngine).toHaveLength(16);
  const isComplete = (label: string): boolean => {
    const release = emrReleaseOf(label);
    return release?.iceberg !== undefined && release.delta !== undefined && release.java === 17;
  };
  expect(withEngine.filter((label) => !isComplete(label))).toEqual([]);
});

it('remarks a release with Spark 4 that the file does not tell of', () => {
  expect(releaseNotes('emr-spark-8.0.0', undefined)).toEqual([
    "catalogs are set up for Spark 3.5 unless the clusters' file says `release: emr-spark-8.0.0`",
  ]);
  expect(releaseNotes('emr-spark-8.0.0', 'emr-spark-8.0.0-latest')).toEqual([]);
});

it.each([
  ['emr-7.10.0', 'emr-7.10.0-latest', true],
  ['emr-7.10.0-java11-latest', 'emr-7.10.1', true],
  ['emr-7.1.0', 'emr-7.10.0', false],
  ['emr-8.0.0', 'emr-spark-8.0.0', false],
  ['own', 'own', true],
  ['own', 'emr-7.10.0', false],
])('takes %s and %s for one release: %s', (one, other, isSame) => {
  expect(isSameRelease(one, other)).toBe(isSame);
});

it('tells where settings for a release would go to another, and nothing where one of them is not known', () => {
  expect(releaseMismatch('emr-7.9.0', 'emr-7.10.0', 'application a1')).toBe(
    "application a1 is of release emr-7.10.0, and the clusters' file says emr-7.9.0",
  );
  expect(releaseMismatch('emr-7.9.0', 'emr-7.9.0-latest', 'it')).toBeUndefined();
  expect(releaseMismatch(undefined, 'emr-7.9.0', 'it')).toBeUndefined();
  expect(releaseMismatch('emr-7.9.0', '', 'it')).toBeUndefined();
});
