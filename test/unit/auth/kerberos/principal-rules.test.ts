import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clientUser } from '../../../../src/auth/kerberos/client-user.ts';
import { readPrincipalRules } from '../../../../src/auth/kerberos/principal-rules.ts';
import { parseProperties } from '../../../../src/config/properties.ts';

const key = 'hadoop.security.auth_to_local';
const realms = new Set(['EXAMPLE.COM']);

const userBy = (text: string, principal: string): string =>
  clientUser(principal, { realms, rules: readPrincipalRules(text, key) });

describe('a rule', () => {
  test.each([
    ['DEFAULT', 'alice@EXAMPLE.COM', 'alice'],
    ['DEFAULT', 'alice/host@EXAMPLE.COM', 'alice'],
    ['RULE:[1:$1]', 'alice@OTHER.ORG', 'alice'],
    ['RULE:[2:$1_$2]', 'hue/gw@OTHER.ORG', 'hue_gw'],
    ['RULE:[3:$2$3$1]', 'a/b/c@OTHER.ORG', 'bca'],
    ['RULE:[1:$1@$0](.*@OTHER.ORG)s/@.*//', 'alice@OTHER.ORG', 'alice'],
    ['RULE:[1:$1@$0](.*@OTHER\\.ORG)s/@.*/_other/', 'alice@OTHER.ORG', 'alice_other'],
    ['RULE:[2:$1@$0]([jt]t@.*EXAMPLE.COM)s/.*/mapred/', 'jt/h@EXAMPLE.COM', 'mapred'],
    ['RULE:[1:$1@$0]s/([a-z]+)\\.([a-z]+)@.*/$2$1/', 'ada.king@OTHER.ORG', 'kingada'],
    ['RULE:[1:$1]s/\\././', 'a.b.c@R', 'a.b.c'],
    ['RULE:[1:$1]s/\\./_/', 'a.b.c@R', 'a_b.c'],
    ['RULE:[1:$1]s/\\./_/g', 'a.b.c@R', 'a_b_c'],
    ['RULE:[1:$1]s/(x)?a/\\$$1-/', 'alice@R', '$-lice'],
    ['RULE:[1:$1]s/\\./_/g/L', 'A.B@R', 'a_b'],
    ['RULE:[1:$1]s/A/B/L', 'ALICE@R', 'blice'],
    ['RULE:[1:$1](A.*)/L', 'ALICE@R', 'alice'],
    ['RULE:[1:$1]/L', 'ALICE@R', 'alice'],
  ])('%s makes of %s the user %s', (rule, principal, user) => {
    expect(userBy(rule, principal)).toBe(user);
  });

  test('is asked in its turn, and the first that is for a principal decides', () => {
    const text = `
      RULE:[2:$1@$0](hive@EXAMPLE.COM)s/.*/service/
      RULE:[1:$1@$0](.*@OTHER.ORG)s/@.*/_other/RULE:[1:$1@$0](alice@EXAMPLE.COM)s/.*/boss/
      DEFAULT
      RULE:[1:$1@$0](bob@EXAMPLE.COM)s/.*/never/`;
    const principals = [
      'hive/gw@EXAMPLE.COM',
      'bob@OTHER.ORG',
      'alice@EXAMPLE.COM',
      'bob@EXAMPLE.COM',
    ];
    expect(principals.map((principal) => userBy(text, principal))).toEqual([
      'service',
      'bob_other',
      'boss',
      'bob',
    ]);
  });

  test('is written in a properties file as the documentation shows it', () => {
    const page = readFileSync(
      new URL('../../../../docs/authentication.md', import.meta.url),
      'utf8',
    );
    const [example = ''] = /^ {4}hadoop\.security\.auth_to_local=(?:.*\\\n)*.*$/m.exec(page) ?? [];
    const text = parseProperties(example).get(key) ?? '';
    const principals = ['alice@PARTNER.COM', 'nm/host@EXAMPLE.COM', 'alice@EXAMPLE.COM'];
    expect(principals.map((principal) => userBy(text, principal))).toEqual([
      'alice_partner',
      'yarn',
      'alice',
    ]);
    expect(() => userBy(text, 'alice@PARTNERSCOM')).toThrow(/not known here/);
  });

  test.each([
    ['DEFAULT', 'alice@OTHER.ORG'],
    ['RULE:[1:$1@$0](.*@OTHER.ORG)s/@.*//', 'alice@EXAMPLE.COM'],
    ['RULE:[1:$1@$0](.*@OTHER.ORG)s/@.*//', 'alice@OTHER.ORG.EVIL'],
    ['RULE:[1:$1@$0](.*@OTHER.ORG)s/@.*//', 'alice/host@OTHER.ORG'],
    ['RULE:[1:$1@$0](a@X|.*@OTHER.ORG)s/@.*//', 'a@XY'],
    ['', 'alice@EXAMPLE.COM'],
  ])('%j lets %s not in', (rules, principal) => {
    expect(() => userBy(rules, principal)).toThrow(
      expect.objectContaining({
        code: 'AUTHENTICATION_FAILED',
        message: expect.stringMatching(
          /^The ticket is of the realm \S+, whose users are not known/,
        ),
        hint: expect.stringContaining(key),
      }),
    );
  });

  test.each([
    ['RULE:[1:$1@$0] DEFAULT', 'alice@EXAMPLE.COM'],
    ['RULE:[2:$1/$2] DEFAULT', 'alice/host@EXAMPLE.COM'],
    ['RULE:[1:$1]s/.*// DEFAULT', 'alice@EXAMPLE.COM'],
  ])('%s makes a name of %s that is nobody’s, and no later one is asked', (rules, principal) => {
    expect(() => userBy(rules, principal)).toThrow(
      expect.objectContaining({
        code: 'AUTHENTICATION_FAILED',
        message: expect.stringMatching(/rules make no user's name/),
        hint: expect.stringContaining(key),
      }),
    );
  });

  test.each(['WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS', 'al\\@ice@R', 'alice'])(
    'is not asked about %s, which is nobody',
    (principal) => {
      const rules = 'RULE:[1:$1] RULE:[2:$1]';
      expect(() => userBy(rules, principal)).toThrow(/no name of a user here/);
    },
  );
});

describe('what is no rule stops the start, and is shown', () => {
  test.each([
    ['DEFAULT RULE:[1:$2]', /RULE:\[1:\$2\] has \$2, and what it may refer to is \$0 to \$1/],
    ['RULE:[1:$]', /has \$, and/],
    ['RULE:[1:$1]s/(a)/$2/', /has \$2, and what it may refer to is \$0 to \$1/],
    ['RULE:[1:$1](a[)', /RULE:\[1:\$1\]\(a\[\) has a pattern that is none/],
    ['RULE:[1:$1](\\p{Alpha}*)', /has \\p in a pattern, which is not understood here/],
    ['RULE:[1:$1]s/(?i)A/b/', /has \(\? in a pattern/],
    ['RULE:[1:$1](a++)', /has \+\+ in a pattern/],
    ['RULE:[1:$1]([a-z&&[^b]]*)', /has && in a pattern/],
    ['RULE:[1:$1]([a[b]]*)', /has \[a\[ in a pattern/],
    ['RULE:[1:$1]s/a/b', /RULE:\[1:\$1\]s\/a\/b is no rule/],
    ['DEFAULTS', /DEFAULTS is no rule/],
    ['DEFAULT alice', /: alice is no rule/],
    ['RULE:[x:$1]', /is no rule/],
  ])('%s', (text, message) => {
    expect(() => readPrincipalRules(text, key)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message),
        hint: expect.stringContaining('RULE:[1:$1@$0]'),
      }),
    );
    expect(() => readPrincipalRules(text, key)).toThrow(/^hadoop\.security\.auth_to_local: /);
  });
});
