import { catalogSidecars } from './catalogs/catalog.ts';
import type { Sidecar } from './catalogs/sidecar.ts';
import type { ClusterSpec } from './cluster-spec.ts';
import { shortDigest } from './digest.ts';
import type { ClusterEntry } from './format/cluster-schema.ts';
import type { Preset } from './format/preset-schema.ts';
import { isListSetting, mergeListSetting } from './list-settings.ts';
import { clusterSources, roleSources } from './rendering/cluster-sources.ts';
import { imageRelease } from './rendering/image-release.ts';
import { presetDefaults, presetFixed } from './rendering/preset-sources.ts';
import { refuseForRelease } from './rendering/release-rules.ts';
import { referencesOf } from './secret-settings.ts';
import { joinSources } from './setting-source.ts';
import type { JoinedSetting, SettingSource } from './setting-source.ts';

/** A cluster, a preset and a role that belong to one launch; each may be missing. */
export interface Combination {
  readonly cluster: { readonly entry: ClusterEntry; readonly spec: ClusterSpec } | undefined;
  readonly preset: { readonly name: string; readonly preset: Preset } | undefined;
  readonly role: string | undefined;
  /** IAM role that the session asks for itself. */
  readonly executionRole?: string | undefined;
}

/** All that a combination says of a launch's settings. Settings stand under their effective names. */
export interface LaunchRules {
  /** Undefined for the gateway's own host. */
  readonly cluster: ClusterSpec | undefined;
  readonly fixed: ReadonlyMap<string, JoinedSetting>;
  readonly defaults: ReadonlyMap<string, JoinedSetting>;
  /** Of the settings above, those that are references to secrets. */
  readonly references: ReadonlyMap<string, string>;
  readonly sidecars: readonly Sidecar[];
  readonly historyServer: string | undefined;
  readonly revision: string;
  /** Queues that may be used; empty: any. */
  readonly queues: readonly string[];
  /** The preset under which sessions may bring no jars of their own. */
  readonly forbidsJars: string | undefined;
  /** Release of EMR whose images the settings are made for, where somebody says it. */
  readonly release: string | undefined;
}

/** Settles what cluster, preset and role say together. Throws CONFIG_INVALID where they contradict each other. */
export function launchRules({ cluster, preset, role, executionRole }: Combination): LaunchRules {
  const ofCluster =
    cluster === undefined ? undefined : clusterSources(cluster.spec.name, cluster.entry);
  const release = imageRelease(preset, cluster?.spec);
  const fixedSources: SettingSource[] = [
    ...(ofCluster?.fixed ?? []),
    ...(cluster === undefined
      ? []
      : roleSources(cluster.spec.name, cluster.entry, role, executionRole)),
    ...(preset === undefined
      ? []
      : presetFixed(preset.name, preset.preset, cluster?.spec.kind ?? 'local', release)),
  ];
  const defaultSources = [
    ...(preset === undefined ? [] : [presetDefaults(preset.name, preset.preset)]),
    ...(ofCluster?.defaults ?? []),
  ];
  const references = new Map(
    [...fixedSources, ...defaultSources].toReversed().flatMap((one) => [...referencesOf(one)]),
  );
  let revision: string | undefined;
  const fixed = joinSources(fixedSources);
  const defaults = strongestOf(defaultSources);
  refuseForRelease(release, fixed);
  refuseForRelease(release, defaults);
  return {
    cluster: cluster?.spec,
    fixed,
    defaults,
    references: new Map(
      [...references].filter(
        ([key, text]) => (fixed.get(key) ?? defaults.get(key))?.value === text,
      ),
    ),
    sidecars: preset?.preset.catalogs?.flatMap((one) => [...catalogSidecars(one)]) ?? [],
    historyServer: preset?.preset.eventLog?.historyServer,
    // Digested when it is first asked for: most combinations are only ever checked.
    get revision() {
      return (revision ??= revisionOf(cluster?.spec, fixed, defaults, preset?.preset, release));
    },
    queues: cluster?.entry.queues ?? [],
    forbidsJars: preset?.preset.lakeFormation === true ? preset.name : undefined,
    release,
  };
}

/** Defaults don't contradict each other: the strongest holds, and lists join. */
function strongestOf(sources: readonly SettingSource[]): Map<string, JoinedSetting> {
  const all = new Map<string, JoinedSetting>();
  for (const { name, settings } of sources) {
    for (const [key, value] of settings) {
      const before = all.get(key);
      if (before === undefined) all.set(key, { value, sources: [name] });
      else if (isListSetting(key)) {
        const joined = mergeListSetting(key, [before.value, value]);
        all.set(key, { value: joined, sources: [...before.sources, name] });
      }
    }
  }
  return all;
}

/** They say which engine a session gets, and how the gateway reaches the cluster: nothing that an engine is started with. */
const notOfLaunch: ReadonlySet<string> = new Set([
  'kyuubi.engine.share.level',
  'kyuubi.engine.pool.name',
  'kyuubi.engine.pool.size',
  'kyuubi.engine.pool.selectPolicy',
]);

function revisionOf(
  spec: ClusterSpec | undefined,
  fixed: ReadonlyMap<string, JoinedSetting>,
  defaults: ReadonlyMap<string, JoinedSetting>,
  preset: Preset | undefined,
  release: string | undefined,
): string {
  const launched = (from: ReadonlyMap<string, JoinedSetting>): unknown =>
    Object.fromEntries(
      [...from].filter(([key]) => !notOfLaunch.has(key)).map(([key, { value }]) => [key, value]),
    );
  const sidecars = preset?.catalogs?.flatMap((one) => [...catalogSidecars(one)]) ?? [];
  return shortDigest([
    spec === undefined ? null : launchPartOf(spec),
    launched(fixed),
    launched(defaults),
    sidecars,
    release ?? null,
  ]);
}

function launchPartOf(spec: ClusterSpec): unknown {
  const shared = { kind: spec.kind, zookeeper: spec.zookeeper };
  switch (spec.kind) {
    case 'local':
      return shared;
    case 'yarn': {
      const { hadoopConfDir, sparkHome, principal, keytab, proxyUserMaxLifeMs } = spec;
      return { ...shared, hadoopConfDir, sparkHome, principal, keytab, proxyUserMaxLifeMs };
    }
    case 'kubernetes': {
      const { launcher, namespace, serviceAccount, image, imagePullSecrets } = spec;
      const { engineJar, sparkHome, podTemplate, driverService } = spec;
      return {
        ...shared,
        launcher,
        namespace,
        serviceAccount,
        image,
        imagePullSecrets,
        engineJar,
        sparkHome,
        podTemplate,
        driverService,
      };
    }
    case 'emr-serverless': {
      const { region, applications, engineJar } = spec;
      return { ...shared, region, applications, engineJar };
    }
    case 'emr-ec2': {
      const { region, cluster, engineJar, instanceProfile } = spec;
      return { ...shared, region, cluster, engineJar, instanceProfile };
    }
    case 'emr-eks': {
      const { region, virtualCluster, releaseLabel, engineJar, podTemplates, image } = spec;
      const { jobTemplate } = spec;
      return {
        ...shared,
        region,
        virtualCluster,
        releaseLabel,
        engineJar,
        podTemplates,
        image,
        jobTemplate: jobTemplate && [jobTemplate.id, ...jobTemplate.parameters],
      };
    }
  }
}
