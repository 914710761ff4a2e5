import { createLocalJWKSet } from 'jose';
import type { JWTVerifyGetKey, LocalJWKSet } from 'jose';
import { z } from 'zod';

/** Where the public keys of the issuer come from. */
export interface KeySource {
  /**
   * The key that a token names. Throws jose's errors where there is none, and AUTHENTICATION_UNAVAILABLE where nobody can
   * say.
   */
  readonly keyFor: JWTVerifyGetKey;
}

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** Throws an Error that says what is wrong. */
export function parseKeySet(text: string): LocalJWKSet {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
  const checked = keySet.safeParse(parsed);
  if (!checked.success) throw new Error('it is no JSON Web Key Set: an object with keys');
  return createLocalJWKSet(checked.data);
}
