import type { ClusterSpec } from '../cluster-spec.ts';
import type { Preset } from '../format/preset-schema.ts';

/** Where an engine leaves what the history server shows. */
export function eventLogSettings(
  { dir, compress, historyServer }: NonNullable<Preset['eventLog']>,
  clusterKind: ClusterSpec['kind'],
): Map<string, string> {
  const settings = new Map([
    ['spark.eventLog.enabled', 'true'],
    ['spark.eventLog.dir', dir],
  ]);
  if (compress !== undefined) settings.set('spark.eventLog.compress', String(compress));
  if (historyServer !== undefined && (clusterKind === 'yarn' || clusterKind === 'emr-ec2')) {
    settings.set('spark.yarn.historyServer.address', historyServer); // the tracking page of ended applications leads there
  }
  return settings;
}
