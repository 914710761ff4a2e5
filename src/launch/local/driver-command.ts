import { delimiter, join } from 'node:path';
import { masterOf } from '../launch-conf.ts';
import { localPath } from '../main-resource.ts';
import { runAs } from '../run-as.ts';
import { placeSettings } from '../setting-places.ts';
import { sparkSubmitCommand, type LaunchCommand, type SubmitFacts } from '../spark-submit-args.ts';
import type { JavaRuntime } from './java-runtime.ts';
import { quoteOption } from './option-string.ts';
import { driverOptions } from './start-plan.ts';

export interface DriverFacts extends SubmitFacts {
  readonly java: JavaRuntime;
  /** The site's files for the class path, as one jar. */
  readonly siteJar: string | undefined;
  /** An empty directory: the SPARK_CONF_DIR of drivers whose class path can be archived. */
  readonly emptyConfDir: string;
  /** A class-data archive for this class path, where there is one. */
  readonly archive: string | undefined;
}

/**
 * The driver's class path: the engine's jar first, so that it is archived with Spark's, and the site's files before what
 * the user adds. spark-submit makes the same of its settings.
 */
export function driverClassPath(
  facts: Pick<
    DriverFacts,
    'main' | 'siteJar' | 'emptyConfDir' | 'conf' | 'siteDefaults' | 'sparkHome'
  >,
): readonly string[] {
  return [...ahead(facts), `${facts.emptyConfDir}/`, join(facts.sparkHome, 'jars', '*')];
}

/** Starts the engine's class with the settings that spark-submit would have given it. */
export function directCommand(facts: DriverFacts): LaunchCommand {
  const { conf, siteDefaults, java } = facts;
  const all = new Map(conf);
  all.set('spark.master', masterOf(conf, siteDefaults) ?? 'local[*]');
  all.set('spark.submit.deployMode', 'client');
  const placed = placeSettings(all, siteDefaults, facts.engineKey, facts.isSecret);
  const memory = conf.get('spark.driver.memory') ?? siteDefaults.get('spark.driver.memory') ?? '1g';
  return {
    executable: java.executable,
    args: [
      ...['-cp', driverClassPath(facts).join(delimiter), `-Xmx${memory}`],
      ...fastStartOptions(facts),
      ...driverOptions(conf, siteDefaults),
      ...(java.sparkOptions ?? []),
      facts.main.mainClass,
      ...['--properties-file', facts.propertiesPath],
      ...placed.args,
    ],
    propertiesFile: placed.propertiesFile,
  };
}

/** Without a Hadoop cluster these variables say all that a proxy user says. */
export function directEnvironment(facts: SubmitFacts): Readonly<Record<string, string>> {
  const { sparkUserName } = runAs(facts.conf, facts.siteDefaults, facts.appUser, facts.osUser);
  return { HADOOP_USER_NAME: sparkUserName, SPARK_USER: sparkUserName, PYTHONHASHSEED: '0' };
}

/** spark-submit with a class path that can be archived, and the archive. */
export function archivableSubmitCommand(facts: DriverFacts): LaunchCommand {
  const conf = new Map(facts.conf);
  const key = 'spark.driver.extraJavaOptions';
  const own = conf.get(key) ?? facts.siteDefaults.get(key) ?? '';
  const options = fastStartOptions(facts).map(quoteOption).join(' ');
  conf.set('spark.driver.extraClassPath', ahead(facts).join(delimiter));
  if (options !== '') conf.set(key, `${options} ${own}`.trim());
  return sparkSubmitCommand({ ...facts, conf });
}

/**
 * Half of a cold start's processor time goes into optimising code that runs during the start only. With these thresholds
 * the optimising compiler waits until a method has proved to stay; loops are optimised as early as ever.
 */
const lateOptimising = [
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
];

function fastStartOptions(facts: DriverFacts): readonly string[] {
  const own = driverOptions(facts.conf, facts.siteDefaults);
  const hasOwnArchive = own.some((one) =>
    /^-Xshare|^-XX:.*(?:SharedArchive|ArchiveClasses)/.test(one),
  );
  const hasOwnCompiler = own.some((one) => /^-Xint|^-Xcomp|^-XX:.*(?:Tier|Compil)/.test(one));
  const isHotSpot = /Server VM/.test(facts.java.version) && facts.java.major >= 9;
  return [
    ...(facts.archive === undefined || hasOwnArchive
      ? []
      : [`-XX:SharedArchiveFile=${facts.archive}`, '-Xshare:auto']),
    ...(isHotSpot && !hasOwnCompiler ? lateOptimising : []),
  ];
}

function ahead(
  facts: Pick<DriverFacts, 'main' | 'siteJar' | 'conf' | 'siteDefaults'>,
): readonly string[] {
  const key = 'spark.driver.extraClassPath';
  const own = facts.conf.get(key) ?? facts.siteDefaults.get(key) ?? '';
  const jar = localPath(facts.main.resource);
  const entries = [jar, facts.siteJar, ...own.split(delimiter)];
  return entries.filter((entry) => entry !== undefined && entry !== '') as readonly string[];
}
