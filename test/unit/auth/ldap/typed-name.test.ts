import { describe, expect, test } from 'vitest';
import { foldName, tidyName } from '../../../../src/auth/ldap/name-folding.ts';
import { readTypedName } from '../../../../src/auth/ldap/typed-name.ts';

const rules = { domain: undefined, userBases: ['ou=people,dc=x'] };

describe('a typed name', () => {
  test('is short, an address, or a DN within the bases of users', () => {
    expect(readTypedName('alice', rules)).toEqual({ kind: 'short', name: 'alice' });
    expect(readTypedName('alice@x.org', rules)).toEqual({ kind: 'address', name: 'alice@x.org' });
    const dn = 'uid=alice,ou=people,dc=x';
    expect(readTypedName(dn, rules)).toEqual({ kind: 'dn', dn });
    expect(readTypedName('uid=alice,ou=services,dc=x', rules)).toBeUndefined();
    expect(readTypedName(dn, { ...rules, userBases: [] })).toBeUndefined();
  });

  test('may carry the configured domain, and no other', () => {
    const within = { ...rules, domain: 'X.org' };
    expect(readTypedName('alice@x.ORG', within)).toEqual({ kind: 'short', name: 'alice' });
    expect(readTypedName('alice@y.org', within)).toBeUndefined();
    expect(readTypedName('alice@x.org@y.org', within)).toBeUndefined();
  });

  test.each([
    '',
    ' ',
    '@x.org',
    ' @x.org',
    'alice@',
    'a/b',
    'a\0',
    'a\nb',
    '\ud800',
    'a=b',
    'x'.repeat(1025),
  ])('is not %j', (typed) => {
    expect(readTypedName(typed, rules)).toBeUndefined();
  });
});

test('names are the same but for case, spaces and ways to write a letter', () => {
  expect(foldName('  ÀＬice\u00a0 Ｂ ')).toBe(foldName('àlice b'));
  expect(tidyName(' Alice  B')).toBe('Alice B');
  expect(foldName('alice')).not.toBe(foldName('alicе')); // a Cyrillic е
});
