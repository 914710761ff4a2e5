import { describe, expect, test } from 'vitest';
import { staticGroups } from '../../../src/auth/group-provider.ts';
import { Impersonation } from '../../../src/auth/impersonation.ts';
import { readProxyUserRules } from '../../../src/config/proxy-user-rules.ts';
import { quietAudit } from '../../support/open-desk.ts';

const addressesByName = new Map([['hue.example.com', ['10.1.1.1', '2001:db8::1']]]);

async function userFor(
  rules: Readonly<Record<string, string>>,
  wanted: string,
  clientAddress = '10.0.0.5',
  realUser = 'hue',
  superusers: readonly string[] = [],
): Promise<string> {
  const prefixed = Object.entries(rules).map(([key, value]) => [`hadoop.proxyuser.${key}`, value]);
  const impersonation = new Impersonation({
    rules: readProxyUserRules(new Map(prefixed as [string, string][])),
    superusers: new Set(superusers),
    groups: staticGroups(new Map([['alice', ['analysts', 'staff']]])),
    shortNames: { kind: 'any' },
    lookup: (name) => {
      const found = addressesByName.get(name);
      return found ? Promise.resolve(found) : Promise.reject(new Error('no such host'));
    },
    audit: await quietAudit(),
  });
  return impersonation.userFor({ realUser, wanted, clientAddress });
}

const everywhere = { 'hue.hosts': '*' };

describe('is allowed', () => {
  test.each([
    ['for everybody, by users', { ...everywhere, 'hue.users': '*' }, '10.0.0.5'],
    ['for everybody, by groups', { ...everywhere, 'hue.groups': 'x,*' }, '10.0.0.5'],
    ['for a user of the list', { ...everywhere, 'hue.users': 'bob, alice' }, '10.0.0.5'],
    ['for a member of a group', { ...everywhere, 'hue.groups': 'staff' }, '10.0.0.5'],
    ['from an address', { 'hue.users': '*', 'hue.hosts': '10.0.0.4,10.0.0.5' }, '10.0.0.5'],
    ['from a network', { 'hue.users': '*', 'hue.hosts': '10.0.0.0/29' }, '10.0.0.5'],
    ['from a network of IPv6', { 'hue.users': '*', 'hue.hosts': '2001:db8::/32' }, '2001:db8::7'],
    ['from a host', { 'hue.users': '*', 'hue.hosts': 'gone.x,hue.example.com' }, '10.1.1.1'],
  ])('%s', async (_, rules, address) => {
    expect(await userFor(rules, 'alice', address)).toBe('alice');
  });

  test('for oneself in any case, under the name that was proved', async () => {
    expect(await userFor({}, 'HUE')).toBe('hue');
  });

  test('for a name with dots, by the rules of just that name', async () => {
    const rules = { 'svc.bi.hosts': '*', 'svc.bi.users': '*' };
    expect(await userFor(rules, 'alice', '10.0.0.5', 'svc.bi')).toBe('alice');
    await expect(userFor(rules, 'alice', '10.0.0.5', 'svc')).rejects.toThrow(
      'Failed to validate proxy privilege of svc for alice',
    );
  });
});

describe('is refused', () => {
  const users = /hadoop\.proxyuser\.hue\.users or hadoop\.proxyuser\.hue\.groups to list alice/;
  const hosts = /^The gateway needs hadoop\.proxyuser\.hue\.hosts to list 10\.0\.0\.5\.$/;
  test.each([
    ['without rules', {}, users],
    ['by the rules of somebody else', { 'bob.hosts': '*', 'bob.users': '*' }, users],
    ['by a rule for another case', { 'HUE.hosts': '*', 'HUE.users': '*' }, users],
    ['for a user in another case', { ...everywhere, 'hue.users': 'ALICE' }, users],
    ['for whom no list has', { ...everywhere, 'hue.users': 'bob', 'hue.groups': 'x' }, users],
    ['for a user named in groups', { ...everywhere, 'hue.groups': 'alice' }, users],
    ['without a rule for hosts', { 'hue.users': '*' }, hosts],
    ['from elsewhere', { 'hue.users': '*', 'hue.hosts': '10.0.0.6,10.0.0.0/30' }, hosts],
    ['from a host that nobody knows', { 'hue.users': '*', 'hue.hosts': 'gone.x' }, hosts],
  ])('%s, with a hint that names what is missing', async (_, rules, hint) => {
    await expect(userFor(rules, 'alice')).rejects.toMatchObject({
      code: 'PROXY_USER_DENIED',
      message: 'Failed to validate proxy privilege of hue for alice',
      hint: expect.stringMatching(hint),
    });
  });

  test.each(['', ' alice', 'ali\0ce', 'alice\n'])('for %j, which is no name', async (wanted) => {
    const all = { ...everywhere, 'hue.users': '*' };
    await expect(userFor(all, wanted)).rejects.toMatchObject({ code: 'PROXY_USER_DENIED' });
  });

  test('for a user who only seems to be in a group since nothing is known of that user', async () => {
    const rules = { ...everywhere, 'hue.groups': 'analysts' };
    expect(await userFor(rules, 'alice')).toBe('alice');
    await expect(userFor(rules, 'analysts')).rejects.toMatchObject({ code: 'PROXY_USER_DENIED' });
  });
});

test.each(['10.0.0.0/33', '10.0.0', '10.0.0.1/x', 'a b', '::/129'])(
  'hosts of %s stop the start',
  (hosts) => {
    const settings = new Map([['hadoop.proxyuser.hue.hosts', hosts]]);
    expect(() => readProxyUserRules(settings)).toThrow(
      /hadoop\.proxyuser\.hue\.hosts = .* is not a comma separated list of addresses/,
    );
  },
);

describe('a superuser', () => {
  const bySuperuser = (
    rules: Readonly<Record<string, string>>,
    wanted = 'alice',
    realUser = 'portal',
  ): Promise<string> => userFor(rules, wanted, '10.0.0.5', realUser, ['portal']);

  test('acts for anybody without a rule, and nobody else does', async () => {
    expect(await bySuperuser({})).toBe('alice');
    expect(await bySuperuser({ 'portal.users': 'bob' })).toBe('alice');
    await expect(bySuperuser({}, 'alice', 'PORTAL')).rejects.toThrow('proxy privilege of PORTAL');
    await expect(bySuperuser({}, 'portal', 'alice')).rejects.toThrow('proxy privilege of alice');
  });

  test('is kept to the hosts of a rule, where there is one', async () => {
    expect(await bySuperuser({ 'portal.hosts': '10.0.0.0/24' })).toBe('alice');
    await expect(bySuperuser({ 'portal.hosts': '10.0.1.0/24' })).rejects.toMatchObject({
      code: 'PROXY_USER_DENIED',
      hint: expect.stringContaining('hadoop.proxyuser.portal.hosts to list 10.0.0.5'),
    });
  });

  test.each(['', ' alice', 'ali\0ce', '@corp.com'])(
    'acts not for %j, which is no name',
    async (name) => {
      await expect(bySuperuser({}, name)).rejects.toMatchObject({ code: 'PROXY_USER_DENIED' });
    },
  );
});
