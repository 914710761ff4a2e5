import fc from 'fast-check';
import { EqualityFilter, FilterParser } from 'ldapts';
import { describe, expect, test } from 'vitest';
import {
  customQuery,
  escapeFilterValue,
  fillQuery,
  groupQuery,
  userQuery,
} from '../../../../src/auth/ldap/directory-queries.ts';

describe('the filter of', () => {
  test('a user asks for the attribute of names and for the one of Active Directory', () => {
    expect(userQuery('uid', 'a*)(uid=*').toString()).toBe(
      String.raw`(&(|(objectClass=person)(objectClass=user)(objectClass=inetOrgPerson))(|(uid=a\2a\29\28uid=\2a)(sAMAccountName=a\2a\29\28uid=\2a)))`,
    );
    expect(userQuery('mail', 'a@b', true).toString()).toContain('(userPrincipalName=a@b)');
  });

  test("a user's groups asks for the DN and for the name", () => {
    const of = { groupClass: 'group', membershipKey: 'uniqueMember', userDn: 'uid=a', name: 'a' };
    expect(groupQuery(of).toString()).toBe(
      '(&(objectClass=group)(|(uniqueMember=uid=a)(uniqueMember=a)))',
    );
  });

  test('a custom query holds the name in each place, and in a DN as the value of a DN', () => {
    expect(fillQuery('(|(uid=%s)(member=uid=%s,dc=x))', 'a,b')).toBe(
      String.raw`(|(uid=a\2cb)(member=uid=a\5c\2cb,dc=x))`,
    );
    expect(fillQuery('(cn=$&%s)', '$&')).toBe(String.raw`(cn=$&\24\26)`);
  });
});

test('any name stays one value of the filter that it is put into', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const filter = customQuery('(uid=%s)', name);
      expect(filter).toBeInstanceOf(EqualityFilter);
      expect(filter).toMatchObject({ attribute: 'uid', value: name });
      expect(FilterParser.parseString(`(uid=${escapeFilterValue(name)})`)).toEqual(filter);
    }),
  );
});
