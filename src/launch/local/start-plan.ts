import type { Settings } from '../../config/entry.ts';
import { isLocalMaster, masterOf } from '../launch-conf.ts';
import { localPath, ownMainClass, type MainResource } from '../main-resource.ts';
import { runAs } from '../run-as.ts';
import type { JavaRuntime } from './java-runtime.ts';
import { splitOptions } from './option-string.ts';
import type { Site } from '../site.ts';

export interface PlanFacts {
  readonly conf: Settings;
  readonly site: Site;
  readonly environment: Readonly<Record<string, string>>;
  readonly main: MainResource;
  readonly appUser: string;
  readonly osUser: string;
  readonly java: JavaRuntime | undefined;
}

/**
 * How a driver is started. `scripts`: by spark-submit in the site's surroundings, nothing added. `submit`: by spark-submit
 * with a class path that can be archived. `direct`: by java, without spark-submit's own time.
 */
export type StartPlan = 'scripts' | 'submit' | 'direct';

export function startPlan(facts: PlanFacts): StartPlan {
  const { conf, site, java, main } = facts;
  const runsHere = isLocalMaster(masterOf(conf, site.defaults));
  if (!runsHere || site.needsScripts || java === undefined) return 'scripts';
  if (Object.keys(facts.environment).some(isForScripts)) return 'scripts';
  if (localPath(main.resource) === undefined) return 'scripts';
  return canStartDirectly(facts, java) ? 'direct' : 'submit';
}

/** What spark-submit would fetch, place, log in to or check: it then has to do so. */
const submitsWork = [
  'spark.jars',
  'spark.jars.packages',
  'spark.files',
  'spark.archives',
  'spark.submit.pyFiles',
  'spark.kerberos.principal',
  'spark.kerberos.keytab',
  'spark.driver.extraLibraryPath',
  'spark.driver.userClassPathFirst',
  'spark.remote',
  'spark.hadoop.hadoop.security.authentication',
];

function canStartDirectly(facts: PlanFacts, java: JavaRuntime): boolean {
  const { conf, site, main } = facts;
  const option = (key: string): string | undefined => conf.get(key) ?? site.defaults.get(key);
  if (main.mainClass !== ownMainClass || java.sparkOptions === undefined) return false;
  if (submitsWork.some((key) => (option(key) ?? '') !== '')) return false;
  if ((option('spark.submit.deployMode') ?? 'client') !== 'client') return false;
  // spark-submit refuses a heap size here and says how to set it.
  if (driverOptions(conf, site.defaults).some((one) => one.startsWith('-Xmx'))) return false;
  // Where there is a Hadoop cluster, impersonation is a matter between it and a proxy user.
  const isProxied = runAs(conf, site.defaults, facts.appUser, facts.osUser).proxyUser !== undefined;
  return !(isProxied && site.classPathFiles.has('core-site.xml'));
}

/** The JVM options that site and user set for the driver. */
export function driverOptions(conf: Settings, siteDefaults: Settings): readonly string[] {
  const keys = ['spark.driver.defaultJavaOptions', 'spark.driver.extraJavaOptions'];
  return keys.flatMap((key) => splitOptions(conf.get(key) ?? siteDefaults.get(key) ?? ''));
}

/** Variables that spark-submit's scripts read and that a process started without them would miss. */
function isForScripts(name: string): boolean {
  const harmless = /^SPARK_(?:HOME|CONF_DIR|LOCAL_DIRS|LOCAL_IP|LOCAL_HOSTNAME|PUBLIC_DNS|USER)$/;
  return name.startsWith('SPARK_') && !harmless.test(name);
}
