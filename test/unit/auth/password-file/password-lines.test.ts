import { expect, test } from 'vitest';
import { parsePasswordLines } from '../../../../src/auth/password-file/password-lines.ts';
import { formatPasswordHash } from '../../../../src/core/password-hash.ts';
import { newSecret } from '../../../support/secrets.ts';

const secret = newSecret();

const hash = formatPasswordHash({
  logN: 14,
  r: 8,
  p: 1,
  salt: Buffer.alloc(16, 1),
  hash: Buffer.alloc(32, 2),
});

test('comments and blank lines are passed over, and a name may hold a colon', () => {
  const users = parsePasswordLines(`# users\n\nalice:${hash}\r\n  a:b:${hash}\n`);
  expect([...users.keys()]).toEqual(['alice', 'a:b']);
  expect(users.get('alice')).toMatchObject({ logN: 14, r: 8, p: 1, hash: Buffer.alloc(32, 2) });
});

test.each([
  ['a password instead of a hash', `alice:${hash}\nbob:${secret}`, 'line 2 is not user:hash'],
  ['no name', `:${hash}`, 'line 1 is not user:hash'],
  ['no colon', secret, 'line 1 is not user:hash'],
  ['a user twice', `alice:${hash}\n\nalice:${hash}`, 'line 3 has a user'],
])('%s is told by its line, which is not shown', (_, text, message) => {
  expect(() => parsePasswordLines(text)).toThrow(message);
  expect(() => parsePasswordLines(text)).not.toThrow(secret);
});
