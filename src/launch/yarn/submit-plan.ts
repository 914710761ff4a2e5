import { pathToFileURL } from 'node:url';
import { parseDuration } from '../../config/durations.ts';
import type { Settings } from '../../config/entry.ts';
import type { YarnSpec } from '../../preset/cluster-spec.ts';
import type { EngineJob } from '../job-platform.ts';
import { propertiesText } from '../properties-text.ts';
import { runAs } from '../run-as.ts';
import { engineKeySetting } from '../setting-places.ts';
import { sparkSubmitPath } from '../spark-submit-args.ts';
import { jobTags } from './job-tags.ts';

export interface PlanFacts {
  readonly job: EngineJob;
  readonly spec: YarnSpec;
  readonly sparkHome: string;
  /** The site's spark-defaults.conf. */
  readonly siteDefaults: Settings;
  /** Whom the gateway itself runs as. */
  readonly osUser: string;
  /** Where `propertiesText` and `secretsText` will stand. */
  readonly propertiesPath: string;
  readonly secretsPath: string;
}

export interface SubmitPlan {
  readonly executable: string;
  /** Nothing secret is among them. */
  readonly args: readonly string[];
  /** All settings of the launch, secret ones included. */
  readonly propertiesText: string;
  /** What the engine alone is to know: goes to the driver as a file. */
  readonly secretsText: string;
  readonly queue: string;
  readonly proxyUser: string | undefined;
  /** For the launch log. */
  readonly notes: readonly string[];
}

/** The name under which the driver finds its secrets in its own folder. */
export const secretsFileName = 'torii-engine.secrets';
const secretsFileSetting = 'spark.torii.engine.secrets.file';
const maxLifeSetting = 'spark.kyuubi.session.engine.spark.max.lifetime';

/** What the engine takes from its file of secrets; it reads all else from its settings. */
const engineSecrets = new Set([
  engineKeySetting,
  'spark.kyuubi.ha.zookeeper.auth.digest',
  'spark.torii.ha.zookeeper.engine.ssl.truststore.password',
  'spark.torii.ha.zookeeper.engine.ssl.keystore.password',
]);

/**
 * One submission in YARN's cluster mode. All settings go into the properties file: of these, spark-submit makes the archive
 * that YARN keeps in the user's own staging folder (mode 0700) and gives to the driver. The command line names the launch alone.
 */
export function submitPlan(facts: PlanFacts): SubmitPlan {
  const { job, spec, siteDefaults } = facts;
  const conf = new Map([...siteDefaults, ...job.conf]);
  const user = identity(conf, facts);
  const { tags, leftOut } = jobTags(job, listOf(conf.get('spark.yarn.tags')));
  const queue = queueOf(conf, spec);

  if (!conf.has('spark.app.name')) conf.set('spark.app.name', job.appName);
  conf.set('spark.master', 'yarn');
  conf.set('spark.submit.deployMode', 'cluster');
  conf.set('spark.yarn.queue', queue);
  conf.set('spark.yarn.tags', tags.join(','));
  conf.set('spark.yarn.submit.waitAppCompletion', 'false');
  conf.set('spark.yarn.maxAppAttempts', '1'); // a second one would come up as the engine of the same launch
  for (const [name, value] of job.environment) conf.set(`spark.yarn.appMasterEnv.${name}`, value);
  limitLife(conf, spec, user.proxyUser);
  const unbound = dropHostsOfGateway(conf);

  const secrets = new Map([...conf].filter(([key]) => engineSecrets.has(key)));
  for (const key of engineSecrets) conf.delete(key);
  secrets.set(engineKeySetting, job.engineKey);
  conf.set(secretsFileSetting, secretsFileName);
  const files = listOf(conf.get('spark.yarn.dist.files'));
  conf.set('spark.yarn.dist.files', [...files, pathToFileURL(facts.secretsPath).href].join(','));

  return {
    executable: sparkSubmitPath(facts.sparkHome),
    args: [
      ...['--class', job.main.mainClass],
      ...['--properties-file', facts.propertiesPath],
      ...(user.proxyUser === undefined ? [] : ['--proxy-user', user.proxyUser]),
      job.main.resource,
    ],
    propertiesText: propertiesText(conf),
    secretsText: propertiesText(secrets),
    queue,
    proxyUser: user.proxyUser,
    notes: [
      ...(leftOut.length === 0
        ? []
        : [
            `YARN takes no more than 10 short tags, and torii- begins the gateway's own; left out: ${leftOut.join(', ')}`,
          ]),
      ...unbound.map((key) => `${key} is ignored: YARN decides on which host the driver runs`),
    ],
  };
}

/** What Spark takes a principal and a keytab from, under their older names, too. */
const principalSettings = ['kerberos', 'yarn'].flatMap((part) => [
  `spark.${part}.principal`,
  `spark.${part}.keytab`,
]);

/** Spark takes a keytab or a proxy user, never both: the keytab is for whom it names. */
function identity(conf: Map<string, string>, { job, spec, osUser }: PlanFacts) {
  const { principal, keytab } = spec;
  if (principal !== undefined && keytab !== undefined) {
    conf.set('spark.kerberos.principal', principal);
    conf.set('spark.kerberos.keytab', keytab);
  }
  const user = runAs(conf, new Map(), job.appUser, osUser);
  if (user.proxyUser !== undefined) {
    for (const key of principalSettings) conf.delete(key);
  }
  return user;
}

/** `default` is YARN's own name for no wish. */
export function queueOf(conf: Settings, spec: Pick<YarnSpec, 'queues'>): string {
  const asked = conf.get('spark.yarn.queue')?.trim() ?? '';
  if (asked !== '') return asked;
  return spec.queues.length === 0 || spec.queues.includes('default')
    ? 'default'
    : (spec.queues[0] ?? 'default');
}

/** A proxy user's engine has tokens that nobody renews: it has to end before they do. */
function limitLife(conf: Map<string, string>, spec: YarnSpec, proxyUser: string | undefined): void {
  const { proxyUserMaxLifeMs: limitMs } = spec;
  if (proxyUser === undefined || limitMs === undefined) return;
  const askedMs = parseDuration(conf.get(maxLifeSetting)?.trim() ?? '') ?? 0;
  if (askedMs > 0 && askedMs <= limitMs) return;
  conf.set(maxLifeSetting, String(limitMs));
}

/**
 * An address of the gateway's host, or any other that is chosen before YARN has chosen the driver's: executors would look for
 * the driver where it does not listen. Returns the keys that were dropped.
 */
export function dropHostsOfGateway(conf: Map<string, string>): readonly string[] {
  const isAny = /^(?:0\.0\.0\.0|\[?::\]?)$/.test(conf.get('spark.driver.bindAddress') ?? '');
  const keys = ['spark.driver.host', ...(isAny ? [] : ['spark.driver.bindAddress'])];
  return keys.filter((key) => conf.delete(key));
}

/** The parts of a text that commas divide. */
export function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
