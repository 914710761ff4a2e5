import { expect, test } from 'vitest';
import {
  formatPasswordHash,
  hashPassword,
  parsePasswordHash,
  passwordMatches,
  usualCost,
} from '../../../src/core/password-hash.ts';
import { newSecret } from '../../support/secrets.ts';

const password = newSecret();

const cheap = { logN: 14, r: 8, p: 1 };

test('a password matches its own hash alone, written and read again', async () => {
  const text = formatPasswordHash(await hashPassword(password, cheap));
  const kept = parsePasswordHash(text);
  if (kept === undefined) throw new Error(`unreadable: ${text}`);
  expect(await passwordMatches(password, kept)).toBe(true);
  expect(await passwordMatches(`${password}x`, kept)).toBe(false);
  expect(await passwordMatches('', kept)).toBe(false);
});

test('the same password has another hash each time', async () => {
  const [a, b] = [await hashPassword(password, cheap), await hashPassword(password, cheap)];
  expect(a.hash.equals(b.hash)).toBe(false);
});

test('a letter is the same however a keyboard composes it', async () => {
  expect(await passwordMatches('e\u0301t\u00e9', await hashPassword('\u00e9te\u0301', cheap))).toBe(
    true,
  );
});

test('the hash of RFC 7914 is ours', async () => {
  const kept = parsePasswordHash(
    `scrypt$16384$8$1$${Buffer.from('SodiumChloride!!').toString('base64')}$${'A'.repeat(43)}=`,
  );
  if (kept === undefined) throw new Error('unreadable');
  const salt = Buffer.from('SodiumChloride');
  const hash = Buffer.from(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
    'hex',
  );
  expect(await passwordMatches('pleaseletmein', { ...kept, salt, hash })).toBe(true);
});

test('what is made by default can be read', async () => {
  const { logN, r, p } = parsePasswordHash(
    formatPasswordHash({ ...usualCost, salt: Buffer.alloc(16), hash: Buffer.alloc(32) }),
  ) ?? { logN: 0, r: 0, p: 0 };
  expect({ logN, r, p }).toEqual(usualCost);
});

const salt = Buffer.alloc(16).toString('base64');
const hash = Buffer.alloc(32).toString('base64');

test.each([
  ['nothing', ''],
  ['another scheme', `bcrypt$16384$8$1$${salt}$${hash}`],
  ['too few rounds', `scrypt$8192$8$1$${salt}$${hash}`],
  ['rounds that are no power of two', `scrypt$20000$8$1$${salt}$${hash}`],
  ['blocks too small', `scrypt$16384$1$1$${salt}$${hash}`],
  ['more memory than the gateway spares', `scrypt$524288$8$1$${salt}$${hash}`],
  ['more time than the gateway spares', `scrypt$16384$8$200$${salt}$${hash}`],
  ['a short salt', `scrypt$16384$8$1$AAAA$${hash}`],
  ['a short hash', `scrypt$16384$8$1$${salt}$AAAA`],
  ['something behind the hash', `scrypt$16384$8$1$${salt}$${hash}$`],
])('%s is no hash', (_, text) => {
  expect(parsePasswordHash(text)).toBeUndefined();
});
