import { executionRoleSetting } from '../execution-role.ts';
import type { ClusterEntry } from '../format/cluster-schema.ts';
import type { SettingSource } from '../setting-source.ts';
import {
  idleExecutorDefaults,
  idleExecutorSettings,
  type ShuffleKeeper,
} from './idle-executors.ts';
import { environmentSettings, plainSettings } from './plain-settings.ts';

/** What a cluster fixes, and what it says where nobody else does. */
export interface ClusterSources {
  readonly fixed: readonly SettingSource[];
  /** The weakest last. */
  readonly defaults: readonly SettingSource[];
}

/** Throws CONFIG_INVALID for a key that can have no effect there. */
export function clusterSources(name: string, entry: ClusterEntry): ClusterSources {
  const of = (part: string): string => `${part} of cluster ${name}`;
  const keeper = shuffleKeeperOf(entry);
  const idle = { name: of('dynamicAllocation'), settings: idleExecutorSettings(keeper) };
  const management = entry.dynamicAllocation ?? (entry.kind === 'local' ? 'unmanaged' : 'enforced');
  return {
    fixed: [
      { name: of('environment'), settings: environmentSettings(entry.environment ?? {}) },
      {
        name: of('secrets'),
        settings: plainSettings(of('secrets'), entry.secrets ?? {}),
        isSecret: true,
      },
      { name: of('fixedConf'), settings: plainSettings(of('fixedConf'), entry.fixedConf ?? {}) },
      ...(management === 'enforced' ? [idle] : []),
    ],
    defaults: [
      {
        name: of('defaultConf'),
        settings: plainSettings(of('defaultConf'), entry.defaultConf ?? {}),
      },
      ...(management === 'default' ? [idle] : []),
      ...(management === 'unmanaged'
        ? []
        : [{ name: of('dynamicAllocation'), settings: idleExecutorDefaults(keeper) }]),
    ],
  };
}

/** What the role of a session fixes, and as whom engines may act where roles don't say it: never what a client says. */
export function roleSources(
  cluster: string,
  entry: ClusterEntry,
  role: string | undefined,
  askedExecutionRole?: string,
): readonly SettingSource[] {
  const held = role === undefined ? undefined : entry.roles?.[role];
  const name = held === undefined ? `cluster ${cluster}` : `role ${role} of cluster ${cluster}`;
  const sources = [{ name, settings: plainSettings(name, held?.fixedConf ?? {}) }];
  if (entry.kind === 'emr-serverless' || entry.kind === 'emr-eks' || entry.kind === 'emr-ec2') {
    const arn = askedExecutionRole ?? held?.executionRole ?? entry.executionRole;
    // The empty one is nobody's to fill in: without a role, the launch is refused.
    return [...sources, { name, settings: new Map([[executionRoleSetting, arn ?? '']]) }];
  }
  if (entry.kind !== 'kubernetes') return sources;
  const account = held?.serviceAccount ?? entry.serviceAccount;
  const places = new Map([['spark.kubernetes.namespace', entry.namespace]]);
  if (account !== undefined) {
    for (const side of ['driver', 'executor']) {
      places.set(`spark.kubernetes.authenticate.${side}.serviceAccountName`, account);
    }
  }
  return [...sources, { name, settings: places }];
}

function shuffleKeeperOf(entry: ClusterEntry): ShuffleKeeper {
  const isOnYarn = entry.kind === 'yarn' || entry.kind === 'emr-ec2';
  return isOnYarn && entry.shuffleService === true ? 'shuffle-service' : 'tracking';
}
