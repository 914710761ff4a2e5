import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { startJavaServer } from './java-server.ts';

/** An application as the history server's REST API tells of it. */
export interface PastApplication {
  readonly id: string;
  readonly name: string;
  readonly attempts: readonly { readonly sparkUser: string; readonly completed: boolean }[];
}

/** Spark's own history server over a folder of event logs. */
export interface HistoryServer {
  readonly applications: () => Promise<readonly PastApplication[]>;
  readonly stop: () => Promise<void>;
}

export async function startHistoryServer(eventLogs: string): Promise<HistoryServer> {
  const dir = makeTempDir('history');
  const port = await freePort();
  const applications = async () => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/applications`);
    return (await reply.json()) as PastApplication[]; // Spark's own documented shape
  };
  const child = await startJavaServer({
    mainClass: 'org.apache.spark.deploy.history.HistoryServer',
    classPath: [join(sparkHome('3.5'), 'jars', '*')],
    dir,
    options: [
      `-Dspark.history.fs.logDirectory=${eventLogs}`,
      '-Dspark.history.fs.update.interval=1s',
      `-Dspark.history.ui.port=${port}`,
      // Spark's own script sets them too: Java keeps these packages to itself.
      ...['java.nio', 'java.lang', 'java.util', 'sun.nio.ch'].map(
        (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
      ),
    ],
    isUp: () =>
      applications().then(
        () => true,
        () => false,
      ),
  });
  return {
    applications,
    stop: async () => {
      await child.stop();
      removeTempDir(dir);
    },
  };
}
