import { type RunningGateway, startGateway } from '../test/support/gateway.ts';
import type { BenchContext } from './part.ts';

/** Engines and Spark Thrift Server get the same. */
export const driverMemory = '1g';

export async function startBenchGateway(
  context: BenchContext,
  conf: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningGateway> {
  const { sparkHome, javaHome, engineJar, gatewayNodeOptions } = context;
  const gateway = await startGateway({
    home: sparkHome,
    asInstalled: !context.isQuick,
    conf: { 'spark.driver.memory': driverMemory, ...conf },
    env: {
      ...environment,
      JAVA_HOME: javaHome,
      TORII_ENGINE_JAR: engineJar,
      ...(gatewayNodeOptions === undefined ? {} : { NODE_OPTIONS: gatewayNodeOptions }),
    },
  });
  let isStopping = false;
  void gateway.process.exited.then((exit) => {
    const lastLines = gateway.process.stderr.trimEnd().split('\n').slice(-5).join('\n');
    if (!isStopping) context.say(`the gateway ended (${JSON.stringify(exit)}):\n${lastLines}`);
  });
  return {
    ...gateway,
    stop: () => {
      isStopping = true;
      return gateway.stop();
    },
  };
}
