import { join } from 'node:path';
import type { Environment } from './config/environment.ts';
import type { InstallationConfig } from './config/gateway-config.ts';

/** The jar of the engine: the configured one, or the one that comes with the gateway. */
export function engineJarOf(
  { engineJar }: Pick<InstallationConfig, 'engineJar'>,
  environment: Environment,
): string {
  const own = join(import.meta.dirname, '..', 'spark-engine', 'target', 'torii-spark-engine.jar');
  return engineJar ?? environment['TORII_ENGINE_JAR'] ?? own;
}
