import { join } from 'node:path';
import type { Settings } from '../config/entry.ts';
import { GatewayError } from '../core/errors.ts';
import type { MainResource } from './main-resource.ts';
import { masterOf } from './launch-conf.ts';
import { runAs } from './run-as.ts';
import { placeSettings } from './setting-places.ts';

export interface SubmitFacts {
  readonly sparkHome: string;
  readonly main: MainResource;
  /** All settings under Spark's names, as `launchConf` makes them. */
  readonly conf: Settings;
  readonly siteDefaults: Settings;
  readonly appUser: string;
  /** Whom the gateway itself runs as. */
  readonly osUser: string;
  readonly engineKey: string;
  /** Where `propertiesFile` will stand. */
  readonly propertiesPath: string;
  readonly isSecret: (key: string) => boolean;
}

/** A process to be started, and the file that it expects. */
export interface LaunchCommand {
  readonly executable: string;
  readonly args: readonly string[];
  readonly propertiesFile: string;
}

/** spark-submit's argument vector (kyuubi-contract 1.1); no shell reads it. */
export function sparkSubmitCommand(facts: SubmitFacts): LaunchCommand {
  const { conf, siteDefaults, main } = facts;
  checkUser(facts.appUser);
  const user = runAs(conf, siteDefaults, facts.appUser, facts.osUser);
  const all = new Map(conf);
  if (masterOf(conf, siteDefaults)?.toLowerCase().startsWith('k8s') === true) {
    all.set('spark.kubernetes.driverEnv.SPARK_USER_NAME', user.sparkUserName);
    all.set('spark.executorEnv.SPARK_USER_NAME', user.sparkUserName);
  }
  const placed = placeSettings(all, siteDefaults, facts.engineKey, facts.isSecret);
  return {
    executable: sparkSubmitPath(facts.sparkHome),
    args: [
      ...['--class', main.mainClass],
      ...['--properties-file', facts.propertiesPath],
      ...placed.args,
      ...(user.proxyUser === undefined ? [] : ['--proxy-user', user.proxyUser]),
      main.resource,
    ],
    propertiesFile: placed.propertiesFile,
  };
}

export function sparkSubmitPath(sparkHome: string): string {
  return join(sparkHome, 'bin', 'spark-submit');
}

function checkUser(appUser: string): void {
  if (appUser === '' || /[\u0000-\u001f\u007f]/.test(appUser)) {
    throw new GatewayError('INVALID_ARGUMENT', `${JSON.stringify(appUser)} can't be a user's name`);
  }
}
