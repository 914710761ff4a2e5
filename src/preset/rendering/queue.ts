import { GatewayError } from '../../core/errors.ts';
import type { ClusterSpec } from '../cluster-spec.ts';

const yunikornQueue = 'annotation.yunikorn.apache.org/queue';

/** The settings in which a queue can stand: where it is fixed, it is fixed in all of them. */
export const queueSettings: readonly string[] = [
  'spark.yarn.queue',
  `spark.kubernetes.driver.${yunikornQueue}`,
  `spark.kubernetes.executor.${yunikornQueue}`,
];

/** YARN's queue, or YuniKorn's on Kubernetes, whose own scheduler has none. */
export function queueSettingsOf(
  queue: string,
  clusterKind: ClusterSpec['kind'],
): Map<string, string> {
  switch (clusterKind) {
    case 'kubernetes':
    case 'emr-eks':
      return new Map([
        ['spark.kubernetes.scheduler.name', 'yunikorn'],
        [`spark.kubernetes.driver.${yunikornQueue}`, queue],
        [`spark.kubernetes.executor.${yunikornQueue}`, queue],
      ]);
    case 'emr-serverless':
      throw new GatewayError(
        'CONFIG_INVALID',
        `queue: clusters of kind ${clusterKind} have no queues`,
        { hint: 'Name the clusters that the preset is for, or take the queue out of it.' },
      );
    case 'yarn':
    case 'emr-ec2':
    case 'local': // an engine of this host may still have a YARN of its own as its master
      return new Map([['spark.yarn.queue', queue]]);
  }
}
