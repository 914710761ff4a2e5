import { join } from 'node:path';
import { connectHs2 } from './hs2-client.ts';
import { type StartedProcess, startProcess } from './processes.ts';
import { sparkHome } from './spark-homes.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

export interface SparkThriftServerOptions {
  readonly home?: string;
  readonly master?: string;
  readonly conf?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
}

/** Spark's own HiveServer2, with a metastore and a warehouse that are its alone. */
export interface SparkThriftServer {
  readonly port: number;
  readonly dir: string;
  readonly process: StartedProcess;
  readonly stop: () => Promise<void>;
}

export async function startSparkThriftServer(
  options: SparkThriftServerOptions = {},
): Promise<SparkThriftServer> {
  const home = options.home ?? sparkHome();
  const dir = makeTempDir('sts');
  const conf: Record<string, string> = {
    'spark.ui.enabled': 'false',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.sql.warehouse.dir': join(dir, 'warehouse'),
    'spark.local.dir': join(dir, 'local'),
    ...options.conf,
  };
  const child = startProcess(
    join(home, 'bin', 'spark-submit'),
    [
      ...['--class', 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2'],
      ...['--master', options.master ?? 'local[1]', '--name', dir],
      // The first compiler alone: a server of minutes never earns back what the second one costs.
      ...['--driver-java-options', '-XX:TieredStopAtLevel=1'],
      ...Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      'spark-internal',
      ...['--hiveconf', 'hive.server2.thrift.port=0'],
      ...['--hiveconf', 'hive.server2.thrift.bind.host=127.0.0.1'],
      ...['--hiveconf', `hive.exec.scratchdir=${join(dir, 'scratch')}`],
      ...['--hiveconf', `hive.exec.local.scratchdir=${join(dir, 'local-scratch')}`],
      ...['--hiveconf', `hive.downloaded.resources.dir=${join(dir, 'resources')}`],
    ],
    { cwd: dir, env: sparkEnvironment(home) },
  );
  const stop = async () => {
    const endedByItself = child.hasExited;
    await child.stop();
    removeTempDir(dir);
    if (endedByItself) throw new Error(`it ended by itself:\n${child.stderr.slice(-4_000)}`);
  };
  try {
    const limitMs = options.limitMs ?? 120_000;
    const [, port] = await child.waitFor(/ThriftBinaryCLIService on port (\d+)/, limitMs);
    const client = await connectHs2({ port: Number(port) });
    const session = await client.openSession();
    await session.close();
    client.end();
    return { port: Number(port), dir, process: child, stop };
  } catch (cause) {
    await stop();
    throw new Error(`Spark Thrift Server of ${home} did not start`, { cause });
  }
}

/** What a Spark program needs of the tester's environment, and nothing that could change its answers. */
export function sparkEnvironment(home: string): NodeJS.ProcessEnv {
  const { PATH, HOME, JAVA_HOME } = process.env;
  return {
    PATH,
    HOME,
    ...(JAVA_HOME === undefined ? {} : { JAVA_HOME }),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    SPARK_HOME: home,
    SPARK_LOCAL_IP: '127.0.0.1',
  };
}
