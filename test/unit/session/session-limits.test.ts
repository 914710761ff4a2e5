import { describe, expect, test } from 'vitest';
import { limitsEntries } from '../../../src/config/entries/limits.ts';
import { readSection } from '../../../src/config/entry.ts';
import { checkSessionLimits } from '../../../src/session/session-limits.ts';

const prefix = 'kyuubi.server.limit.connections.';
const office = '10.0.0.1';

/** Sessions as `user@address`. */
function check(
  limits: Readonly<Record<string, string>>,
  sessions: readonly string[],
  user: string,
  address = office,
): void {
  const conf = new Map(Object.entries(limits).map(([key, value]) => [prefix + key, value]));
  const live = sessions.map((each) => {
    const [name = '', clientAddress = office] = each.split('@');
    return { facts: { user: name, clientAddress } };
  });
  checkSessionLimits(user, address, live, readSection(limitsEntries, conf));
}

const perUser = { 'per.user': '2' };
const perAddress = { 'per.ipaddress': '2' };
const perPair = { 'per.user.ipaddress': '2' };

describe('are let in', () => {
  test.each([
    ['without limits', {}, Array<string>(50).fill('alice')],
    ['with limits of 0 and below', { 'per.user': '0', 'per.ipaddress': '-1' }, ['alice', 'alice']],
    ['with one left for the user', perUser, ['alice', 'bob', 'bob']],
    ['with one left for the address', perAddress, ['alice', 'bob@10.0.0.2', 'bob@10.0.0.2']],
    ['with one left for both', perPair, ['alice', 'alice@10.0.0.2', 'bob', 'bob']],
    [
      'without limits for the user',
      { ...perUser, ...perAddress, ...perPair, 'user.unlimited.list': 'x,alice' },
      ['alice', 'alice', 'alice'],
    ],
    [
      'where another is denied',
      { 'user.deny.list': 'bob', 'ip.deny.list': '10.0.0.2,10.1.0.0/16' },
      [],
    ],
  ])('%s', (_, limits, sessions) => {
    expect(() => check(limits, sessions, 'alice')).not.toThrow();
  });
});

describe('are refused', () => {
  test.each([
    [
      perUser,
      ['alice', 'alice@10.0.0.2'],
      'Connection limit per user reached (user: alice limit: 2)',
    ],
    [
      perAddress,
      ['bob', 'carol'],
      'Connection limit per ipaddress reached (ipaddress: 10.0.0.1 limit: 2)',
    ],
    [
      perPair,
      ['alice', 'alice'],
      'Connection limit per user:ipaddress reached (user:ipaddress: alice:10.0.0.1 limit: 2)',
    ],
    [
      { ...perUser, 'user.unlimited.list': 'ALICE' },
      ['alice', 'alice'],
      'Connection limit per user reached',
    ],
  ])('%j', (limits, sessions, message) => {
    const refused = (): void => check(limits, sessions, 'alice');
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code: 'CONNECTION_LIMIT' }));
  });

  test.each([
    [{ 'user.deny.list': 'bob,alice' }, 'user is in the deny user list. (user: alice)'],
    [{ 'user.deny.list': 'alice', 'user.unlimited.list': 'alice' }, 'deny user list'],
    [{ 'ip.deny.list': '10.0.0.1' }, 'client ip is in the deny ip list. (ipAddress: 10.0.0.1)'],
    [{ 'ip.deny.list': '10.0.0.0/8' }, 'deny ip list'],
  ])('%j', (limits, message) => {
    const refused = (): void => check(limits, [], 'alice');
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code: 'CONNECTION_DENIED' }));
  });
});

test.each(['10.0.0.300', 'host.example.com', '10.0.0.0/40'])(
  'a deny list with %s stops the start',
  (address) => {
    expect(() => check({ 'ip.deny.list': address }, [], 'alice')).toThrow(
      /ip\.deny\.list = .* is not a comma separated list of addresses and networks/,
    );
  },
);
