import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** One Java, and what this Spark wants it to be started with. */
export interface JavaRuntime {
  readonly executable: string;
  /** All that `java -version` says: tells builds apart. */
  readonly version: string;
  readonly major: number;
  /** Modules to be opened and the like; undefined where Spark's launcher could not be asked. */
  readonly sparkOptions: readonly string[] | undefined;
}

const run = promisify(execFile);
const timeout = 20_000;

/** Asks Java for its version and Spark's launcher for the command that it would run. Undefined where there is no Java. */
export async function readJavaRuntime(
  executable: string,
  environment: Readonly<Record<string, string>>,
  sparkHome: string,
): Promise<JavaRuntime | undefined> {
  const env = { ...environment, SPARK_HOME: sparkHome, SPARK_SCALA_VERSION: 'any' };
  const [version, command] = await Promise.all([
    run(executable, ['-version'], { env, timeout }).then(
      ({ stdout, stderr }) => stdout + stderr,
      () => undefined,
    ),
    run(executable, launcherArgs(sparkHome), { env, timeout }).then(
      ({ stdout }) => stdout,
      () => undefined,
    ),
  ]);
  if (version === undefined) return undefined;
  return {
    executable,
    version,
    major: majorVersion(version),
    sparkOptions: command === undefined ? undefined : sparkOptions(command),
  };
}

export function javaExecutable(environment: Readonly<Record<string, string>>): string {
  const home = environment['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** 8 for `1.8.0_402`, 17 for `17.0.15`; 0 where the text names none. */
export function majorVersion(versionOutput: string): number {
  const [, first = '0', second = '0'] = /version "(\d+)(?:\.(\d+))?/.exec(versionOutput) ?? [];
  return Number(first === '1' ? second : first);
}

/** The options between class path and main class of the command that Spark's launcher prints, each ended by NUL. */
export function sparkOptions(launcherOutput: string): readonly string[] | undefined {
  const items = launcherOutput.split('\0').map((item) => item.trim());
  const classPath = items.indexOf('-cp');
  const main = items.indexOf(submitClass);
  if (classPath === -1 || main < classPath) return undefined;
  return items.slice(classPath + 2, main).filter((item) => !item.startsWith('-Xmx'));
}

const submitClass = 'org.apache.spark.deploy.SparkSubmit';

function launcherArgs(sparkHome: string): readonly string[] {
  const classPath = join(sparkHome, 'jars', '*');
  const main = 'org.apache.spark.launcher.Main';
  return ['-XX:TieredStopAtLevel=1', '-cp', classPath, main, submitClass, '--class', 'any', 'any'];
}
