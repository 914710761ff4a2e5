import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sparkHome } from '../../support/spark-homes.ts';

/** Those of the jars of Spark 3.5 whose names begin with one of these, for a server that needs no more of them. */
export function sparkJars(beginnings: readonly string[]): readonly string[] {
  const folder = join(sparkHome('3.5'), 'jars');
  return readdirSync(folder)
    .filter((name) => beginnings.some((beginning) => name.startsWith(beginning)))
    .map((name) => join(folder, name));
}
