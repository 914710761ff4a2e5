import { errors, jwtVerify } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { AuthProvider, Principal } from '../auth-provider.ts';
import { isUserName, splitName } from '../user-name.ts';
import { claimOf, groupsOf } from './claims.ts';
import type { Claims } from './claims.ts';
import type { KeySource } from './key-source.ts';

export interface JwtOptions {
  readonly keys: KeySource;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly clockToleranceMs: number;
  readonly userClaim: string;
  readonly groupsClaim: string | undefined;
  readonly clock: Clock;
}

/** Tokens are some hundred characters long, a few thousand with many groups. */
const longestToken = 16 * 1024;

/** Signed tokens of one issuer, made for this service; the token names the user. */
export class JwtProvider implements AuthProvider {
  readonly kind = 'JWT';
  readonly #options: JwtOptions;

  constructor(options: JwtOptions) {
    this.#options = options;
  }

  async authenticate(user: string, token: string): Promise<Principal> {
    if (token.length > longestToken) {
      throw refused(`it has more than ${longestToken} characters`);
    }
    const claims = await this.#verify(token);
    const { userClaim, groupsClaim } = this.#options;
    const named = claimOf(claims, userClaim);
    if (typeof named !== 'string' || !isUserName(named)) {
      throw refused(`its claim '${userClaim}' names no user`);
    }
    // The short name will do: it is the token that says who comes in.
    if (user !== '' && user !== named && user !== splitName(named)?.short)
      throw refused('it is for another user');
    const groups = groupsClaim === undefined ? undefined : groupsOf(claimOf(claims, groupsClaim));
    return { user: named, isAuthenticated: true, ...(groups === undefined ? {} : { groups }) };
  }

  async #verify(token: string): Promise<Claims> {
    const { keys, issuer, audience, algorithms, clockToleranceMs, clock } = this.#options;
    try {
      const { payload } = await jwtVerify(token, keys.keyFor, {
        issuer,
        audience: [...audience],
        algorithms: [...algorithms],
        clockTolerance: clockToleranceMs / 1000,
        requiredClaims: ['exp'],
        currentDate: new Date(clock.now()),
      });
      return payload;
    } catch (thrown) {
      if (thrown instanceof errors.JOSEError) throw refused(reasonOf(thrown));
      throw thrown;
    }
  }
}

/** The holder of a token may know what is wrong with it: claims are looked at only once the signature is good. */
function refused(reason: string): GatewayError {
  return new GatewayError(
    'AUTHENTICATION_FAILED',
    `Error validating the login: the token was refused, ${reason}`,
    { hint: 'Get a new token from its issuer, meant for this service.' },
  );
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return `it has no claim '${error.claim}'`;
    return error.claim === 'nbf' ? 'it is not valid yet' : `its claim '${error.claim}' is wrong`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'its issuer publishes no such key';
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'it does not say which key signed it';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it is malformed';
}
