import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emrReleaseOf, engineLineOf, knownReleases } from '../../../src/preset/emr-releases.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/emr.md'), 'utf8');
const readers = { emrfs: 'EMRFS', s3a: 'S3A' } as const;

it('docs/emr.md has the releases with an engine as they are known here, and no others', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `emr-'));
  const expected = knownReleases.flatMap((label) => {
    const release = emrReleaseOf(label);
    if (release === undefined || engineLineOf(label) === undefined) return [];
    const { spark, iceberg, delta, java, s3 } = release;
    return [`| \`${label}\` | ${spark} | ${iceberg} | ${delta} | ${java} | ${readers[s3]} |`];
  });
  expect(rows).toEqual(expected);
});
