import { describe, expect, it, test } from 'vitest';
import type { AuthProvider, Principal } from '../../../src/auth/auth-provider.ts';
import { PasswordLogins } from '../../../src/auth/password-logins.ts';
import { looksLikeToken } from '../../../src/auth/token-shape.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { newSecret } from '../../support/secrets.ts';

const secret = newSecret();

const never = new AbortController().signal;
const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;

function provider(kind: string, asked: string[] = []): AuthProvider {
  return {
    kind,
    authenticate: (user): Promise<Principal> => {
      asked.push(`${kind} ${user}`);
      return Promise.resolve({ user: user === '' ? 'claimed' : user, isAuthenticated: true });
    },
  };
}

function logins(
  parts: { readonly tokens?: AuthProvider; readonly passwords?: AuthProvider },
  { log } = collectedLog(),
): PasswordLogins {
  return new PasswordLogins({ tokens: parts.tokens, passwords: parts.passwords, log });
}

describe('which provider a password goes to', () => {
  const asked: string[] = [];
  const tokens = provider('JWT', asked);
  const passwords = provider('FILE', asked);

  it.each<
    [string, { tokens?: AuthProvider; passwords?: AuthProvider }, user: string, password: string]
  >([
    ['JWT alice', { tokens, passwords }, 'alice', unsigned],
    ['JWT ', { tokens, passwords }, '', unsigned],
    ['FILE alice', { tokens, passwords }, 'alice', 'a.b.c'],
    ['FILE alice', { tokens, passwords }, 'alice', `${unsigned}.`],
    ['FILE alice', { passwords }, 'alice', unsigned],
  ])('%s', async (expected, parts, user, password) => {
    asked.length = 0;
    await logins(parts).authenticate(user, password, never);
    expect(asked).toEqual([expected]);
  });

  it.each<
    [string, { tokens?: AuthProvider; passwords?: AuthProvider }, user: string, password: string]
  >([
    ['a password where only tokens are taken', { tokens }, 'alice', 'secret'],
    ['nothing is taken', {}, 'alice', 'secret'],
    ['an empty password', { tokens, passwords }, 'alice', ''],
    ['an empty name', { tokens, passwords }, '', 'secret'],
    ['a name that only looks like another', { passwords }, 'alice ', 'secret'],
    ['a name with a line break in it', { passwords }, 'alice\nroot', 'secret'],
  ])('none: %s', async (_, parts, user, password) => {
    asked.length = 0;
    await expect(logins(parts).authenticate(user, password, never)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: 'Error validating the login',
    });
    expect(asked).toEqual([]);
  });
});

it('tells neither client nor log what a provider threw: it may quote the password', async () => {
  const { log, lines } = collectedLog();
  const passwords: AuthProvider = {
    kind: 'BROKEN',
    authenticate: (_, password) => Promise.reject(new TypeError(`cannot read ${password}`)),
  };
  const refused = logins({ passwords }, { log, lines }).authenticate('alice', secret, never);
  await expect(refused).rejects.toMatchObject({
    code: 'AUTHENTICATION_UNAVAILABLE',
    message: 'the login could not be checked',
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"provider":"BROKEN","at":"TypeError');
  expect(lines[0]).not.toContain(secret);
});

const header = (json: string): string => Buffer.from(json).toString('base64url');

test.each([
  [true, `${header('{"alg":"RS256","kid":"1"}')}.e30.c2ln`],
  [true, `${header(' { "alg" : "HS256" }')}.e30.c2ln`],
  [true, unsigned],
  [false, ''],
  [false, 'a.b.c'],
  [false, `${header('{"typ":"JWT"}')}.e30.c2ln`],
  [false, `${header('["alg"]')}.e30.c2ln`],
  [false, `${header('null')}.e30.c2ln`],
  [false, `${header('{"alg":"dir"}')}.a.b.c.d`],
  [false, `${header('{"alg":"RS256"}')}..c2ln`],
  [false, `${header('{"alg":"RS256"}')}.e30.c2 ln`],
  [false, `${header(`{"alg":"${'x'.repeat(9000)}"}`)}.e30.c2ln`],
])('%s: looks like a token (%#)', (expected, password) => {
  expect(looksLikeToken(password)).toBe(expected);
});
