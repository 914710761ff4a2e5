import { nameOf, submitTroubleOf, type ErrorVerdict } from '../aws/service-errors.ts';
import type { SubmitError } from '../job-platform.ts';

/** By the name of the service's exception. */
const verdicts: Readonly<Record<string, ErrorVerdict>> = {
  ValidationException: {
    trouble: 'refused',
    hint: 'EMR does not take the request as it is: change the setting that the message names.',
  },
  AccessDeniedException: {
    trouble: 'refused',
    hint: 'The gateway needs emr-containers:StartJobRun and TagResource on the virtual cluster, for the execution role (condition emr-containers:ExecutionRoleArn).',
  },
  ResourceNotFoundException: {
    trouble: 'refused',
    hint: 'Check virtualCluster, releaseLabel, jobTemplate and region of the cluster.',
  },
  ServiceQuotaExceededException: {
    trouble: 'busy',
    hint: "The account's quotas for EMR on EKS are used up: wait, or have them raised in Service Quotas.",
  },
};

/** EMR has no exception of its own for a queue that is full. */
const full =
  /(?:queue|concurrent|quota|limit of).*(?:limit|full|exceed|reached)|reached.*(?:limit|quota).*(?:queue|job run)/i;
const fullVerdict: ErrorVerdict = {
  trouble: 'busy',
  hint: 'The virtual cluster takes no more jobs now: wait, end other engines, or have its limits raised.',
};

const usedToken = /client ?token.*(?:already|other|different)/i;
const usedTokenVerdict: ErrorVerdict = {
  trouble: 'refused',
  hint: 'The launch tag has been used with other settings: open a new session.',
};

/** Why a call that starts something was not done. `what` says what was being done. */
export function submitTrouble(what: string, thrown: unknown): SubmitError {
  if (nameOf(thrown) !== 'ValidationException') return submitTroubleOf(what, thrown, verdicts);
  const text = String(thrown);
  const own = full.test(text) ? fullVerdict : usedToken.test(text) ? usedTokenVerdict : undefined;
  return submitTroubleOf(what, thrown, own === undefined ? verdicts : { ValidationException: own });
}
