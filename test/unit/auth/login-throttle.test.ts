import { expect, test } from 'vitest';
import { LoginThrottle } from '../../../src/auth/login-throttle.ts';
import { throttleEntries } from '../../../src/config/entries/authentication.ts';
import { readSection } from '../../../src/config/entry.ts';
import { manualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

const home = '10.0.0.1';
const elsewhere = '192.0.2.7';

interface Desk {
  readonly clock: ManualClock;
  readonly throttle: LoginThrottle;
  readonly fail: (user: string, address: string, times?: number) => Promise<void>;
  readonly succeed: (user: string, address: string) => Promise<void>;
  /** Seconds until the next attempt; 0: at once. */
  readonly waitFor: (user: string, address: string) => Promise<number>;
}

function desk(conf: Readonly<Record<string, string>>): Desk {
  const clock = manualClock();
  const prefix = 'torii.authentication.throttle.';
  const settings = new Map(Object.entries(conf).map(([key, value]) => [prefix + key, value]));
  const throttle = new LoginThrottle(readSection(throttleEntries, settings), clock);
  const { signal } = new AbortController();
  const begin: LoginThrottle['begin'] = (user, address) => throttle.begin(user, address, signal);
  return {
    clock,
    throttle,
    fail: async (user, address, times = 1) => {
      for (let i = 0; i < times; i++) (await begin(user, address, signal)).refused();
    },
    succeed: async (user, address) => (await begin(user, address, signal)).succeeded(user),
    waitFor: async (user, address) => {
      try {
        (await begin(user, address, signal)).undecided();
        return 0;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'LOGIN_THROTTLED' });
        return Number(/in (\d+) s/.exec((thrown as { hint: string }).hint)?.[1]);
      }
    },
  };
}

test('nothing is refused unless a limit is set', async () => {
  const { fail, waitFor } = desk({});
  await fail('alice', elsewhere, 100);
  expect(await waitFor('alice', elsewhere)).toBe(0);
});

test('failures of a name make it wait, twice as long each time, and no longer than the limit', async () => {
  const { clock, fail, waitFor } = desk({ 'user.failures': '3', 'max.pause': 'PT4S' });
  await fail('alice', elsewhere, 2);
  expect(await waitFor('alice', elsewhere)).toBe(0);
  for (const seconds of [1, 2, 4, 4]) {
    await fail('alice', elsewhere);
    expect(await waitFor('alice', elsewhere)).toBe(seconds);
    clock.advance(seconds * 1000);
    expect(await waitFor('alice', elsewhere)).toBe(0);
  }
});

test('a name waits wherever it is tried from, in any case, and other names do not', async () => {
  const { fail, waitFor } = desk({ 'user.failures': '3' });
  await fail('alice', '192.0.2.1');
  await fail('Alice', '192.0.2.2');
  await fail(' ALICE', '192.0.2.3');
  expect(await waitFor('alice', '192.0.2.4')).toBe(1);
  expect(await waitFor('bob', '192.0.2.4')).toBe(0);
});

test('an address waits for what was tried from it under any name; one of IPv6 is its network', async () => {
  const { fail, waitFor } = desk({ 'address.failures': '3' });
  for (const user of ['a', 'b', '']) await fail(user, elsewhere);
  expect(await waitFor('c', elsewhere)).toBe(1);
  expect(await waitFor('c', home)).toBe(0);
  for (const address of ['2001:db8::1', '2001:db8:0:0:5::2', '2001:0DB8::9'])
    await fail('a', address);
  expect(await waitFor('c', '2001:db8::ffff')).toBe(1);
  expect(await waitFor('c', '2001:db8:0:1::1')).toBe(0);
});

test('who fails under a name elsewhere does not lock it out of addresses where it was logged in', async () => {
  const { fail, succeed, waitFor } = desk({ 'user.failures': '3', 'address.failures': '3' });
  await succeed('alice', home);
  await fail('alice', elsewhere, 3);
  expect(await waitFor('alice', elsewhere)).toBe(1);
  expect(await waitFor('alice', home)).toBe(0);
  await fail('bob', home, 3);
  expect(await waitFor('carol', home)).toBe(1);
  expect(await waitFor('alice', home)).toBe(0);
  await fail('alice', home, 3);
  expect(await waitFor('alice', home)).toBe(1);
});

test('a success takes back its own failures and no others: nobody guesses at the cost of his own password', async () => {
  const { fail, succeed, waitFor } = desk({ 'user.failures': '3', 'address.failures': '3' });
  await fail('alice', elsewhere, 2);
  await succeed('alice', elsewhere);
  await fail('mallory', elsewhere, 2);
  await succeed('mallory', elsewhere);
  await fail('bob', elsewhere, 2);
  await succeed('mallory', elsewhere);
  expect(await waitFor('bob', elsewhere)).toBe(0);
  await fail('bob', elsewhere);
  await succeed('mallory', elsewhere);
  expect(await waitFor('bob', elsewhere)).toBe(1);
});

test('failures are forgotten after a while', async () => {
  const { clock, fail, waitFor } = desk({ 'user.failures': '3', forget: 'PT10M' });
  await fail('alice', elsewhere, 2);
  clock.advance(601_000);
  await fail('alice', elsewhere, 2);
  expect(await waitFor('alice', elsewhere)).toBe(0);
});

test('what could not be decided counts for nothing', async () => {
  const { throttle, waitFor } = desk({ 'user.failures': '1' });
  const { signal } = new AbortController();
  for (let i = 0; i < 5; i++) (await throttle.begin('alice', home, signal)).undecided();
  expect(await waitFor('alice', home)).toBe(0);
});

test('guesses that come all at once are no more than guesses one by one', async () => {
  const { throttle } = desk({ 'user.failures': '3' });
  const { signal } = new AbortController();
  const checked: number[] = [];
  const tries = Array.from({ length: 20 }, async (_, index) => {
    const attempt = await throttle.begin('alice', elsewhere, signal);
    checked.push(index);
    await Promise.resolve();
    attempt.refused();
  });
  const ends = await Promise.allSettled(tries);
  expect(checked).toHaveLength(3);
  expect(ends.filter((end) => end.status === 'rejected')).toHaveLength(17);
});

test('right logins that come all at once are all let in', async () => {
  const { throttle } = desk({ 'user.failures': '3', 'address.failures': '3' });
  const { signal } = new AbortController();
  const all = Array.from({ length: 20 }, async () => {
    const attempt = await throttle.begin('alice', elsewhere, signal);
    await Promise.resolve();
    attempt.succeeded('alice');
  });
  expect(await Promise.all(all)).toHaveLength(20);
});

test('who waits for others and leaves is let go', async () => {
  const { throttle } = desk({ 'user.failures': '1' });
  await throttle.begin('alice', elsewhere, new AbortController().signal);
  const leaving = new AbortController();
  const waiting = throttle.begin('alice', elsewhere, leaving.signal);
  leaving.abort(new Error('left'));
  await expect(waiting).rejects.toThrow('left');
});

test('strangers make room for each other, not for the addresses where users were logged in', async () => {
  const { fail, succeed, waitFor } = desk({ 'user.failures': '1', 'max.entries': '10' });
  await succeed('alice', home);
  await fail('alice', elsewhere);
  for (let i = 0; i < 50; i++) await fail(`stranger-${i}`, `192.0.2.${i + 100}`);
  expect(await waitFor('stranger-49', elsewhere)).toBe(1);
  expect(await waitFor('stranger-0', elsewhere)).toBe(0);
  await fail('alice', elsewhere);
  expect(await waitFor('alice', home)).toBe(0);
});
