import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  escapeDnValue,
  firstValueOf,
  isSameDn,
  isWithin,
  parseDn,
} from '../../../../src/auth/ldap/distinguished-name.ts';

describe('a value within a DN', () => {
  test.each([
    ['alice', 'alice'],
    ['a,b+c;d', String.raw`a\,b\+c\;d`],
    ['"<=>"', String.raw`\"\<\=\>\"`],
    ['#1 #2', String.raw`\#1 #2`],
    ['  x  ', String.raw`\  x \ `],
    [' ', String.raw`\ `],
    [String.raw`a\,b`, String.raw`a\\\,b`],
    ['\0', String.raw`\00`],
  ])('%j is written %s', (value, written) => {
    expect(escapeDnValue(value)).toBe(written);
  });

  test('is read again as it was, and never becomes more than one value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(parseDn(`uid=${escapeDnValue(value)},dc=example`)).toEqual([
          [{ type: 'uid', value }],
          [{ type: 'dc', value: 'example' }],
        ]);
      }),
    );
  });
});

describe('a DN', () => {
  test('is split into its parts', () => {
    expect(parseDn(String.raw`cn = Ünï \2c \c3\a9 + ou=a\ , 2.5.4.3=x;dc=y`)).toEqual([
      [
        { type: 'cn', value: 'Ünï , é' },
        { type: 'ou', value: 'a ' },
      ],
      [{ type: '2.5.4.3', value: 'x' }],
      [{ type: 'dc', value: 'y' }],
    ]);
  });

  test.each([
    '',
    'alice',
    'uid',
    'uid=a,',
    ',uid=a',
    'uid=a,b',
    'uid="a,b"',
    'uid=a\\',
    '1x=a',
    '=a',
  ])('%j is none', (text) => {
    expect(parseDn(text)).toBeUndefined();
  });

  test('begins with a value', () => {
    expect(firstValueOf(String.raw`cn=a\,b,ou=groups`)).toBe('a,b');
    expect(firstValueOf('analysts')).toBeUndefined();
  });

  test('is the same in another spelling, and not with another value', () => {
    expect(isSameDn('UID=Alice , DC=Example', 'uid=alice,dc=example')).toBe(true);
    expect(isSameDn('uid=a+cn=b,dc=x', 'cn=b+uid=a,dc=x')).toBe(true);
    expect(isSameDn(String.raw`uid=a\,dc\=x`, 'uid=a,dc=x')).toBe(false);
    expect(isSameDn('uid=a,dc=x', 'uid=a,dc=x,dc=y')).toBe(false);
    expect(isSameDn('nonsense', 'nonsense')).toBe(false);
  });

  test('stands within its parents and itself', () => {
    expect(isWithin('uid=a,ou=B,dc=x', 'ou=b, dc=X')).toBe(true);
    expect(isWithin('ou=b,dc=x', 'ou=b,dc=x')).toBe(true);
    expect(isWithin('dc=x', 'ou=b,dc=x')).toBe(false);
    expect(isWithin(String.raw`uid=a\,ou=b,dc=x`, 'ou=b,dc=x')).toBe(false);
    expect(isWithin('uid=a,ou=bb,dc=x', 'ou=b,dc=x')).toBe(false);
  });
});
