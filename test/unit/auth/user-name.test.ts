import { describe, expect, test } from 'vitest';
import { shortName, splitName } from '../../../src/auth/user-name.ts';
import { UserNames } from '../../../src/auth/user-names.ts';
import { authenticationEntries } from '../../../src/config/entries/authentication.ts';
import { readEntry } from '../../../src/config/entry.ts';
import type { ShortNameRule } from '../../../src/config/short-names.ts';

function rule(text?: string): ShortNameRule {
  const { shortNames } = authenticationEntries;
  return readEntry(shortNames, new Map(text === undefined ? [] : [[shortNames.key, text]]));
}

describe('a name is cut at its first / or @ unless it is said otherwise', () => {
  test.each([
    ['alice', 'alice', ''],
    ['alice@corp.com', 'alice', 'corp.com'],
    ['alice@CORP.COM', 'alice', 'corp.com'],
    ['alice/x', 'alice', 'x'],
    ['alice/x@corp.com', 'alice', 'x@corp.com'],
    ['uid=alice,ou=people@x', 'uid=alice,ou=people', 'x'],
  ])('%s', (name, short, domain) => {
    expect(shortName(name, rule())).toBe(short);
    expect(splitName(name)).toEqual({ short, domain });
  });

  test.each([
    '',
    '@corp.com',
    '/x',
    'alice@',
    'alice/',
    'root@alice@corp.com',
    'alice @x',
    'a\0b@x',
  ])('%j is nobody', (name) => {
    expect(shortName(name, rule())).toBeUndefined();
    expect(() => new UserNames(rule()).provenUserOf(name)).toThrow('nobody can be meant by it');
  });

  test('the hosts of one service are one user of Kerberos, and of nothing else', () => {
    expect(splitName('hue/a.corp.com@CORP.COM', 'principal')).toEqual({
      short: 'hue',
      domain: 'corp.com',
    });
    const names = new UserNames(rule());
    expect(names.provenUserOf('hue/a@CORP.COM', 'principal')).toBe('hue');
    expect(names.provenUserOf('hue/b@CORP.COM', 'principal')).toBe('hue');
    expect(() => names.provenUserOf('hue/b@CORP.COM')).toThrow('another domain');
  });
});

test('whoever has the same short name in a second domain is another one, and does not come in', () => {
  const names = new UserNames(rule());
  expect(names.provenUserOf('alice@a.example')).toBe('alice');
  expect(names.provenUserOf('alice@A.EXAMPLE')).toBe('alice');
  expect(names.provenUserOf('alice')).toBe('alice');
  expect(names.provenUserOf('bob@b.example')).toBe('bob');
  expect(() => names.provenUserOf('alice@b.example')).toThrow(
    'another domain has a user of that short name here',
  );
  expect(names.userOf('alice@b.example')).toBe('alice');
});

test('of listed domains all are let in, the others are not', () => {
  const listed = rule('corp.com, AD.CORP.COM');
  const names = new UserNames(listed);
  expect(names.provenUserOf('alice@corp.com')).toBe('alice');
  expect(names.provenUserOf('alice@AD.corp.com')).toBe('alice');
  expect(names.provenUserOf('alice')).toBe('alice');
  expect(names.provenUserOf('hue/h@CORP.COM', 'principal')).toBe('hue');
  expect(() => names.provenUserOf('alice@evil.com')).toThrow('users of its domain are not let in');
  expect(() => names.userOf('alice@evil.com')).toThrow('users of its domain are not let in');
  expect(shortName('alice/x@corp.com', listed)).toBeUndefined();
});

test('with off, names stay whole', () => {
  const names = new UserNames(rule('off'));
  expect(names.provenUserOf('alice@a.example')).toBe('alice@a.example');
  expect(names.provenUserOf('alice@b.example')).toBe('alice@b.example');
  expect(() => names.provenUserOf(' alice')).toThrow('nobody can be meant by it');
});

test.each(['*,corp.com', 'a b', '@corp.com', 'corp.com/x'])('%j is no such setting', (text) => {
  expect(() => rule(text)).toThrow('torii.authentication.short.names');
});
