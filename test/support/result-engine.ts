import { join } from 'node:path';
import { type RunningGateway, startGateway } from './gateway.ts';
import { sparkHome } from './spark-homes.ts';
import { startYarnCluster, type YarnCluster } from './yarn-cluster.ts';

/** Where an engine's tasks run: in the driver, or on YARN in two executors, processes of their own. */
export type ResultMaster = 'local' | 'yarn';

export const resultMasters: readonly ResultMaster[] = ['local', 'yarn'];

/** A gateway whose engines run there. */
export interface ResultEngine {
  readonly gateway: RunningGateway;
  readonly port: number;
  /** The folder that the engine's answers may name. */
  readonly dir: string;
  /** The cluster, where there is one. */
  readonly yarn: YarnCluster | undefined;
  /** Ends the gateway with its engines, and then the cluster; fails when either leaves something behind. */
  readonly stop: () => Promise<void>;
}

export async function startResultEngine(
  master: ResultMaster,
  conf: Readonly<Record<string, string>> = {},
): Promise<ResultEngine> {
  if (master === 'local') {
    const gateway = await startGateway({ conf: { 'spark.master': 'local[2]', ...conf } });
    const { port, dir, stop } = gateway;
    return { gateway, port, dir, yarn: undefined, stop };
  }
  const yarn = await startYarnCluster();
  try {
    const gateway = await startGateway({ conf: { ...onYarn(yarn), ...conf } });
    const stop = async () => {
      try {
        await gateway.stop();
      } finally {
        await yarn.stop();
      }
    };
    return { gateway, port: gateway.port, dir: gateway.dir, yarn, stop };
  } catch (error) {
    await yarn.stop();
    throw error;
  }
}

function onYarn(yarn: YarnCluster): Record<string, string> {
  return {
    'kyuubi.engineEnv.HADOOP_CONF_DIR': yarn.confDir,
    'spark.master': 'yarn',
    'spark.submit.deployMode': 'client',
    'spark.executor.instances': '2',
    'spark.executor.memory': '512m',
    'spark.executor.extraJavaOptions': '-XX:TieredStopAtLevel=1',
    'spark.yarn.am.memory': '512m',
    'spark.yarn.am.extraJavaOptions': '-XX:TieredStopAtLevel=1',
    'spark.yarn.jars': `local:${join(sparkHome(), 'jars', '*')}`,
    'spark.yarn.stagingDir': `file://${join(yarn.dir, 'staging')}`,
  };
}
