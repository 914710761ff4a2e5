import { reasonOf } from '../../core/errors.ts';
import { SubmitError, type SubmitTrouble } from '../job-platform.ts';
import { ThrottledError } from '../throttled-error.ts';

/** What becomes of a launch for which a call was not done. */
export interface ErrorVerdict {
  readonly trouble: SubmitTrouble;
  readonly hint?: string;
}

/** What all services of AWS say, by the name of the exception. All of it was refused before anything was done. */
const common: Readonly<Record<string, ErrorVerdict>> = {
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

const throttledVerdict: ErrorVerdict = { trouble: 'busy' };

/** The name of the service's exception. */
export function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : '';
}

/** Each service has a name of its own for it. */
const throttled =
  /^(?:Throttl(?:ing|ed)(?:Exception)?|(?:EC2|EKSRequest|Request)Throttled(?:Exception)?|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/;

export function isThrottled(thrown: unknown): boolean {
  return throttled.test(nameOf(thrown));
}

/** For a call that is not missed: others use the account, too, and the next round asks again. */
export function unlessThrottled(thrown: unknown): void {
  if (!isThrottled(thrown)) throw thrown;
}

/** Why there is no list of jobs: that AWS takes no more calls just now says nothing against the cluster. */
export function listTrouble(service: string, thrown: unknown): unknown {
  if (!isThrottled(thrown)) return thrown;
  const message = `AWS throttles the calls to ${service} (${errorText(thrown)})`;
  return new ThrottledError(message, thrown);
}

/** The name of the service's exception, and what it says. */
export function errorText(thrown: unknown): string {
  return `${nameOf(thrown)}: ${reasonOf(thrown)}`;
}

export function isExpired(thrown: unknown): boolean {
  return /^ExpiredToken(?:Exception)?$/.test(nameOf(thrown));
}

/**
 * Why a call that starts something was not done. `what` says what was being done; `own` are the verdicts of the service's own
 * exceptions by their names. Server errors, cut connections and whatever else nobody foresaw: it may have been done.
 */
export function submitTroubleOf(
  what: string,
  thrown: unknown,
  own: Readonly<Record<string, ErrorVerdict>>,
): SubmitError {
  if (thrown instanceof SubmitError) return thrown;
  const name = nameOf(thrown);
  const message = `${what}: ${errorText(thrown)}`;
  const verdict = own[name] ?? common[name] ?? (isThrottled(thrown) ? throttledVerdict : undefined);
  if (verdict === undefined) return new SubmitError('unclear', message, { cause: thrown });
  return new SubmitError(verdict.trouble, message, { hint: verdict.hint, cause: thrown });
}
