import { fleetLabel } from '../kubernetes/job-labels.ts';

/** Not the label by which clusters of kind `kubernetes` know theirs: in one namespace they would take these for their own. */
export const emrFleetLabel = 'torii.io/emr-fleet';

/** The labels of a job with the fleet under its name for EMR. */
export function fleetLabelOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  const { [fleetLabel]: fleet, ...others } = labels;
  return { ...(fleet === undefined ? {} : { [emrFleetLabel]: fleet }), ...others };
}
