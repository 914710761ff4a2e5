import type { Settings } from '../config/entry.ts';
import type { Environment } from '../config/environment.ts';
import { GatewayError } from '../core/errors.ts';

/** What a child gets of the gateway's environment. The rest is the gateway's own, and may hold its secrets. */
const inherited = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR|JAVA_HOME|SPARK_CONF_DIR)$/;

/** A setting that brings a variable into the engine's environment begins like this. */
export const variablePrefix = 'kyuubi.engineEnv.';

export interface Installation {
  readonly sparkHome: string;
  readonly javaHome: string | undefined;
  /** Folder with the files of a Hadoop cluster, where the child is to use one. */
  readonly hadoopConfDir?: string | undefined;
}

/** The whole environment of an engine's process. */
export function childEnvironment(
  base: Environment,
  settings: Settings,
  installation: Installation,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value !== undefined && inherited.test(name)) environment[name] = value;
  }
  environment['SPARK_HOME'] = installation.sparkHome;
  if (installation.javaHome !== undefined) environment['JAVA_HOME'] = installation.javaHome;
  if (installation.hadoopConfDir !== undefined) {
    environment['HADOOP_CONF_DIR'] = installation.hadoopConfDir;
    environment['YARN_CONF_DIR'] = installation.hadoopConfDir;
  }
  return { ...environment, ...engineVariables(settings) };
}

/** The variables that `kyuubi.engineEnv.NAME` settings ask for. */
export function engineVariables(settings: Settings): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, value] of settings) {
    if (!key.startsWith(variablePrefix)) continue;
    const name = key.slice(variablePrefix.length);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) {
      throw new GatewayError('INVALID_ARGUMENT', `${key} does not make an environment variable`);
    }
    variables[name] = value;
  }
  return variables;
}
