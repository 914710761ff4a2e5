import type { EmrLogs } from '../../preset/cluster-spec.ts';
import type { RunFacts } from './run-view.ts';

/** EMR's own, where nobody names another one. */
export const defaultGroup = '/aws/emr-serverless';

/** The folder of a driver's log in S3. */
export function s3LogFolder(folder: string, run: RunFacts): string {
  return `${folder}/${driverFolder(run)}`;
}

/** Group and possible names of a stream of a driver's log: without a prefix, EMR was seen with a slash before it and without. */
export function logStream(
  { group, streamPrefix }: NonNullable<EmrLogs['cloudWatch']>,
  run: RunFacts,
  file: 'stderr' | 'stdout',
): { readonly group: string; readonly streams: readonly string[] } {
  const path = `${driverFolder(run)}/${file}`;
  const streams = streamPrefix === undefined ? [path, `/${path}`] : [`${streamPrefix}/${path}`];
  return { group: group ?? defaultGroup, streams };
}

function driverFolder({ applicationId, jobRunId }: RunFacts): string {
  return `applications/${applicationId}/jobs/${jobRunId}/SPARK_DRIVER`;
}
