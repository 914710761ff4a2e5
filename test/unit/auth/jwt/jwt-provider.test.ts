import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { JwtProvider } from '../../../../src/auth/jwt/jwt-provider.ts';
import type { JwtOptions } from '../../../../src/auth/jwt/jwt-provider.ts';
import { parseKeySet } from '../../../../src/auth/jwt/key-source.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { audience, issuer, newKey, signToken } from '../../../support/token-issuer.ts';
import type { IssuedKey, TokenFacts } from '../../../support/token-issuer.ts';

const nowS = 1_700_000_000;

let key: IssuedKey;
let other: IssuedKey;
beforeAll(async () => {
  key = await newKey('k1', 'RS256');
  other = await newKey('k2');
});

function provider(options: Partial<JwtOptions> = {}): JwtProvider {
  const published = { keys: [key.published, other.published] };
  return new JwtProvider({
    keys: { keyFor: parseKeySet(JSON.stringify(published)) },
    issuer,
    audience: [audience, 'another door'],
    algorithms: ['RS256', 'ES256'],
    clockToleranceMs: 30_000,
    userClaim: 'sub',
    groupsClaim: 'groups',
    clock: { ...systemClock, now: () => nowS * 1000 },
    ...options,
  });
}

describe('a good token', () => {
  it.each<[string, user: string, facts: TokenFacts, groups: readonly string[] | undefined]>([
    ['for the user it names', 'alice', {}, undefined],
    ['without a user name beside it', '', {}, undefined],
    ['with groups', '', { claims: { groups: ['/analysts', 'admins'] } }, ['analysts', 'admins']],
    ['with one group', '', { claims: { groups: 'analysts' } }, ['analysts']],
    ['with groups that are none', '', { claims: { groups: [1, '', '/'] } }, undefined],
    ['for several services', '', { claims: { aud: ['x', audience] } }, undefined],
    ['that has expired within the tolerance', '', { expiresAtS: nowS - 29 }, undefined],
    ['that begins within the tolerance', '', { notBeforeS: nowS + 29 }, undefined],
  ])('%s', async (_, user, facts, groups) => {
    expect(await provider().authenticate(user, await signToken(key, facts))).toEqual({
      user: 'alice',
      isAuthenticated: true,
      ...(groups === undefined ? {} : { groups }),
    });
  });

  it('may name user and groups anywhere', async () => {
    const claims = {
      preferred_username: 'bob',
      realm_access: { roles: ['analysts'] },
      'https://example.test/name': 'carol',
    };
    const token = await signToken(other, { claims });
    const ask = (userClaim: string): Promise<unknown> =>
      provider({ userClaim, groupsClaim: 'realm_access.roles' }).authenticate('', token);
    expect(await ask('preferred_username')).toMatchObject({ user: 'bob', groups: ['analysts'] });
    expect(await ask('https://example.test/name')).toMatchObject({ user: 'carol' });
  });
});

describe('a token is refused', () => {
  it.each<[string, TokenFacts, reason: string]>([
    ['that has expired', { expiresAtS: nowS - 31 }, 'it has expired'],
    ['that is not valid yet', { notBeforeS: nowS + 31 }, 'it is not valid yet'],
    ['of another issuer', { claims: { iss: 'https://evil.test/' } }, "its claim 'iss' is wrong"],
    ['for another service', { claims: { aud: 'mail' } }, "its claim 'aud' is wrong"],
    ['without a user', { claims: { sub: '' } }, "its claim 'sub' names no user"],
    ['with a user that hides', { claims: { sub: 'alice ' } }, "its claim 'sub' names no user"],
    ['for another user', { claims: { sub: 'bob' } }, 'it is for another user'],
    ['that is too long', { claims: { more: 'x'.repeat(16_384) } }, 'it has more than 16384'],
  ])('%s', async (_, facts, reason) => {
    await expectRefused('alice', await signToken(key, facts), reason);
  });

  it.each(['iss', 'aud', 'exp'])('that has no claim %s', async (claim) => {
    const claims = { sub: 'alice', iss: issuer, aud: audience, exp: nowS + 60, [claim]: undefined };
    const token = new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid });
    await expectRefused('', await token.sign(key.privateKey), `it has no claim '${claim}'`);
  });

  it('whose algorithm is none', async () => {
    const [, payload = ''] = (await signToken(key)).split('.');
    for (const alg of ['none', 'None', 'NONE']) {
      await expectRefused('', `${part({ alg, kid: 'k1' })}.${payload}.`, 'its algorithm');
    }
  });

  it.each(['PEM', 'JWK'])(
    'that is signed by the public key as if it were a secret (%s)',
    async (form) => {
      const publicKey = await importJWK(key.published, 'RS256', { extractable: true });
      if (publicKey instanceof Uint8Array) throw new Error('no public key');
      const secret = form === 'PEM' ? await exportSPKI(publicKey) : JSON.stringify(key.published);
      const [, payload = ''] = (await signToken(key)).split('.');
      const signed = `${part({ alg: 'HS256', kid: 'k1' })}.${payload}`;
      const signature = createHmac('sha256', secret).update(signed).digest('base64url');
      await expectRefused('', `${signed}.${signature}`, 'its algorithm is not allowed');
    },
  );

  it('that brings its own key', async () => {
    const own = await newKey('k1', 'RS256');
    const token = new SignJWT({ sub: 'alice', iss: issuer, aud: audience })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', jwk: own.published })
      .setExpirationTime(nowS + 60);
    await expectRefused('', await token.sign(own.privateKey), 'its signature is wrong');
  });

  it('that was changed after it was signed', async () => {
    const [header = '', , signature = ''] = (await signToken(key)).split('.');
    const claims = { sub: 'root', iss: issuer, aud: audience, exp: nowS + 60 };
    await expectRefused('', `${header}.${part(claims)}.${signature}`, 'its signature is wrong');
  });

  it('whose key nobody publishes, or that does not say which key it is', async () => {
    await expectRefused(
      '',
      await signToken(await newKey('k3')),
      'its issuer publishes no such key',
    );
    const twins = { keys: [key.published, { ...key.published, kid: 'k4' }] };
    const keys = { keyFor: parseKeySet(JSON.stringify(twins)) };
    const token = new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: key.alg });
    await expect(
      provider({ keys }).authenticate('', await token.sign(key.privateKey)),
    ).rejects.toThrow('it does not say which key signed it');
  });

  it('of an algorithm that the site does not allow', async () => {
    const strict = provider({ algorithms: ['ES256'] });
    await expect(strict.authenticate('', await signToken(key))).rejects.toThrow(
      'its algorithm is not allowed',
    );
  });

  it('that is cut short', async () => {
    await expectRefused('', (await signToken(key)).slice(0, 40), 'it is malformed');
  });
});

test.each(['', '[]', '{"keys":[]}', '{"keys":[{"kid":"1"}]}', '{"keys":'])(
  '%j is no set of keys',
  (text) => {
    expect(() => parseKeySet(text)).toThrow(/^it is no JSON/);
  },
);

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function expectRefused(user: string, token: string, reason: string): Promise<void> {
  await expect(provider().authenticate(user, token)).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
    message: expect.stringContaining(`the token was refused, ${reason}`),
  });
}
