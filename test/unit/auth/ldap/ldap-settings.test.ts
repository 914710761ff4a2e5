import { describe, expect, test } from 'vitest';
import { bindNames } from '../../../../src/auth/ldap/directory-login.ts';
import { type LdapSettings, readLdapSettings } from '../../../../src/auth/ldap/ldap-settings.ts';
import { ldapProvider } from '../../../../src/auth/ldap/ldap-provider.ts';
import { ldapEntries } from '../../../../src/config/entries/ldap.ts';
import { readSection } from '../../../../src/config/entry.ts';
import { createLog } from '../../../../src/telemetry/log.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const minimal = { url: 'ldap://a', baseDN: 'dc=x' };

/** Keys without `kyuubi.authentication.ldap.`, or our own as they are. */
function sectionOf(keys: Readonly<Record<string, string>>) {
  const prefix = 'kyuubi.authentication.ldap.';
  const full = Object.entries(keys).map(
    ([key, text]) => [key.startsWith('torii.') ? key : prefix + key, text] as const,
  );
  return readSection(ldapEntries, new Map(full));
}

const read = (keys: Readonly<Record<string, string>>): LdapSettings =>
  readLdapSettings(sectionOf(keys), { SET: 'x' });

describe('the settings', () => {
  test('name servers in their order, with their ports and their encryption', () => {
    const { servers } = read({ ...minimal, url: ' ldap://a  ldaps://b:1636/ ldap://[::1]:3890 ' });
    expect(servers).toEqual([
      { text: 'ldap://a:389', host: 'a', port: 389, security: 'none' },
      { text: 'ldaps://b:1636', host: 'b', port: 1636, security: 'tls' },
      { text: 'ldap://[::1]:3890', host: '::1', port: 3890, security: 'none' },
    ]);
    const encrypted = read({ ...minimal, 'torii.authentication.ldap.start.tls': 'true' });
    expect(encrypted.servers[0]?.security).toBe('start-tls');
  });

  test('say as whom a user is bound', () => {
    const short = { kind: 'short', name: 'a,$&' } as const;
    expect(bindNames(read(minimal), short)).toEqual([String.raw`uid=a\,$&,dc=x`]);
    const patterns = { ...minimal, userDNPattern: 'cn=%s,ou=p: mail=%s+cn=%s,ou=q' };
    expect(bindNames(read(patterns), short)).toEqual([
      String.raw`cn=a\,$&,ou=p`,
      String.raw`mail=a\,$&+cn=a\,$&,ou=q`,
    ]);
    expect(bindNames(read({ url: 'ldap://a', domain: 'x.org' }), short)).toEqual(['a,$&@x.org']);
    const address = { kind: 'address', name: 'a@b' } as const;
    expect(bindNames(read(minimal), address)).toEqual(['a@b']);
  });

  test('take the bases of patterns in place of the base DN, where there are patterns', () => {
    const keys = {
      ...{ ...minimal, userDNPattern: String.raw`cn=a\,%s,ou=p,dc=x:cn=%s,ou=p,dc=x` },
      groupDNPattern: 'cn=%s, ou=g,dc=x',
    };
    expect(read(keys)).toMatchObject({ userBases: ['ou=p,dc=x'], groupBases: ['ou=g,dc=x'] });
    expect(read(minimal)).toMatchObject({ userBases: ['dc=x'], groupBases: ['dc=x'] });
  });

  test('also have the older names', () => {
    expect(read({ url: 'ldap://a', 'base.dn': 'dc=y', 'guid.key': 'cn' })).toMatchObject({
      baseDn: 'dc=y',
      guidKey: 'cn',
    });
  });
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['ldap.url is not set', { url: '' }],
  ['ldap.url has to name servers', { url: 'a:389' }],
  ['ldap.url has to name servers', { url: 'http://a' }],
  ['ldap.url may hold nothing but', { url: 'ldap://a/dc=x' }],
  ['ldap.url may hold nothing but', { url: 'ldap://user:word@a' }],
  ['start.tls is true, and', { url: 'ldaps://a', 'torii.authentication.ldap.start.tls': 'true' }],
  ['ldap.baseDN has to be set', { baseDN: '' }],
  ['ldap.baseDN is not a DN', { baseDN: 'example.com' }],
  ['ldap.userDNPattern has to hold DNs', { userDNPattern: 'uid=alice,dc=x' }],
  ['ldap.userDNPattern has to hold DNs', { userDNPattern: '%s@x.org' }],
  ['ldap.userDNPattern may hold %s before', { userDNPattern: 'uid=%s,ou=%s,dc=x' }],
  ['ldap.binddn is not set', { bindpw: '${env:SET}' }],
  ['ldap.binddn is neither', { binddn: 'EXTERNAL', bindpw: '${env:SET}' }],
  ['ldap.bindpw is not set', { binddn: 'cn=a' }],
  ['ldap.bindpw names the variable UNSET', { binddn: 'cn=a', bindpw: '${env:UNSET}' }],
  ['ldap.bindpw names /nowhere', { binddn: 'cn=a', bindpw: '${file:/nowhere}' }],
  ['ldap.baseDN has to be set for binddn', { baseDN: '', domain: 'x', binddn: 'a=b', bindpw: 'c' }],
  ['ldap.baseDN has to be set for filters', { baseDN: '', domain: 'x', userFilter: 'a' }],
  [
    'ldap.baseDN or a groupDNPattern has to be set',
    { baseDN: '', userDNPattern: 'cn=%s,dc=x', groupFilter: 'g' },
  ],
  ['ldap.customLDAPQuery is not an LDAP filter', { customLDAPQuery: '(uid=%s' }],
  [
    'ldap.baseDN has to be set for a customLDAPQuery',
    { baseDN: '', domain: 'x', customLDAPQuery: '(uid=%s)' },
  ],
  ['tls.ca.file names /nowhere', { 'torii.authentication.ldap.tls.ca.file': '/nowhere' }],
])('the start is stopped: %s', (message, keys) => {
  expect(() => read({ ...minimal, ...keys })).toThrow(message);
});

test('passwords in plain text over a network are warned of', () => {
  const lines: string[] = [];
  const write = (line: string): number => lines.push(line);
  const log = createLog({ level: 'debug', format: 'json', destination: { write } });
  const url = 'ldap://127.0.0.1 ldaps://b ldap://c';
  ldapProvider(sectionOf({ ...minimal, url }), { environment: {}, clock: manualClock(), log });
  expect(lines.map((line) => (JSON.parse(line) as { server: string }).server)).toEqual([
    'ldap://c:389',
  ]);
});
