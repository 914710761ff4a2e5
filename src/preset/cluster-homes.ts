import type { ClusterSpec } from './cluster-spec.ts';

/** One home of engines that two clusters name. */
export interface SharedHome {
  readonly cluster: string;
  /** The one that stands before it. */
  readonly first: string;
  /** E.g. `application 00f1 in eu-west-1`. */
  readonly home: string;
}

/**
 * The first home of EMR that is named by two clusters. Jobs tell their fleet and not their cluster, so that both would count,
 * bill and end each other's engines.
 */
export function sharedHome(specs: ReadonlyMap<string, ClusterSpec>): SharedHome | undefined {
  const owners = new Map<string, string>();
  for (const [cluster, spec] of specs) {
    for (const home of homesOf(spec)) {
      const first = owners.get(home);
      if (first !== undefined) return { cluster, first, home };
      owners.set(home, cluster);
    }
  }
  return undefined;
}

/** An endpoint is another way to the same place. */
function homesOf(spec: ClusterSpec): ReadonlySet<string> {
  switch (spec.kind) {
    case 'emr-serverless':
      return new Set(spec.applications.map((id) => `application ${id} in ${spec.region}`));
    case 'emr-eks':
      return new Set([`virtual cluster ${spec.virtualCluster} in ${spec.region}`]);
    case 'emr-ec2':
      return new Set([`the EMR cluster ${spec.cluster} in ${spec.region}`]);
    case 'local':
    case 'yarn':
    case 'kubernetes':
      return new Set();
  }
}
