import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JwtProvider } from '../../../../src/auth/jwt/jwt-provider.ts';
import { KeyUrl } from '../../../../src/auth/jwt/key-url.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import type { Clock } from '../../../../src/core/clock.ts';
import { collectedLog } from '../../../support/collected-log.ts';
import { audience, issuer, newKey, signToken, TokenIssuer } from '../../../support/token-issuer.ts';
import type { IssuedKey } from '../../../support/token-issuer.ts';

const minuteMs = 60_000;

let nowMs: number;
let key: IssuedKey;
let server: TokenIssuer;
let collected: ReturnType<typeof collectedLog>;
let provider: JwtProvider;

beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  key = await newKey('k1');
  server = await TokenIssuer.start(key);
  collected = collectedLog();
  provider = newProvider(5000);
});
afterEach(() => server.stop());

function newProvider(timeoutMs: number): JwtProvider {
  const clock: Clock = { ...systemClock, now: () => nowMs, monotonicMs: () => nowMs };
  const keys = new KeyUrl({
    url: server.url,
    refreshMs: 10 * minuteMs,
    maxAgeMs: 60 * minuteMs,
    coolDownMs: minuteMs / 2,
    timeoutMs,
    clock,
    log: collected.log,
  });
  return new JwtProvider({
    keys,
    issuer,
    audience: [audience],
    algorithms: ['ES256'],
    clockToleranceMs: 0,
    userClaim: 'sub',
    groupsClaim: undefined,
    clock,
  });
}

const login = async (by: IssuedKey = key): Promise<string> =>
  (await provider.authenticate('', await signToken(by))).user;

const unavailable = { code: 'AUTHENTICATION_UNAVAILABLE' };
const refused = { code: 'AUTHENTICATION_FAILED' };

describe('keys from a URL', () => {
  it('are fetched once for many logins, and again when they are old', async () => {
    expect(await Promise.all([login(), login(), login()])).toEqual(['alice', 'alice', 'alice']);
    expect(server.fetches).toBe(1);
    nowMs += 10 * minuteMs - 1;
    await login();
    expect(server.fetches).toBe(1);
    nowMs += 1;
    await login();
    expect(server.fetches).toBe(2);
  });

  it('follow a rotation at once, and a key that is withdrawn is good no longer', async () => {
    await login();
    const next = await newKey('k2');
    server.keys = [next];
    nowMs += minuteMs;
    expect(await login(next)).toBe('alice');
    await expect(login()).rejects.toMatchObject(refused);
  });

  it('are not fetched for every token that names an unknown one', async () => {
    await login();
    const stranger = await newKey('k9');
    nowMs += minuteMs;
    for (let i = 0; i < 5; i += 1) await expect(login(stranger)).rejects.toMatchObject(refused);
    expect(server.fetches).toBe(2);
    nowMs += minuteMs / 2;
    await expect(login(stranger)).rejects.toMatchObject(refused);
    expect(server.fetches).toBe(3);
  });
});

describe('while keys can not be fetched', () => {
  it.each<[string, () => void]>([
    ['an error', () => (server.failure = { status: 500, body: 'no' })],
    ['no JSON', () => (server.failure = { status: 200, body: '<html>' })],
    ['no keys', () => (server.failure = { status: 200, body: '{"keys":[]}' })],
    ['too much', () => (server.failure = { status: 200, body: 'x'.repeat(1_100_000) })],
    [
      'a redirect',
      () => (server.failure = { status: 302, body: '', location: 'http://127.0.0.1:1/' }),
    ],
  ])('since the answer is %s, a login says so', async (_, fail) => {
    fail();
    await expect(login()).rejects.toMatchObject({
      ...unavailable,
      message: 'the token could not be checked: the keys of its issuer can not be fetched',
    });
    expect(collected.lines.join('')).toContain('keys of tokens not fetched');
  });

  it('since nothing is answered, a login gives up', async () => {
    server.isSilent = true;
    provider = newProvider(50);
    await expect(login()).rejects.toMatchObject(unavailable);
  });

  it('the old ones are good for a while, and it is seldom tried', async () => {
    await login();
    await server.stop();
    nowMs += 10 * minuteMs;
    expect([await login(), await login()]).toEqual(['alice', 'alice']);
    expect(collected.lines).toHaveLength(1);
    const stranger = await newKey('k9');
    await expect(login(stranger)).rejects.toMatchObject(unavailable);
    nowMs += 50 * minuteMs;
    await expect(login()).rejects.toMatchObject(unavailable);
  });

  it('the next fetch that works is enough', async () => {
    server.failure = { status: 503, body: '' };
    await expect(login()).rejects.toMatchObject(unavailable);
    server.failure = undefined;
    await expect(login()).rejects.toMatchObject(unavailable);
    expect(server.fetches).toBe(1);
    nowMs += minuteMs / 2;
    expect(await login()).toBe('alice');
  });
});
