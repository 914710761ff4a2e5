import { reasonOf } from '../../core/errors.ts';
import { type Finding, failed, unknown } from '../../core/finding.ts';
import type { AwsPlace } from '../../preset/cluster-spec.ts';
import { nameOf } from './service-errors.ts';

const noRight = /^(?:AccessDenied(?:Exception)?|UnauthorizedOperation|AuthFailure|Forbidden|403)$/;
const noCredentials =
  /^(?:CredentialsProviderError|TokenProviderError|ExpiredToken(?:Exception)?|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch)$/;

function isDenied(thrown: unknown): boolean {
  return noRight.test(nameOf(thrown));
}

export function lacksCredentials(thrown: unknown): boolean {
  return noCredentials.test(nameOf(thrown));
}

function isMissing(thrown: unknown): boolean {
  return /^(?:NotFound|NoSuch\w*|ResourceNotFoundException|InvalidRequestException|\w+\.NotFound)$/.test(
    nameOf(thrown),
  );
}

/** What AWS said, by the name of its error first. */
export function awsText(thrown: unknown): string {
  const name = nameOf(thrown);
  const text = reasonOf(thrown);
  // What stands behind the first line is for whoever debugs the SDK.
  const [first = ''] = text.split('\n');
  return first === '' || text === name || text === 'UnknownError' ? name : `${name}: ${first}`;
}

/** A question that was not answered: without the right to ask, nothing is wrong with what was asked for. */
export function untold(check: string, thrown: unknown, right: string): Finding {
  if (isDenied(thrown)) {
    return unknown(
      check,
      `the gateway may not look (${right})`,
      `Allow ${right}, or look by hand.`,
    );
  }
  if (lacksCredentials(thrown)) return unknown(check, 'without credentials nobody can look');
  return unknown(check, `it could not be looked at: ${awsText(thrown)}`);
}

/** As `untold`, and what is not there is a failure. */
export function missingOr(
  check: string,
  thrown: unknown,
  right: string,
  missing: { readonly seen: string; readonly hint: string },
): Finding {
  return isMissing(thrown)
    ? failed(check, missing.seen, missing.hint)
    : untold(check, thrown, right);
}

/** Why EMR says nothing of what the cluster names. */
export function emrTrouble(
  check: string,
  thrown: unknown,
  about: {
    readonly place: AwsPlace;
    readonly service: string;
    readonly right: string;
    readonly missing: string;
    readonly hint: string;
  },
): Finding {
  const { place, service, right, missing, hint } = about;
  if (isMissing(thrown)) return failed(check, missing, hint);
  if (!isUnreachable(thrown)) return untold(check, thrown, right);
  return failed(
    check,
    `${place.endpoint ?? `${service} in ${place.region}`} does not answer: ${awsText(thrown)}`,
    'Check `region` and `endpoint` of the cluster, and the way there (NAT, VPC endpoint, proxy).',
  );
}

/** No answer came, or none over a connection that can be trusted. */
function isUnreachable(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const noWay = /^(?:ENOTFOUND|EAI_AGAIN|ECONN|EHOST|ENET|ETIMEDOUT|EPIPE|CERT|DEPTH|SELF|ERR_TLS)/;
  return noWay.test(code) || nameOf(thrown) === 'TimeoutError';
}
