import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { found } from '../../../support/found.ts';
import { localChecks } from '../../../../src/launch/local/local-check.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';

async function verdicts(sparkHome: string | undefined, engineJar: string) {
  const place = { sparkHome, javaHome: '/nonexistent', engineJar, environment: {} };
  const all = await found(localChecks(place));
  return Object.fromEntries(all.map(({ check, verdict }) => [check, verdict]));
}

it.each([
  ['spark-core_2.12-3.5.9.jar', 'ok'],
  ['spark-core_2.13-4.1.4.jar', 'ok'],
  ['spark-core_2.12-3.3.0.jar', 'failed'],
  ['other.jar', 'failed'],
])('a host with %s', async (jar, verdict) => {
  const home = makeTempDir('local-check');
  try {
    mkdirSync(join(home, 'jars'));
    writeFileSync(join(home, 'jars', jar), '');
    const path = join(home, 'jars', jar);
    expect(await verdicts(home, path)).toEqual({
      Spark: verdict,
      Java: 'failed',
      'engine jar': 'ok',
    });
  } finally {
    removeTempDir(home);
  }
});

it('a host without anything', async () => {
  expect(await verdicts(undefined, '/nonexistent.jar')).toEqual({
    Spark: 'failed',
    Java: 'failed',
    'engine jar': 'failed',
  });
});
