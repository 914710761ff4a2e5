import type { EmrLogs } from '../../preset/cluster-spec.ts';

/** The name of a run's driver pod, which EMR gives it. */
export function driverPodName(runId: string): string {
  return `spark-${runId}-driver`;
}

/** The run to which a pod belongs by its name: the driver's, or that of the pod which submits it. */
export function runOfPod(name: string): string | undefined {
  return (
    /^spark-([0-9a-z]+)-driver$/.exec(name)?.[1] ?? /^([0-9a-z]{10,})-[0-9a-z]{5}$/.exec(name)?.[1]
  );
}

/** The folder of a driver's log in S3. */
export function s3LogFolder(folder: string, virtualCluster: string, runId: string): string {
  return `${folder}/${driverFolder(virtualCluster, runId)}`;
}

export function logStream(
  { streamPrefix }: NonNullable<EmrLogs['cloudWatch']>,
  virtualCluster: string,
  runId: string,
  file: 'stderr' | 'stdout',
): string {
  const path = `${driverFolder(virtualCluster, runId)}/${file}`;
  return streamPrefix === undefined ? path : `${streamPrefix}/${path}`;
}

function driverFolder(virtualCluster: string, runId: string): string {
  return `${virtualCluster}/jobs/${runId}/containers/spark-${runId}/${driverPodName(runId)}`;
}
