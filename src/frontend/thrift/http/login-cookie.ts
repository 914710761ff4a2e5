import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Principal } from '../../../auth/auth-provider.ts';

export interface CookieSettings {
  readonly maxAgeMs: number;
  readonly domain: string | undefined;
  readonly path: string | undefined;
  readonly isHttpOnly: boolean;
}

/** Drivers look for this name (hiveserver2-wire 2.3). */
const cookieName = 'hive.server2.auth';
/** More of that name in one request are not looked at: some clients pile them up. */
const mostLookedAt = 16;

const contents = z.strictObject({
  user: z.string().min(1),
  groups: z.tuple([z.string()], z.string()).optional(),
  /** Epoch milliseconds. */
  until: z.number().int(),
  nonce: z.string(),
});

/** A cookie that stands for a login: whose it is and until when, signed. It opens nothing beyond that user's own handles. */
export class LoginCookies {
  readonly #key: Buffer;
  readonly #settings: CookieSettings;

  /** All gateways with the same master secret take each other's cookies. */
  constructor(masterSecret: string, settings: CookieSettings) {
    this.#key = createHmac('sha256', masterSecret).update('torii login cookie').digest();
    this.#settings = settings;
  }

  /** A `Set-Cookie` value. */
  issue({ user, groups }: Principal, nowMs: number, isSecure: boolean): string {
    const { maxAgeMs, domain, path, isHttpOnly } = this.#settings;
    const body: z.infer<typeof contents> = {
      user,
      ...(groups === undefined ? {} : { groups: [...groups] }),
      until: nowMs + maxAgeMs,
      nonce: randomBytes(9).toString('base64url'),
    };
    const payload = Buffer.from(JSON.stringify(body)).toString('base64url');
    return [
      `${cookieName}=${payload}.${this.#sign(payload).toString('base64url')}`,
      `Max-Age=${Math.floor(maxAgeMs / 1000)}`,
      ...(domain === undefined ? [] : [`Domain=${domain}`]),
      ...(path === undefined ? [] : [`Path=${path}`]),
      ...(isSecure ? ['Secure'] : []), // over plain HTTP the JDBC drivers would never send it back
      ...(isHttpOnly ? ['HttpOnly'] : []),
    ].join('; ');
  }

  /** Whose login a request's cookies stand for. Attributes between them, which some clients send back, are passed over. */
  principalOf(header: string | undefined, nowMs: number): Principal | undefined {
    const values = (header ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${cookieName}=`))
      .slice(-mostLookedAt);
    for (const pair of values.toReversed()) {
      const principal = this.#verified(pair.slice(cookieName.length + 1), nowMs);
      if (principal !== undefined) return principal;
    }
    return undefined;
  }

  #verified(value: string, nowMs: number): Principal | undefined {
    const [payload = '', signature = '', ...more] = value.replace(/^"(.*)"$/, '$1').split('.');
    const expected = this.#sign(payload);
    const given = Buffer.from(signature, 'base64url');
    if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return undefined;
    }
    // Signed by a gateway of ours, so it reads.
    const { user, groups, until } = contents.parse(
      JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
    );
    if (until <= nowMs) return undefined;
    return { user, isAuthenticated: true, ...(groups === undefined ? {} : { groups }) };
  }

  #sign(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }
}
