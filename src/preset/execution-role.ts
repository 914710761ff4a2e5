import { clustersEntries } from '../config/entries/clusters.ts';
import { readEntry } from '../config/entry.ts';
import { GatewayError } from '../core/errors.ts';
import type { ClusterEntry } from './format/cluster-schema.ts';
import type { PlacementQuestion } from './placement.ts';

/** By this setting, which cluster and role fix, a launch hears of the IAM role under which its engine runs. */
export const executionRoleSetting = 'spark.emr.execution.role';

/**
 * The IAM role that a session asks for by its ARN. Throws CONFIG_RESTRICTED for one that the cluster does not allow, and
 * INVALID_ARGUMENT where engines have none.
 */
export function askedExecutionRole(
  cluster: string | undefined,
  entry: ClusterEntry | undefined,
  question: PlacementQuestion,
): string | undefined {
  const { executionRole } = clustersEntries;
  if (!question.ownKeys.has(executionRole.key)) return undefined;
  const asked = readEntry(executionRole, question.settings);
  if (asked === undefined) return undefined;
  if (entry?.kind !== 'emr-serverless' && entry?.kind !== 'emr-eks' && entry?.kind !== 'emr-ec2') {
    throw new GatewayError(
      'INVALID_ARGUMENT',
      `${executionRole.key}: engines of ${cluster === undefined ? 'this gateway' : `the cluster ${cluster}`} have no IAM role`,
      { hint: `Leave out ${executionRole.key}, or name a cluster of EMR.` },
    );
  }
  if (entry.allowedExecutionRoles?.includes(asked) === true) return asked;
  throw new GatewayError(
    'CONFIG_RESTRICTED',
    `${executionRole.key} = ${asked} is not allowed on the cluster ${cluster}`,
    { hint: 'The administrator can add it to allowedExecutionRoles of the cluster.' },
  );
}
