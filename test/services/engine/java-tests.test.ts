import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProcess, type RunResult } from '../../support/processes.ts';
import { sparkHome, type SparkLine } from '../../support/spark-homes.ts';
import { sparkEnvironment } from '../../support/spark-thrift-server.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const engine = fileURLToPath(new URL('../../../spark-engine/', import.meta.url));
const jar = join(engine, 'target', 'torii-spark-engine.jar');
const tests = [
  'io.torii.engine.result.BlockTest',
  'io.torii.engine.result.QueryTest',
  'io.torii.engine.result.StageTest',
  'io.torii.engine.result.LateTasksTest',
  'io.torii.engine.metadata.MetadataTest',
  'io.torii.engine.net.AdvertisedHostTest',
  'io.torii.engine.net.EngineTlsTest',
  'io.torii.engine.conf.EngineSecretsTest',
  'io.torii.engine.conf.ManagedSecretTest',
];
/** Spark needs them open on Java 17; spark-submit would set them. */
const opened = [
  'java.lang',
  'java.lang.invoke',
  'java.net',
  'java.nio',
  'java.util',
  'sun.nio.ch',
  'sun.util.calendar',
];
let dir: string;
let classes: string;

beforeAll(async () => {
  dir = makeTempDir('java-tests');
  classes = join(dir, 'classes');
  mkdirSync(classes);
  const sources = readdirSync(join(engine, 'src', 'test', 'java'), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((name) => name.endsWith('.java'))
    .map((name) => join(engine, 'src', 'test', 'java', name));
  const path = `${jar}:${join(sparkHome('3.5'), 'jars', '*')}`;
  await promisify(execFile)('javac', [
    '--release',
    '8',
    '-nowarn',
    '-cp',
    path,
    '-d',
    classes,
    ...sources,
  ]);
});
afterAll(() => removeTempDir(dir));

describe.each(tests)('%s', (test) => {
  let runs: Readonly<Record<SparkLine, RunResult>>;

  beforeAll(async () => {
    const [older, newer] = await Promise.all([runOn('3.5', test), runOn('4.1', test)]);
    runs = { '3.5': older, '4.1': newer };
  });

  it.each(['3.5', '4.1'] as const)('passes on Spark %s', (line) => {
    const run = runs[line];
    expect(run.stdout + run.stderr.slice(-3000)).toContain(`${test.split('.').at(-1)} passed`);
    expect(run.code).toBe(0);
  });
});

function runOn(line: SparkLine, test: string): Promise<RunResult> {
  const home = sparkHome(line);
  const workDir = join(dir, `${line}-${test}`);
  mkdirSync(workDir);
  const options = [
    '-XX:TieredStopAtLevel=1', // most of the time goes into code that runs once
    '-Xmx1g',
    `-Djava.io.tmpdir=${workDir}`,
    ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  ];
  const path = `${classes}:${jar}:${join(home, 'jars', '*')}`;
  // Executors of a Spark cluster within the test work below their Spark's home.
  const linked = join(workDir, 'spark');
  mkdirSync(linked);
  symlinkSync(join(home, 'jars'), join(linked, 'jars'));
  return runProcess('java', [...options, '-cp', path, test], {
    cwd: workDir,
    // Its own scripts would set the version; the name is all that is asked for.
    env: { ...sparkEnvironment(linked), SPARK_SCALA_VERSION: 'any' },
    limitMs: 280_000,
  });
}
