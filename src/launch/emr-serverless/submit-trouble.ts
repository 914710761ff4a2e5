import { nameOf, submitTroubleOf, type ErrorVerdict } from '../aws/service-errors.ts';
import type { SubmitError } from '../job-platform.ts';

interface Verdict extends ErrorVerdict {
  /** Another application may take the job. */
  readonly isOfApplication?: true;
}

/** By the name of the service's exception. */
const verdicts: Readonly<Record<string, Verdict>> = {
  ValidationException: {
    trouble: 'refused',
    hint: 'EMR does not take the request as it is: change the setting that the message names.',
  },
  AccessDeniedException: {
    trouble: 'refused',
    hint: 'The gateway needs emr-serverless:StartJobRun on the application and iam:PassRole on the execution role, which has to trust emr-serverless.amazonaws.com.',
  },
  ResourceNotFoundException: {
    trouble: 'refused',
    hint: 'Check applications and region of the cluster.',
    isOfApplication: true,
  },
  ConflictException: {
    trouble: 'refused',
    hint: 'The launch tag has been used with other settings, or the application is in a state that allows no job.',
  },
  ServiceQuotaExceededException: {
    trouble: 'busy',
    hint: "The account's quotas for EMR Serverless are used up: wait, or have them raised in Service Quotas.",
    isOfApplication: true,
  },
};

/** Whether another application may take what this one did not. */
export function isOfApplication(thrown: unknown): boolean {
  const status = /application.*(?:not|isn't|is in).*(?:state|start)/i;
  if (nameOf(thrown) === 'ValidationException' && status.test(String(thrown))) return true;
  return verdicts[nameOf(thrown)]?.isOfApplication === true;
}

/** Why a call that starts something was not done. `what` says what was being done. */
export function submitTrouble(what: string, thrown: unknown): SubmitError {
  return submitTroubleOf(what, thrown, verdicts);
}
