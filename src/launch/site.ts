import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/entry.ts';
import { parseProperties } from '../config/properties.ts';

/** What the administrator of this host has configured for Spark and Hadoop. */
export interface Site {
  readonly sparkConfDir: string;
  /** spark-defaults.conf. */
  readonly defaults: Settings;
  /** spark-env.sh or java-opts: only Spark's own scripts know what to do with these. */
  readonly needsScripts: boolean;
  /** Files that Spark and Hadoop find on their class path, by name. */
  readonly classPathFiles: ReadonlyMap<string, string>;
}

const forScripts = new Set(['spark-env.sh', 'java-opts']);
const notOnClassPath = /^(?:spark-defaults\.conf|workers|slaves|.*\.(?:template|cmd|sh)|\..*)$/;

export async function readSite(environment: Readonly<Record<string, string>>): Promise<Site> {
  const sparkHome = environment['SPARK_HOME'] ?? '';
  const sparkConfDir = environment['SPARK_CONF_DIR'] ?? join(sparkHome, 'conf');
  const hadoopDirs = [environment['HADOOP_CONF_DIR'], environment['YARN_CONF_DIR']];
  const dirs = [sparkConfDir, ...hadoopDirs.filter((dir) => dir !== undefined && dir !== '')];

  const classPathFiles = new Map<string, string>();
  for (const dir of dirs as readonly string[]) {
    for (const name of await fileNames(dir)) {
      if (notOnClassPath.test(name) || forScripts.has(name) || classPathFiles.has(name)) continue;
      classPathFiles.set(name, join(dir, name));
    }
  }
  const names = await fileNames(sparkConfDir);
  const defaults = await readFile(join(sparkConfDir, 'spark-defaults.conf'), 'utf8').catch(
    () => '',
  );
  return {
    sparkConfDir,
    defaults: sparkSettings(parseProperties(defaults)),
    needsScripts: names.some((name) => forScripts.has(name)),
    classPathFiles,
  };
}

/** spark-submit ignores all other keys of the file. */
function sparkSettings(all: Settings): Settings {
  return new Map([...all].filter(([key]) => key.startsWith('spark.')));
}

async function fileNames(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => []);
  const isFile = await Promise.all(
    names.map((name) =>
      stat(join(dir, name))
        .then((facts) => facts.isFile())
        .catch(() => false),
    ),
  );
  return names.filter((_, at) => isFile[at]).toSorted();
}
