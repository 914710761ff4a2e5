import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  byPattern,
  bySearch,
  type LdapKeys,
  outcomeOf,
  startLdap,
} from '../../services/auth/ldap-under-test.ts';
import { newUser, Slapd, suffix } from '../../support/slapd.ts';

const users = Array.from({ length: 200 }, (_, index) =>
  newUser(`user${index}`, { groups: ['everybody'] }),
);
let slapd: Slapd;
beforeAll(async () => {
  slapd = await Slapd.start({ users });
});
afterAll(() => slapd.stop());

test.each<[string, () => LdapKeys]>([
  ['by pattern', () => ({ url: slapd.url, ...byPattern })],
  ['by search', () => ({ url: slapd.url, ...bySearch(slapd) })],
  [
    'by search with a group filter, ldaps',
    () => ({
      ...{ url: slapd.tlsUrl, caFile: slapd.caFile, ...bySearch(slapd) },
      ...{ groupDnPattern: `cn=%s,ou=groups,${suffix}`, groupFilter: 'everybody' },
    }),
  ],
])('200 users log in at once %s, none from the cache', async (method, keys) => {
  const { provider } = startLdap(keys());
  try {
    const [one] = users;
    const warm = Array.from({ length: 8 }, () => outcomeOf(provider, 'user0', one?.password ?? ''));
    expect(new Set(await Promise.all(warm))).toEqual(new Set(['user0']));
    const start = performance.now();
    const names = await Promise.all(
      users.map(({ uid, password }) => outcomeOf(provider, uid, password)),
    );
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(
      `LDAP ${method}: ${(users.length / seconds).toFixed(0)} logins a second\n`,
    );
    expect(names).toEqual(users.map(({ uid }) => uid));
  } finally {
    await provider.stop();
  }
});
