import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../processes.ts';
import { sparkHome } from '../spark-homes.ts';
import { sparkEnvironment } from '../spark-thrift-server.ts';

/** Makes the jar of a small Spark job, `SumRows`, in the folder and gives back its path. */
export async function buildSparkJob(dir: string): Promise<string> {
  const home = sparkHome('3.5');
  const env = sparkEnvironment(home);
  const classes = join(dir, 'classes');
  mkdirSync(classes, { recursive: true });
  const jar = join(dir, 'job.jar');
  const source = join(import.meta.dirname, 'job', 'SumRows.java');
  const javac = ['-proc:none', '-cp', join(home, 'jars', '*'), '-d', classes, source];
  for (const [command, args] of [
    ['javac', javac],
    ['jar', ['--create', '--file', jar, '-C', classes, '.']],
  ] as const) {
    const made = await runProcess(command, args, { env });
    if (made.code !== 0) throw new Error(`${command}: ${made.stdout}${made.stderr}`);
  }
  return jar;
}
