import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runProcess, startProcess } from '../test/support/processes.ts';
import { sparkEnvironment } from '../test/support/spark-thrift-server.ts';
import { makeTempDir, removeTempDir } from '../test/support/temp-dir.ts';
import type { BenchContext } from './part.ts';
import { UntilStopped } from './until-stopped.ts';

const startLimitMs = 120_000;
const compileLimitMs = 60_000;

/** A Spark program of our own (WarmDriver.java), which collects `select * from values (1)` as often as it is told. */
export interface WarmDriver {
  /** Milliseconds of each. */
  collect(times: number): Promise<number[]>;
  stop(): Promise<void>;
}

export async function startWarmDriver(
  { sparkHome, javaHome }: BenchContext,
  conf: Readonly<Record<string, string>>,
): Promise<WarmDriver> {
  await using failed = new UntilStopped();
  const dir = makeTempDir('bench-driver');
  const env = { ...sparkEnvironment(sparkHome), JAVA_HOME: javaHome };
  failed.add(() => removeTempDir(dir));
  const compiled = await runProcess(
    join(javaHome, 'bin', 'javac'),
    [
      ...['-d', dir, '-cp', join(sparkHome, 'jars', '*')],
      join(import.meta.dirname, 'WarmDriver.java'),
    ],
    { env, limitMs: compileLimitMs },
  );
  if (compiled.code !== 0) throw new Error(`javac of WarmDriver.java:\n${compiled.stderr}`);
  const all = {
    'spark.ui.enabled': 'false',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.extraClassPath': dir,
    'spark.sql.warehouse.dir': join(dir, 'warehouse'),
    'spark.local.dir': join(dir, 'local'),
    'spark.hadoop.javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${join(dir, 'metastore_db')};create=true`,
    ...conf,
  };
  const child = startProcess(
    join(sparkHome, 'bin', 'spark-submit'),
    [
      ...['--class', 'WarmDriver', '--master', 'local[1]'],
      ...Object.entries(all).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      'spark-internal',
    ],
    { cwd: dir, env },
  );
  failed.add(() => child.stop());
  const [, port] = await child.waitFor(/^listening at (\d+)$/m, startLimitMs, 'stdout');
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const lines = createInterface(socket)[Symbol.asyncIterator]();
  const stops = failed.move();
  stops.add(() => socket.destroy());
  return {
    collect: async (times) => {
      socket.write(`${times}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error(`the Spark program ended:\n${child.stderr}`);
      return line.value.split(',').map((microseconds) => Number(microseconds) / 1000);
    },
    stop: () => stops[Symbol.asyncDispose](),
  };
}
