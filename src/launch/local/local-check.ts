import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { type Finding, failed, ok } from '../../core/finding.ts';
import type { ClusterCheck } from '../cluster-check.ts';
import { readJavaRuntime } from './java-runtime.ts';

export interface LocalPlace {
  readonly sparkHome: string | undefined;
  readonly javaHome: string | undefined;
  readonly engineJar: string;
  readonly environment: Environment;
}

/** Whether this host has what engines as its processes need. */
export function localChecks(place: LocalPlace): readonly ClusterCheck[] {
  return [
    { what: 'Spark', run: async () => [await sparkFinding(place.sparkHome)] },
    { what: 'Java', run: async () => [await javaFinding(place)] },
    { what: 'engine jar', run: async () => [await jarFinding(place.engineJar)] },
  ];
}

async function sparkFinding(home: string | undefined): Promise<Finding> {
  const hint = 'Set torii.spark.home or SPARK_HOME to an installation of Spark 3.5 or later.';
  if (home === undefined) return failed('Spark', 'no installation is known', hint);
  const jars = await readdir(join(home, 'jars')).catch(() => []);
  const core = jars.flatMap((jar) => /^spark-core_[\d.]+-(.+)\.jar$/.exec(jar)?.[1] ?? []);
  const [version] = core;
  if (version === undefined) return failed('Spark', `${home} holds no Spark`, hint);
  if (/^(?:[12]\.|3\.[0-4]\.)/.test(version)) {
    return failed('Spark', `${home} holds Spark ${version}`, hint);
  }
  return ok('Spark', `${home} holds Spark ${version}`);
}

async function javaFinding({ sparkHome, javaHome, environment }: LocalPlace): Promise<Finding> {
  const executable = javaHome === undefined ? 'java' : join(javaHome, 'bin', 'java');
  const set = Object.entries(environment).filter(([, value]) => value !== undefined);
  const env = Object.fromEntries(set) as Record<string, string>; // the undefined ones are out
  const java = await readJavaRuntime(executable, env, sparkHome ?? '');
  const hint = 'Set torii.java.home or JAVA_HOME to Java 17, which all versions of Spark take.';
  if (java === undefined) return failed('Java', `${executable} does not run`, hint);
  const [first = ''] = java.version.split('\n');
  return java.major < 8 ? failed('Java', first, hint) : ok('Java', `${executable}: ${first}`);
}

async function jarFinding(path: string): Promise<Finding> {
  try {
    await access(path, constants.R_OK);
    return ok('engine jar', `${path} is there`);
  } catch {
    return failed('engine jar', `${path} can't be read`, 'Set torii.engine.jar, or build it.');
  }
}
