import { type Finding, failed, unknown } from '../../core/finding.ts';
import { nameOf } from './service-errors.ts';

const noRight = /^(?:AccessDenied(?:Exception)?|UnauthorizedOperation|AuthFailure|Forbidden|403)$/;
const noCredentials =
  /^(?:CredentialsProviderError|TokenProviderError|ExpiredToken(?:Exception)?|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch)$/;

export function isDenied(thrown: unknown): boolean {
  return noRight.test(nameOf(thrown));
}

export function lacksCredentials(thrown: unknown): boolean {
  return noCredentials.test(nameOf(thrown));
}

export function isMissing(thrown: unknown): boolean {
  return /^(?:NotFound|NoSuch\w*|ResourceNotFoundException|\w+\.NotFound)$/.test(nameOf(thrown));
}

/** What AWS said, by the name of its error first. */
export function awsText(thrown: unknown): string {
  const name = nameOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text === '' || text === name || text === 'UnknownError' ? name : `${name}: ${text}`;
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
