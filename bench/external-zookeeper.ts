import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import { EmbeddedZooKeeper } from '../src/discovery/zookeeper/embedded-zookeeper.ts';
import { createLog } from '../src/telemetry/log.ts';
import { makeTempDir, removeTempDir } from '../test/support/temp-dir.ts';
import type { BenchContext } from './part.ts';

/** A ZooKeeper that is up before the gateway, which finds it by `kyuubi.ha.addresses`. */
export interface ExternalZooKeeper {
  readonly addresses: string;
  stop(): Promise<void>;
}

export async function startExternalZooKeeper(context: BenchContext): Promise<ExternalZooKeeper> {
  const dir = makeTempDir('bench-zookeeper');
  const server = new EmbeddedZooKeeper({
    environment: process.env,
    clock: systemClock,
    log: createLog({ level: 'error', format: 'json' }),
  });
  const { port } = await server.start({
    javaCommand: join(context.javaHome, 'bin', 'java'),
    classPath: [context.engineJar, join(context.sparkHome, 'jars', '*')],
    host: '127.0.0.1',
    port: 0,
    dataDir: join(dir, 'data'),
    signal: new AbortController().signal,
  });
  return {
    addresses: `127.0.0.1:${port}`,
    stop: async () => {
      await server.stop(10_000);
      removeTempDir(dir);
    },
  };
}
