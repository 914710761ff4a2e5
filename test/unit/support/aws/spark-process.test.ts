import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DriverLog } from '../../../support/aws/driver-log.ts';
import { SparkProcess } from '../../../support/aws/spark-process.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';

let root: string;

beforeEach(() => {
  root = makeTempDir('spark-process');
  mkdirSync(join(root, 'bin'));
  const submit = join(root, 'bin', 'spark-submit');
  writeFileSync(submit, '#!/bin/sh\necho "$SPARK_LOCAL_DIRS"\necho "$SPARK_SUBMIT_OPTS"\n');
  chmodSync(submit, 0o755);
  vi.stubEnv('TORII_TEST_SPARK', undefined);
  vi.stubEnv('SPARK_HOME', root);
});

afterEach(() => {
  vi.unstubAllEnvs();
  removeTempDir(root);
});

it.each([undefined, '/etc/hadoop'])(
  'a job of Spark leaves no temporary files outside its folder (YARN: %s)',
  async (hadoopConfDir) => {
    const folder = join(root, 'job');
    const log = new DriverLog();
    const request = { entryPoint: 's3://jars/e.jar', args: [], options: [], defaults: {} };
    const yarn = hadoopConfDir === undefined ? {} : { hadoopConfDir };
    const process = new SparkProcess({ request, log, folder, locate: (uri) => uri, ...yarn });
    expect(await process.exited).toBe(0);
    expect(log.text('stdout').trim().split('\n')).toEqual([
      join(folder, 'local'),
      `-Djava.io.tmpdir=${join(folder, 'tmp')}`,
    ]);
    expect(existsSync(join(folder, 'tmp'))).toBe(true);
  },
);
