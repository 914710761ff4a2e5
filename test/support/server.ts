import { startGateway } from './gateway.ts';
import { startSparkThriftServer } from './spark-thrift-server.ts';

export type ServerKind = 'gateway' | 'spark-thrift-server';

/** A HiveServer2 under test: where it listens, the folder its answers may name, and its end. */
export interface TestedServer {
  readonly kind: ServerKind;
  readonly port: number;
  readonly dir: string;
  /** The ZooKeeper in which the server registers itself, where it does. */
  readonly zooKeeper?: string;
  readonly stop: () => Promise<void>;
}

/**
 * The gateway; TORII_TEST_SERVER=spark-thrift-server puts Spark's own server in its place, which shows whether a test
 * of a client expects something that a HiveServer2 really does.
 */
export async function startServer(
  conf: Readonly<Record<string, string>> = {},
): Promise<TestedServer> {
  if (process.env['TORII_TEST_SERVER'] === 'spark-thrift-server') {
    const { port, dir, stop } = await startSparkThriftServer({ conf });
    return { kind: 'spark-thrift-server', port, dir, stop };
  }
  const { port, dir, ready, stop } = await startGateway({ conf });
  if (ready.zookeeper === undefined) throw new Error('the gateway has no ZooKeeper of its own');
  return { kind: 'gateway', port, dir, zooKeeper: ready.zookeeper, stop };
}
