import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import { newSecret } from './secrets.ts';

export interface IssuedKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly published: JWK;
}

export async function newKey(kid: string, alg = 'ES256'): Promise<IssuedKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, published: { ...(await exportJWK(publicKey)), kid, alg } };
}

/** What its tokens say unless a test says otherwise. */
export const issuer = 'https://issuer.test/';
export const audience = 'torii';

export interface TokenFacts {
  readonly claims?: JWTPayload;
  readonly expiresAtS?: number;
  readonly notBeforeS?: number;
}

/** A token for alice, good until 2100 unless told otherwise. */
export function signToken(key: IssuedKey, facts: TokenFacts = {}): Promise<string> {
  const token = new SignJWT({
    sub: 'alice',
    iss: issuer,
    aud: audience,
    jti: newSecret(),
    ...facts.claims,
  })
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .setExpirationTime(facts.expiresAtS ?? 4_102_444_800);
  if (facts.notBeforeS !== undefined) token.setNotBefore(facts.notBeforeS);
  return token.sign(key.privateKey);
}

/** An HTTP server that publishes keys, or fails to. */
export class TokenIssuer {
  readonly #server: Server;
  /** Fetches so far. */
  fetches = 0;
  keys: readonly IssuedKey[];
  /** Answered instead of the keys. */
  failure:
    { readonly status: number; readonly body: string; readonly location?: string } | undefined;
  /** Nothing is answered at all. */
  isSilent = false;

  private constructor(keys: readonly IssuedKey[]) {
    this.keys = keys;
    this.#server = createServer((_request, response) => {
      this.fetches += 1;
      if (this.isSilent) return;
      const { status, body, location } = this.failure ?? {
        status: 200,
        body: JSON.stringify({ keys: this.keys.map((key) => key.published) }),
      };
      response.writeHead(status, location === undefined ? {} : { location }).end(body);
    });
  }

  static async start(...keys: readonly IssuedKey[]): Promise<TokenIssuer> {
    const issuing = new TokenIssuer(keys);
    await new Promise<void>((resolve) => {
      issuing.#server.listen(0, '127.0.0.1', resolve);
    });
    return issuing;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on TCP
    return `http://127.0.0.1:${port}/jwks`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
