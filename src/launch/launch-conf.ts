import type { Settings } from '../config/entry.ts';
import { engineConf } from './engine-conf.ts';
import type { LaunchTag } from './launcher.ts';

export interface LaunchFacts {
  readonly tag: LaunchTag;
  readonly appName: string;
  /** In Kyuubi's and Spark's names, as the request brought them. */
  readonly settings: Settings;
  /** The site's spark-defaults.conf: what stands there need not be said again. */
  readonly siteDefaults: Settings;
  /** Where the launch's log is on the gateway's host; undefined where it is with the cluster. */
  readonly logPath: string | undefined;
  /** Taken right before the start: an engine that comes up too long after it gives up (kyuubi-contract 1.11). */
  readonly submitTimeMs: number;
  /** `https://host:port` where the gateway runs in a pod: the master of a site that names none. */
  readonly kubernetesApi?: string | undefined;
  readonly serverOnlyPrefixes?: readonly string[] | undefined;
}

/** All settings of one launch under Spark's names: the request's and those that the server adds (kyuubi-contract 1.3, 1.4). */
export function launchConf(facts: LaunchFacts): Map<string, string> {
  const conf = engineConf(facts.settings, facts.serverOnlyPrefixes);
  const setUnlessGiven = (key: string, value: string): void => {
    if (!conf.has(key) && !facts.siteDefaults.has(key)) conf.set(key, value);
  };

  if (facts.kubernetesApi !== undefined) {
    setUnlessGiven('spark.master', `k8s://${facts.kubernetesApi}`);
  }
  setUnlessGiven('spark.app.name', facts.appName);
  conf.set('spark.kyuubi.ha.engine.ref.id', facts.tag);
  conf.set('spark.kyuubi.engine.submit.time', String(facts.submitTimeMs));
  if (facts.logPath !== undefined) {
    conf.set('spark.kyuubi.engine.engineLog.path', facts.logPath);
  }

  const master = masterOf(conf, facts.siteDefaults);
  const clusterKind = clusterKindOf(master);
  conf.set('spark.kyuubi.engine.appMgrInfo', applicationManagerInfo(conf, master));
  if (clusterKind !== 'kubernetes') {
    const existing = conf.get('spark.yarn.tags') ?? facts.siteDefaults.get('spark.yarn.tags') ?? '';
    conf.set(
      'spark.yarn.tags',
      [existing, 'KYUUBI', facts.tag].filter((part) => part !== '').join(','),
    );
  }
  if (clusterKind !== 'yarn') {
    conf.set('spark.kubernetes.driver.label.kyuubi-unique-tag', facts.tag);
  }
  const waits = String(waitsForCompletion(conf, facts.siteDefaults, master));
  if (clusterKind === 'yarn') {
    setUnlessGiven('spark.yarn.maxAppAttempts', '1');
    conf.set('spark.yarn.submit.waitAppCompletion', waits);
  }
  if (clusterKind === 'kubernetes') {
    conf.set('spark.kubernetes.submission.waitAppCompletion', waits);
  }
  return conf;
}

/** Spark's own order: what the launch says, else what the site says. */
export function masterOf(conf: Settings, siteDefaults: Settings): string | undefined {
  const master = (conf.get('spark.master') ?? siteDefaults.get('spark.master'))?.trim();
  return master === '' ? undefined : master;
}

export function isLocalMaster(master: string | undefined): boolean {
  return master === undefined || /^local(?:$|\[)/.test(master);
}

type ClusterKind = 'yarn' | 'kubernetes' | 'other';

function clusterKindOf(master: string | undefined): ClusterKind {
  const lower = master?.toLowerCase() ?? '';
  if (lower === 'yarn') return 'yarn';
  return lower.startsWith('k8s') ? 'kubernetes' : 'other';
}

/** False only where the driver runs in the cluster and the submitting process is not wanted after the start. */
function waitsForCompletion(
  conf: Settings,
  siteDefaults: Settings,
  master: string | undefined,
): boolean {
  const option = (key: string): string | undefined => conf.get(key) ?? siteDefaults.get(key);
  const runsInCluster =
    clusterKindOf(master) !== 'other' &&
    option('spark.submit.deployMode')?.toLowerCase() === 'cluster';
  const key = 'spark.kyuubi.session.engine.startup.waitCompletion';
  return !runsInCluster || option(key)?.toLowerCase() !== 'false';
}

function applicationManagerInfo(conf: Settings, master: string | undefined): string {
  const context = conf.get('spark.kyuubi.kubernetes.context');
  const namespace =
    conf.get('spark.kyuubi.kubernetes.namespace') ?? conf.get('spark.kubernetes.namespace');
  const info = {
    resourceManager: master ?? null,
    kubernetesInfo: { context: context ?? null, namespace: namespace ?? null },
  };
  return Buffer.from(JSON.stringify(info)).toString('base64');
}
