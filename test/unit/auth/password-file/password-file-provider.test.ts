import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuthProvider } from '../../../../src/auth/auth-provider.ts';
import { PasswordFileProvider } from '../../../../src/auth/password-file/password-file-provider.ts';
import { formatPasswordHash, hashPassword } from '../../../../src/core/password-hash.ts';
import { collectedLog } from '../../../support/collected-log.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';
import { newSecret } from '../../../support/secrets.ts';

const password = newSecret();

let dir: string;

beforeEach(() => {
  dir = makeTempDir('password-file');
});
afterEach(() => removeTempDir(dir));

async function open(text: string): Promise<AuthProvider> {
  const path = join(dir, 'users');
  writeFileSync(path, text, { mode: 0o600 });
  return PasswordFileProvider.open(path, { path, maxHashes: 1 }, collectedLog().log);
}

const alice = async (): Promise<string> =>
  `alice:${formatPasswordHash(await hashPassword(password, { logN: 14, r: 8, p: 1 }))}`;

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
