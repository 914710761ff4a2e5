import { GatewayError } from '../../core/errors.ts';
import type { ClusterSpec } from '../cluster-spec.ts';
import { isSameRelease, releaseProblem } from '../emr-releases.ts';
import type { Preset } from '../format/preset-schema.ts';

/**
 * The release whose images a launch's settings are made for; undefined where nobody says it. Throws CONFIG_INVALID where preset
 * and cluster name different ones, and for a preset's that has no engine.
 */
export function imageRelease(
  preset: { readonly name: string; readonly preset: Preset } | undefined,
  cluster: ClusterSpec | undefined,
): string | undefined {
  const ofCluster = cluster === undefined ? undefined : clusterRelease(cluster);
  const ofPreset = preset?.preset.release;
  if (preset === undefined || ofPreset === undefined) return ofCluster;
  const problem = releaseProblem(ofPreset);
  if (problem !== undefined) {
    throw new GatewayError('CONFIG_INVALID', `release of preset ${preset.name}: ${problem}`, {
      hint: 'Name a later release.',
    });
  }
  if (ofCluster !== undefined && !isSameRelease(ofPreset, ofCluster)) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `preset ${preset.name} is for release ${ofPreset}, and cluster ${cluster?.name} has ${ofCluster}`,
      {
        hint: "Correct one of them, or leave release out of the preset: then it is the cluster's.",
      },
    );
  }
  return ofCluster ?? ofPreset;
}

function clusterRelease(cluster: ClusterSpec): string | undefined {
  switch (cluster.kind) {
    case 'emr-serverless':
    case 'emr-ec2':
      return cluster.release;
    case 'emr-eks':
      return cluster.releaseLabel;
    case 'local':
    case 'yarn':
    case 'kubernetes':
      return undefined;
  }
}
