import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the test set-up keeps what it has fetched: Spark, drivers, Python clients. */
export const cacheDir = join(homedir(), '.cache', 'torii');

export type SparkLine = '3.5' | '4.1';

const releases: Record<SparkLine, string> = { '3.5': 'spark-3.5.9', '4.1': 'spark-4.1.4' };

/** The Spark to test with; TORII_TEST_SPARK names another line than 3.5. */
export function sparkHome(line: SparkLine = testedSparkLine()): string {
  const home = join(cacheDir, releases[line]);
  if (!existsSync(join(home, 'bin', 'spark-submit'))) {
    throw new Error(`${home} holds no Spark: run "npm start" or "npm test" once, which fetch it`);
  }
  return home;
}

function testedSparkLine(): SparkLine {
  const line = process.env['TORII_TEST_SPARK'] ?? '3.5';
  if (line !== '3.5' && line !== '4.1')
    throw new Error(`TORII_TEST_SPARK=${line} is not 3.5 or 4.1`);
  return line;
}
