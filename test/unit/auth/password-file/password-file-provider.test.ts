import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuthProvider } from '../../../../src/auth/auth-provider.ts';
import { PasswordFileProvider } from '../../../../src/auth/password-file/password-file-provider.ts';
import { formatPasswordHash, hashPassword } from '../../../../src/core/password-hash.ts';
import { collectedLog } from '../../../support/collected-log.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';
import { newSecret } from '../../../support/secrets.ts';

const password = newSecret();

let dir: string;

beforeEach(() => {
  dir = makeTempDir('password-file');
});
afterEach(() => removeTempDir(dir));

const clock = manualClock();
const usersFile = (): string => join(dir, 'users');

async function open(text: string, cacheLifetimeMs = 0): Promise<AuthProvider> {
  writeFileSync(usersFile(), text, { mode: 0o600 });
  const settings = { maxHashes: 1, cacheLifetimeMs };
  return PasswordFileProvider.open(usersFile(), settings, { clock, log: collectedLog().log });
}

const alice = async (proof = password): Promise<string> =>
  `alice:${formatPasswordHash(await hashPassword(proof, { logN: 14, r: 8, p: 1 }))}`;

test('a user is proved, of no group', async () => {
  const provider = await open(await alice());
  const signal = new AbortController().signal;
  expect(await provider.authenticate('alice', password, signal)).toEqual({
    user: 'alice',
    isAuthenticated: true,
  });
});

test.each([
  ['a stranger', 'bob', true],
  ['a user with a wrong password', 'alice', true],
  ['anybody where the file is empty', 'alice', false],
])('%s is refused only after a hash was made for him', async (_, user, isFilled) => {
  const provider = await open(isFilled ? await alice() : '');
  const leaving = new AbortController();
  const refused = provider.authenticate(user, 'wrong', leaving.signal);
  await expect(refused).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  leaving.abort(new Error('gone before the hash'));
  await expect(provider.authenticate(user, 'wrong', leaving.signal)).rejects.toThrow('gone');
});

/** Only whoever needs no hash is let in by it. */
async function isRemembered(
  provider: AuthProvider,
  user: string,
  password: string,
): Promise<boolean> {
  const gone = AbortSignal.abort(new Error('no time for a hash'));
  return provider.authenticate(user, password, gone).then(
    () => true,
    () => false,
  );
}

test('a login is remembered for its time, with its own password alone', async () => {
  const provider = await open(await alice(), 1000);
  const { signal } = new AbortController();
  expect(await isRemembered(provider, 'alice', password)).toBe(false);
  await provider.authenticate('alice', password, signal);
  expect(await isRemembered(provider, 'alice', password)).toBe(true);
  expect(await isRemembered(provider, 'alice', 'wrong')).toBe(false);
  await expect(provider.authenticate('alice', 'wrong', signal)).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
  });
  clock.advance(1000);
  expect(await isRemembered(provider, 'alice', password)).toBe(false);
});

test('a login is forgotten when its line changes or goes, and none is kept where that is off', async () => {
  const provider = await open(await alice(), 1000);
  const { signal } = new AbortController();
  await provider.authenticate('alice', password, signal);
  const next = newSecret();
  writeFileSync(usersFile(), await alice(next));
  const refused = { code: 'AUTHENTICATION_FAILED' };
  await expect(provider.authenticate('alice', password, signal)).rejects.toMatchObject(refused);
  await provider.authenticate('alice', next, signal);
  writeFileSync(usersFile(), '');
  await expect(provider.authenticate('alice', next, signal)).rejects.toMatchObject(refused);
  const off = await open(await alice(), 0);
  await off.authenticate('alice', password, signal);
  expect(await isRemembered(off, 'alice', password)).toBe(false);
});
