import { join } from 'node:path';
import { type StartedProcess, startProcess } from '../test/support/processes.ts';
import { sparkEnvironment } from '../test/support/spark-thrift-server.ts';
import { makeTempDir, removeTempDir } from '../test/support/temp-dir.ts';
import { driverMemory } from './bench-gateway.ts';
import { freePort } from './local-port.ts';
import type { BenchContext } from './part.ts';

/** Spark's own HiveServer2 on its way up, started as a person would. */
export interface StartingThriftServer {
  readonly port: number;
  readonly process: StartedProcess;
  /** When spark-submit was started. */
  readonly startedMs: number;
  stop(): Promise<void>;
}

export async function startThriftServer(
  { sparkHome, javaHome }: BenchContext,
  conf: Readonly<Record<string, string>> = {},
): Promise<StartingThriftServer> {
  const dir = makeTempDir('bench-sts');
  const port = await freePort();
  const all = {
    'spark.driver.memory': driverMemory,
    'spark.ui.enabled': 'false',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.sql.warehouse.dir': join(dir, 'warehouse'),
    'spark.local.dir': join(dir, 'local'),
    'spark.hadoop.javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${join(dir, 'metastore_db')};create=true`,
    ...conf,
  };
  const startedMs = performance.now();
  const child = startProcess(
    join(sparkHome, 'bin', 'spark-submit'),
    [
      ...['--class', 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2'],
      ...['--master', 'local[1]', '--name', dir],
      ...Object.entries(all).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      'spark-internal',
      ...['--hiveconf', `hive.server2.thrift.port=${port}`],
      ...['--hiveconf', 'hive.server2.thrift.bind.host=127.0.0.1'],
      ...['--hiveconf', `hive.exec.scratchdir=${join(dir, 'scratch')}`],
      ...['--hiveconf', `hive.exec.local.scratchdir=${join(dir, 'local-scratch')}`],
      ...['--hiveconf', `hive.downloaded.resources.dir=${join(dir, 'resources')}`],
    ],
    { cwd: dir, env: { ...sparkEnvironment(sparkHome), JAVA_HOME: javaHome } },
  );
  return {
    port,
    process: child,
    startedMs,
    stop: async () => {
      await child.stop();
      removeTempDir(dir);
    },
  };
}
