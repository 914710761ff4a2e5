import { GatewayError } from '../core/errors.ts';
import type { ClusterSpec } from './cluster-spec.ts';
import { parseClustersFiles } from './format/clusters-file.ts';
import { readClustersPath } from './format/clusters-path.ts';
import type { ClusterEntry } from './format/cluster-schema.ts';
import { Snapshot } from './snapshot.ts';

/** One cluster of the files, and what of its entry launchers are not told. */
export interface ClusterDescription {
  readonly spec: ClusterSpec;
  /** ARNs of all IAM roles that engines may get there. */
  readonly executionRoles: readonly string[];
}

/** Rejects with CONFIG_INVALID for files that can't be used, and with INVALID_ARGUMENT for a cluster that they don't have. */
export async function describeCluster(path: string, name: string): Promise<ClusterDescription> {
  const files = await readClustersPath(path);
  const { specs } = new Snapshot(files);
  const spec = specs.get(name);
  const entry = parseClustersFiles(files).clusters.get(name);
  if (spec === undefined || entry === undefined) {
    throw new GatewayError('INVALID_ARGUMENT', `there is no cluster ${name} in ${path}`, {
      hint: specs.size === 0 ? 'It has none.' : `It has ${[...specs.keys()].join(', ')}.`,
    });
  }
  return { spec, executionRoles: executionRolesOf(entry) };
}

function executionRolesOf(entry: ClusterEntry): readonly string[] {
  const ofRoles = Object.values(entry.roles ?? {}).map(({ executionRole }) => executionRole);
  const own =
    'executionRole' in entry ? [entry.executionRole, ...(entry.allowedExecutionRoles ?? [])] : [];
  return [...new Set([...own, ...ofRoles].filter((arn) => arn !== undefined))];
}
