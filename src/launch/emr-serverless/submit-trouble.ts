import { SubmitError, type SubmitTrouble } from '../job-platform.ts';

interface Verdict {
  readonly trouble: SubmitTrouble;
  readonly hint?: string;
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
  ThrottlingException: { trouble: 'busy' },
  TooManyRequestsException: { trouble: 'busy' },
  RequestLimitExceeded: { trouble: 'busy' },
  SlowDown: { trouble: 'busy' },
  // What follows was refused before anything was done.
  ExpiredTokenException: {
    trouble: 'busy',
    hint: "The gateway's credentials have expired and were not renewed yet.",
  },
  ExpiredToken: {
    trouble: 'busy',
    hint: "The gateway's credentials have expired and were not renewed yet.",
  },
  CredentialsProviderError: {
    trouble: 'busy',
    hint: 'The gateway has no AWS credentials now: check its service account, profile or environment.',
  },
  TokenProviderError: {
    trouble: 'busy',
    hint: 'The gateway has no AWS credentials now: check its service account, profile or environment.',
  },
  UnrecognizedClientException: {
    trouble: 'refused',
    hint: "AWS does not know the gateway's access key: check its credentials.",
  },
  InvalidSignatureException: {
    trouble: 'refused',
    hint: "AWS does not accept the gateway's signature: check its secret key and its clock.",
  },
};

export function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : '';
}

export function isThrottled(thrown: unknown): boolean {
  return /^(?:ThrottlingException|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/.test(
    nameOf(thrown),
  );
}

export function isExpired(thrown: unknown): boolean {
  return /^ExpiredToken(?:Exception)?$/.test(nameOf(thrown));
}

/** Whether another application may take what this one did not. */
export function isOfApplication(thrown: unknown): boolean {
  const status = /application.*(?:not|isn't|is in).*(?:state|start)/i;
  if (nameOf(thrown) === 'ValidationException' && status.test(String(thrown))) return true;
  return verdicts[nameOf(thrown)]?.isOfApplication === true;
}

/** Why a call that starts something was not done. `what` says what was being done. */
export function submitTrouble(what: string, thrown: unknown): SubmitError {
  if (thrown instanceof SubmitError) return thrown;
  const name = nameOf(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const verdict = verdicts[name];
  // Server errors, cut connections and whatever else nobody foresaw: it may have been done.
  if (verdict === undefined) {
    return new SubmitError('unclear', `${what}: ${name}: ${message}`, { cause: thrown });
  }
  const { trouble, hint } = verdict;
  return new SubmitError(trouble, `${what}: ${name}: ${message}`, { hint, cause: thrown });
}
