import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where the set-up of start and test keeps what it has fetched: Spark, drivers, Python clients. */
export const cacheDir = resolve(
  process.env['TORII_CACHE_DIR'] ?? join(homedir(), '.cache', 'torii'),
);

export type SparkLine = '3.5' | '4.1';

const releases: Record<SparkLine, string> = { '3.5': 'spark-3.5.9', '4.1': 'spark-4.1.4' };

/**
 * The Spark of a line. Without one, it is the line that TORII_TEST_SPARK names, else the installation that the set-up
 * of the integration tests found (SPARK_HOME), else the one of line 3.5.
 */
export function sparkHome(line?: SparkLine): string {
  const asked = line ?? askedLine();
  if (asked === undefined && process.env['SPARK_HOME']) return process.env['SPARK_HOME'];
  const home = join(cacheDir, releases[asked ?? '3.5']);
  if (!existsSync(join(home, 'bin', 'spark-submit'))) {
    throw new Error(`${home} holds no Spark: run "npm start" or "npm test" once, which fetch it`);
  }
  return home;
}

/** The version of an installation, as its jars carry it and as a server of it reports it. */
export function sparkVersion(home = sparkHome()): string {
  for (const jar of readdirSync(join(home, 'jars'))) {
    const version = /^spark-core_[\d.]+-(.+)\.jar$/.exec(jar)?.[1];
    if (version !== undefined) return version;
  }
  throw new Error(`${home} holds no spark-core jar`);
}

function askedLine(): SparkLine | undefined {
  const line = process.env['TORII_TEST_SPARK'];
  if (line === undefined || line === '3.5' || line === '4.1') return line;
  throw new Error(`TORII_TEST_SPARK=${line} is not 3.5 or 4.1`);
}
