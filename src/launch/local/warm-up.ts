import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../core/clock.ts';
import { ownMainClass } from '../main-resource.ts';
import { engineKeySetting } from '../setting-places.ts';
import type { JavaRuntime } from './java-runtime.ts';
import { lastLines } from './log-tail.ts';
import { signalTree } from '../process-group.ts';

/** A throw-away driver that does what a first session does and ends: what it has loaded becomes the archive. */
export interface WarmUp {
  readonly java: JavaRuntime;
  readonly classPath: readonly string[];
  readonly mainClass: string;
  readonly args: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

const limitMs = 180_000;

/**
 * A real engine that no gateway can find, having no ZooKeeper: it comes up, runs its own first query, and ends since
 * nobody opens a session.
 */
const engineSettings = {
  'spark.kyuubi.engine.share.level': 'CONNECTION',
  'spark.kyuubi.session.engine.spark.max.initial.wait': 'PT20S',
  'spark.kyuubi.session.engine.check.interval': 'PT1S',
  'spark.kyuubi.engine.spark.initialize.sql': 'SHOW DATABASES; SELECT 1',
  'spark.torii.engine.warm.up': 'true',
  'spark.torii.engine.bind.host': '127.0.0.1',
};

/** Our engine's own, and for a jar without it Spark's SQL shell, which loads most of the same. */
export function warmUps(
  java: JavaRuntime,
  classPath: readonly string[],
  environment: Readonly<Record<string, string>>,
): readonly WarmUp[] {
  const common = { java, classPath, environment };
  const properties = {
    'spark.master': 'local[1]',
    'spark.app.name': 'torii-warm-up',
    'spark.ui.port': '0',
  };
  const shell = 'org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver';
  return [
    {
      ...common,
      mainClass: ownMainClass,
      args: [],
      properties: { ...properties, ...engineSettings },
    },
    { ...common, mainClass: shell, args: ['-e', 'show databases; select 1'], properties },
  ];
}

export interface WarmUpEnd {
  readonly succeeded: boolean;
  readonly lastLines: readonly string[];
}

export async function runWarmUp(
  warmUp: WarmUp,
  archive: string,
  workDir: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<WarmUpEnd> {
  const logPath = join(workDir, 'warm-up.log');
  const log = await open(logPath, 'w', 0o600);
  // A key that nobody knows: for as long as it runs, no one gets in.
  const keyPath = join(workDir, 'key.properties');
  await writeFile(keyPath, `${engineKeySetting}=${randomBytes(32).toString('hex')}\n`, {
    mode: 0o600,
  });
  const over = new AbortController();
  try {
    // As nice as can be: the users' engines are more urgent.
    const child = spawn(
      'nice',
      ['-n', '19', warmUp.java.executable, ...javaArgs(warmUp, archive, keyPath)],
      {
        cwd: workDir,
        env: { ...warmUp.environment },
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
      },
    );
    const pid = child.pid;
    const exit = new Promise<number | undefined>((resolve) => {
      child.once('exit', (code) => resolve(code ?? undefined));
      child.once('error', () => resolve(undefined));
    });
    const tooLate = clock
      .sleep(limitMs, AbortSignal.any([signal, over.signal]))
      .catch(() => undefined);
    await Promise.race([exit, tooLate]);
    if (pid !== undefined && child.exitCode === null) signalTree(pid, 'SIGKILL');
    const code = await exit;
    return { succeeded: code === 0, lastLines: (await lastLines(logPath, 8192)).slice(-20) };
  } finally {
    over.abort();
    await log.close();
  }
}

function javaArgs(warmUp: WarmUp, archive: string, keyPath: string): readonly string[] {
  return [
    ...['-cp', warmUp.classPath.join(delimiter), '-Xmx1g'],
    ...[`-XX:ArchiveClassesAtExit=${archive}`, '-XX:TieredStopAtLevel=1', '-Xlog:cds=off'],
    ...(warmUp.java.sparkOptions ?? []),
    ...Object.entries(warmUp.properties).map(([key, value]) => `-D${key}=${value}`),
    warmUp.mainClass,
    ...(warmUp.mainClass === ownMainClass ? ['--properties-file', keyPath] : []),
    ...warmUp.args,
  ];
}

/** Whether this Java takes the archive for this class path. */
export async function archiveFits(warmUp: WarmUp, archive: string): Promise<boolean> {
  const classPath = warmUp.classPath.join(delimiter);
  const args = ['-Xshare:on', `-XX:SharedArchiveFile=${archive}`, '-cp', classPath, '-version'];
  const env = { ...warmUp.environment };
  return promisify(execFile)(warmUp.java.executable, args, { env, timeout: 30_000 }).then(
    () => true,
    () => false,
  );
}
