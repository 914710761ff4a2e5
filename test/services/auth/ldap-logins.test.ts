import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LdapProvider } from '../../../src/auth/ldap/ldap-provider.ts';
import { byPattern, bySearch, type LdapKeys, outcomeOf, startLdap } from './ldap-under-test.ts';
import { newUser, Slapd, suffix } from '../../support/slapd.ts';

const alice = newUser('alice', { groups: ['zoologists', 'analysts'] });
const bob = newUser('bob', { groups: ['engineers'] });
const carol = newUser('carol', { ou: 'contractors', groups: ['analysts'] });
const twins = [newUser('dora'), newUser('dora', { ou: 'contractors' })] as const;
const machine = newUser('alice', { ou: 'contractors', isMachine: true });
const hidden = newUser('henry', { ou: 'hidden' });
const peculiar = [
  newUser('o,ou=services', { rdn: String.raw`uid=o\2cou\3dservices` }),
  newUser('plus+cn=x', { rdn: String.raw`uid=plus\2bcn\3dx` }),
  newUser('#1', { rdn: String.raw`uid=\231` }),
  newUser(String.raw`back\slash`, { rdn: String.raw`uid=back\5cslash` }),
  newUser('star*(x)(y', { rdn: 'uid=star*(x)(y' }),
  newUser('“Ünï” <ö>;', { rdn: String.raw`uid=“Ünï” \3cö\3e\3b` }),
];
const users = [alice, bob, carol, ...twins, machine, hidden, ...peculiar];

let slapd: Slapd;
let started: LdapProvider[] = [];
beforeAll(async () => {
  slapd = await Slapd.start({ users });
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((provider) => provider.stop()));
});
afterAll(() => slapd.stop());

function provider(keys: LdapKeys): LdapProvider {
  const { provider: made } = startLdap({ url: slapd.url, ...keys });
  started = [...started, made];
  return made;
}

const failed = 'AUTHENTICATION_FAILED';

describe.each<[string, () => LdapKeys]>([
  ['by pattern', () => byPattern],
  ['by base DN and guid key', () => ({ baseDn: `ou=people,${suffix}` })],
  ['by search', () => bySearch(slapd)],
])('a login %s', (_, keys) => {
  test('is accepted with the right password, and refused with a wrong one, an unknown name and none', async () => {
    const ldap = provider(keys());
    expect(await outcomeOf(ldap, 'alice', alice.password)).toBe('alice');
    expect(await outcomeOf(ldap, 'alice', bob.password)).toBe(failed);
    expect(await outcomeOf(ldap, 'nobody', alice.password)).toBe(failed);
    for (const empty of ['', ' ', '\0', `\0${alice.password}`]) {
      expect(await outcomeOf(ldap, 'alice', empty)).toBe(failed);
    }
    expect(await outcomeOf(ldap, 'bob', bob.password)).toBe('bob');
  });

  test('names the user as the directory does, whatever the spelling', async () => {
    const ldap = provider(keys());
    for (const spelling of ['ALICE', ' alice', 'alice  ', 'ａlice']) {
      expect(await outcomeOf(ldap, spelling, alice.password)).toBe('alice');
    }
  });

  test.each(peculiar.filter(({ uid }) => !uid.includes('=')))(
    'takes the name $uid as it is',
    async ({ uid, password }) => {
      const ldap = provider(keys());
      expect(await outcomeOf(ldap, uid, password)).toBe(uid);
      expect(await outcomeOf(ldap, uid, alice.password)).toBe(failed);
    },
  );

  test.each([
    '*',
    'a*',
    'alice)(uid=*',
    '*)(objectClass=*',
    'alice)(|(uid=*',
    String.raw`alice\2a`,
    'alice\0',
    '\0alice',
    'alice,ou=people',
    `alice,ou=people,${suffix}#`,
    'alice+cn=alice',
    '#alice',
    'alice\\',
    'alice/x',
    'alice@example.org',
    'EXTERNAL',
    '',
    ' ',
  ])('does not take %j for alice', async (name) => {
    expect(await outcomeOf(provider(keys()), name, alice.password)).toBe(failed);
  });

  test('takes a DN within its bases, and no other', async () => {
    const ldap = provider(keys());
    expect(await outcomeOf(ldap, `UID=alice, ou=people,${suffix}`, alice.password)).toBe('alice');
    expect(await outcomeOf(ldap, `uid=alice,ou=people,${suffix}`, bob.password)).toBe(failed);
    expect(await outcomeOf(ldap, 'uid=alice,dc=elsewhere', alice.password)).toBe(failed);
    expect(await outcomeOf(ldap, `cn=gateway,ou=services,${suffix}`, slapd.servicePassword)).toBe(
      failed,
    );
  });
});

describe('a login by pattern', () => {
  test('tries the patterns in order', async () => {
    const both = `uid=%s,ou=people,${suffix}:uid=%s,ou=contractors,${suffix}`;
    const ldap = provider({ userDnPattern: both });
    expect(await outcomeOf(ldap, 'alice', alice.password)).toBe('alice');
    expect(await outcomeOf(ldap, 'carol', carol.password)).toBe('carol');
    expect(await outcomeOf(ldap, 'carol', alice.password)).toBe(failed);
  });

  test('goes by the typed name where the entry is not to be read', async () => {
    const keys = { userDnPattern: `uid=%s,ou=hidden,${suffix}` };
    expect(await outcomeOf(provider(keys), 'henry', hidden.password)).toBe('henry');
    expect(await outcomeOf(provider(keys), ' henry', hidden.password)).toBe(failed);
    const filtered = provider({ ...keys, userFilter: 'henry' });
    expect(await outcomeOf(filtered, 'henry', hidden.password)).toBe(failed);
  });
});

test.each<[string, () => LdapKeys]>([
  ['without a service account', () => ({ baseDn: suffix })],
  ['with one', () => bySearch(slapd)],
])('a DN whose name is that of another entry gives nobody that name, %s', async (_, keys) => {
  const dn = `uid=alice,ou=contractors,${suffix}`;
  const ldap = provider(keys());
  expect(await outcomeOf(ldap, dn, machine.password)).toBe(failed);
  expect(await outcomeOf(ldap, 'alice', machine.password)).toBe(failed);
  expect(await outcomeOf(ldap, `uid=alice,ou=people,${suffix}`, alice.password)).toBe('alice');
});

describe('a login by search', () => {
  test('finds users anywhere below the base', async () => {
    expect(await outcomeOf(provider(bySearch(slapd)), 'carol', carol.password)).toBe('carol');
  });

  test('is refused where two entries have the name', async () => {
    const ldap = provider(bySearch(slapd));
    for (const { password, ou = 'people' } of twins) {
      expect(await outcomeOf(ldap, 'dora', password)).toBe(failed);
      expect(await outcomeOf(ldap, `uid=dora,ou=${ou},${suffix}`, password)).toBe(failed);
    }
  });
});

describe.each<[string, () => LdapKeys]>([
  ['without a service account', () => byPattern],
  ['with one', () => ({ ...bySearch(slapd), groupDnPattern: `cn=%s,ou=groups,${suffix}` })],
])('filters %s', (_, keys) => {
  test.each<[string, LdapKeys]>([
    ['user filter', { userFilter: 'carol, ALICE' }],
    ['group filter', { groupFilter: 'Analysts' }],
    ['group filter on memberOf', { groupFilter: 'analysts', userMembershipKey: 'memberof' }],
    ['both', { userFilter: 'alice,bob', groupFilter: 'analysts' }],
    ['custom query for users', { baseDn: suffix, customQuery: '(&(uid=%s)(cn=alice))' }],
    ['custom query for all users', { baseDn: suffix, customQuery: '(cn=a*)' }],
    ['custom query for groups', { baseDn: suffix, customQuery: '(cn=analysts)' }],
    [
      'custom query with a DN',
      { baseDn: suffix, customQuery: `(memberOf=cn=analysts,ou=groups,${suffix})` },
    ],
    [
      'custom query, which the other filters do not narrow',
      { baseDn: suffix, customQuery: '(uid=alice)', userFilter: 'bob', groupFilter: 'engineers' },
    ],
  ])('%s: alice may come in, bob may not', async (_name, filters) => {
    const ldap = provider({ ...keys(), ...filters });
    expect(await outcomeOf(ldap, 'alice', alice.password)).toBe('alice');
    expect(await outcomeOf(ldap, 'alice', bob.password)).toBe(failed);
    expect(await outcomeOf(ldap, 'bob', bob.password)).toBe(failed);
  });

  test('a name cannot change the custom query', async () => {
    const query = `(&(objectClass=groupOfNames)(member=uid=%s,ou=people,${suffix}))`;
    const ldap = provider({ ...keys(), baseDn: suffix, customQuery: query });
    const [name] = peculiar;
    expect(await outcomeOf(ldap, 'alice', alice.password)).toBe('alice');
    expect(await outcomeOf(ldap, 'star*(x)(y', peculiar[4]?.password ?? '')).toBe(failed);
    expect(await outcomeOf(ldap, name?.uid ?? '', name?.password ?? '')).toBe(failed);
  });
});

describe('the groups of a user', () => {
  test.each<[string, LdapKeys]>([
    ['from the members of groups', {}],
    ['from the attribute of the user', { userMembershipKey: 'memberOf' }],
  ])('come %s, those of the group filter first', async (_, keys) => {
    const plain = provider({ ...bySearch(slapd), ...keys });
    expect(await plain.groupsOf('alice')).toEqual(['analysts', 'zoologists']);
    expect(await plain.groupsOf('bob')).toEqual(['engineers']);
    expect(await plain.groupsOf('henry')).toEqual(['henry']);
    expect(await plain.groupsOf('*')).toEqual(['*']);
    const ordered = provider({ ...bySearch(slapd), ...keys, groupFilter: 'other,zoologists' });
    expect(await ordered.groupsOf('alice')).toEqual(['zoologists', 'analysts']);
  });

  test('cannot be had without a service account', async () => {
    await expect(provider(byPattern).groupsOf('alice')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('kyuubi.authentication.ldap.binddn') as string,
    });
  });
});

test('a refusal is the same text for a wrong password, an unknown user and one who is kept out', async () => {
  const ldap = provider({ ...bySearch(slapd), userFilter: 'alice' });
  const textOf = (user: string, password: string): Promise<unknown> =>
    ldap.authenticate(user, password, new AbortController().signal).then(
      () => 'accepted',
      (thrown: unknown) => String(thrown),
    );
  const texts = new Set([
    await textOf('alice', 'wrong'),
    await textOf('nobody', 'wrong'),
    await textOf('bob', bob.password),
    await textOf('', ''),
    await textOf('alice', ''),
  ]);
  expect([...texts]).toEqual([
    'GatewayError: user name or password is wrong, or this user may not come in',
  ]);
});

test('no password is ever logged', async () => {
  const { provider: ldap, lines } = startLdap({ url: slapd.url, ...bySearch(slapd) });
  started = [...started, ldap];
  await outcomeOf(ldap, 'alice', alice.password);
  await outcomeOf(ldap, 'alice', bob.password);
  await slapd.kill();
  expect(await outcomeOf(ldap, 'alice', alice.password)).toBe('AUTHENTICATION_UNAVAILABLE');
  await slapd.resume();
  const all = lines.join('');
  expect(all).toContain('LDAP login refused');
  expect(all).toContain('LDAP server is of no use');
  for (const secret of [alice.password, bob.password, slapd.servicePassword]) {
    expect(all).not.toContain(secret);
  }
});
