import { randomBytes } from 'node:crypto';
import { newSecret } from '../secrets.ts';
import { AwsError } from './aws-error.ts';
import type { AwsRequest } from './aws-request.ts';
import { checkSignature, readScope, type Scope } from './signature.ts';

export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Who asks. */
export interface Caller {
  readonly arn: string;
  readonly accessKeyId: string;
}

interface Known extends IssuedCredentials {
  readonly arn: string;
  endsAtMs: number;
}

/** Every access key that the account has given out. */
export class Credentials {
  /** How long sessions last from now on, whatever they ask for. */
  sessionMs: number | undefined;
  readonly #known = new Map<string, Known>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keys with a session token and an end where `askedMs` is given, else those of a user without an end. */
  issue(arn: string, askedMs?: number): IssuedCredentials {
    const ttlMs = askedMs === undefined ? undefined : (this.sessionMs ?? askedMs);
    const isSession = ttlMs !== undefined;
    const issued: IssuedCredentials = {
      accessKeyId: `${isSession ? 'ASIA' : 'AKIA'}${base32(16)}`,
      secretAccessKey: newSecret(),
      ...(isSession && {
        sessionToken: newSecret(),
        expiration: new Date(this.#now() + ttlMs),
      }),
    };
    const endsAtMs = isSession ? this.#now() + ttlMs : Infinity;
    this.#known.set(issued.accessKeyId, { ...issued, arn, endsAtMs });
    return issued;
  }

  /** From now on it has expired; all session credentials when none is named. */
  expire(accessKeyId?: string): void {
    for (const known of this.#known.values()) {
      const isMeant =
        accessKeyId === undefined
          ? known.sessionToken !== undefined
          : known.accessKeyId === accessKeyId;
      if (isMeant) known.endsAtMs = 0;
    }
  }

  /** Throws what the services answer to a missing, unknown, expired or false signature. */
  check(request: AwsRequest): { readonly caller: Caller; readonly scope: Scope } {
    const scope = readScope(request);
    if (scope === undefined)
      throw new AwsError(
        'MissingAuthenticationTokenException',
        'Missing Authentication Token',
        403,
      );
    const isS3 = scope.service === 's3';
    const known = this.#known.get(scope.accessKeyId);
    if (known === undefined || known.sessionToken !== request.headers['x-amz-security-token']) {
      const invalid = 'The security token included in the request is invalid.';
      const code = { s3: 'InvalidAccessKeyId', sts: 'InvalidClientTokenId' }[scope.service];
      throw new AwsError(code ?? 'UnrecognizedClientException', invalid, isS3 ? 403 : 400);
    }
    if (known.endsAtMs <= this.#now()) {
      const code = isS3 || scope.service === 'sts' ? 'ExpiredToken' : 'ExpiredTokenException';
      const expired = 'The security token included in the request is expired';
      throw new AwsError(code, expired, isS3 ? 400 : 403);
    }
    checkSignature(request, scope, known.secretAccessKey);
    return { caller: { arn: known.arn, accessKeyId: known.accessKeyId }, scope };
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base32 = (length: number) =>
  Array.from(randomBytes(length), (byte) => alphabet[byte % 32]).join('');
