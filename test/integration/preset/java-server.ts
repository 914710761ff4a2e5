import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StartedProcess, startProcess } from '../../support/processes.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { sparkEnvironment } from '../../support/spark-thrift-server.ts';

export interface JavaServerOptions {
  readonly mainClass: string;
  readonly classPath: readonly string[];
  /** Where it runs and keeps its files. */
  readonly dir: string;
  readonly options?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves to true as soon as it serves. */
  readonly isUp: () => Promise<boolean>;
}

const startLimitMs = 60_000;

/** Starts a JVM and waits until it serves; fails, with the end of its output, when it ends or takes too long. */
export async function startJavaServer(server: JavaServerOptions): Promise<StartedProcess> {
  const child = startProcess(
    'java',
    [
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m'],
      ...[`-Djava.io.tmpdir=${server.dir}`, ...(server.options ?? [])],
      ...['-cp', server.classPath.join(delimiter), server.mainClass],
    ],
    { cwd: server.dir, env: { ...sparkEnvironment(sparkHome('3.5')), ...server.env } },
  );
  const deadline = Date.now() + startLimitMs;
  while (!(await server.isUp())) {
    if (child.hasExited || Date.now() > deadline) {
      await child.stop();
      throw new Error(
        `${server.mainClass} is not up:\n${child.stdout}${child.stderr}`.slice(-4_000),
      );
    }
    await sleep(100);
  }
  return child;
}
