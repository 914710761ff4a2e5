import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Layer } from '../../support/kerberos/gssapi-client.ts';
import { type Kdc, startKdc } from '../../support/kerberos/kdc.ts';
import { KerberosLab } from './kerberos-lab.ts';

const rules = String.raw`RULE:[1:$1@$0](.*@PARTNER\.TEST)s/@.*/_partner/ DEFAULT`;

let home: Kdc;
let partner: Kdc;
/** The KDC gives its users tickets for our services; the gateway knows nothing of them. */
let stranger: Kdc;
let byRules: KerberosLab;
let byRealms: KerberosLab;
let byDefault: KerberosLab;
/** Tickets of alice in each realm. */
let alice: Readonly<Record<'home' | 'partner' | 'stranger', string>>;

beforeAll(async () => {
  [home, partner, stranger] = await Promise.all([
    startKdc(),
    startKdc('PARTNER.TEST'),
    startKdc('STRANGER.TEST'),
  ]);
  await home.addPrincipals('hive/localhost', 'HTTP/localhost');
  for (const kdc of [home, partner, stranger]) await kdc.addPrincipals('alice');
  await home.trust(partner, stranger);
  process.env['KRB5_CONFIG'] = home.krb5Conf;
  byRules = await KerberosLab.start(home, { 'hadoop.security.auth_to_local': rules });
  byRealms = await KerberosLab.start(home, {
    'torii.authentication.kerberos.trusted.realms': 'PARTNER.TEST',
  });
  byDefault = await KerberosLab.start(home);
  alice = {
    home: await home.kinit('alice'),
    partner: await partner.kinit('alice'),
    stranger: await stranger.kinit('alice'),
  };
});

afterAll(async () => {
  for (const lab of [byRules, byRealms, byDefault]) await lab.stop();
  delete process.env['KRB5_CONFIG'];
  for (const kdc of [home, partner, stranger]) await kdc.stop();
});

const unknown = (realm: string, remedy: RegExp): unknown =>
  expect.stringMatching(
    new RegExp(
      `The ticket is of the realm ${realm}, whose users are not known here\\nHint: .*${remedy.source}`,
    ),
  );

describe('alice of another realm, whose KDC is trusted', () => {
  describe.each<Layer>(['auth', 'auth-int', 'auth-conf'])('by a socket with %s', (layer) => {
    it('is the user that a rule makes of her, and not the alice of the gateway’s realm', async () => {
      expect(await byRules.bySocket(alice.partner, layer)).toBe('alice_partner');
      expect(await byRules.bySocket(alice.home, layer)).toBe('alice');
    });

    it('is refused where no rule is for her realm', async () => {
      const reason = unknown('STRANGER.TEST', /hadoop\.security\.auth_to_local/);
      expect(await byRules.bySocket(alice.stranger, layer)).toEqual(reason);
    });
  });

  it('is the same by curl, and is refused the same', async () => {
    expect(await byRules.byCurl(alice.partner)).toBe('alice_partner');
    expect(await byRules.byCurl(alice.home)).toBe('alice');
    const refusal = await byRules.byCurl(alice.stranger);
    expect(refusal).toMatch(/^401 Authentication Error: /);
    expect(refusal).toEqual(unknown('STRANGER.TEST', /hadoop\.security\.auth_to_local/));
  });

  it('is alice where her realm’s users are the same people, and nobody where they are not', async () => {
    expect(await byRealms.bySocket(alice.partner)).toBe('alice');
    expect(await byRealms.byCurl(alice.partner)).toBe('alice');
    const reason = unknown('STRANGER.TEST', /trusted\.realms/);
    expect(await byRealms.bySocket(alice.stranger)).toEqual(reason);
    expect(await byRealms.byCurl(alice.stranger)).toMatch(/^401 .*STRANGER\.TEST/);
  });

  it('is nobody unless somebody said so', async () => {
    const reason = unknown('PARTNER.TEST', /trusted\.realms/);
    expect(await byDefault.bySocket(alice.partner)).toEqual(reason);
    expect(await byDefault.byCurl(alice.partner)).toMatch(/^401 .*PARTNER\.TEST/);
    expect(await byDefault.bySocket(alice.home)).toBe('alice');
  });
});

test('the audit trail has each under the name that the rule made, and refusals as such', () => {
  const told = (method: string): readonly unknown[] =>
    byRules.logins
      .filter((line) => line['method'] === method)
      .map(({ outcome, realUser, code }) => [outcome, realUser, code]);
  for (const method of ['GSSAPI', 'NEGOTIATE']) {
    expect(told(method)).toContainEqual(['ok', 'alice_partner', undefined]);
    expect(told(method)).toContainEqual(['ok', 'alice', undefined]);
    expect(told(method)).toContainEqual(['refused', undefined, 'AUTHENTICATION_FAILED']);
  }
});

test.each([
  [
    'hadoop.security.auth_to_local',
    'RULE:[1:$1',
    /^hadoop\.security\.auth_to_local: .* is no rule/,
  ],
  ['hadoop.security.auth_to_local.mechanism', 'mit', /mechanism = 'mit' is not one of hadoop/],
])('a gateway does not start with %s=%s', async (key, value, message) => {
  await expect(KerberosLab.start(home, { [key]: value })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(message),
  });
});
