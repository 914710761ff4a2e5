import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { LoginCache } from '../../../src/auth/login-cache.ts';
import { newSecret } from '../../support/secrets.ts';
import { manualClock } from '../../support/manual-clock.ts';

const password = newSecret();

test('a login is remembered for its time, and for this name and password alone', () => {
  const clock = manualClock();
  const cache = new LoginCache(100, 10, clock);
  cache.remember('Alice', password, 'alice');
  expect(cache.find('Alice', password)).toBe('alice');
  expect(cache.find('alice', password)).toBeUndefined();
  expect(cache.find('Alice', 'Secret')).toBeUndefined();
  expect(cache.find('Alices', 'ecret')).toBeUndefined();
  clock.advance(99);
  expect(cache.find('Alice', password)).toBe('alice');
  clock.advance(1);
  expect(cache.find('Alice', password)).toBeUndefined();
  expect(cache.size).toBe(0);
});

test('the oldest logins make room for new ones; one that is renewed is new', () => {
  const cache = new LoginCache(100, 2, manualClock());
  for (const name of ['a', 'b', 'a', 'c']) cache.remember(name, 'x', name);
  expect(['a', 'b', 'c'].map((name) => cache.find(name, 'x'))).toEqual(['a', undefined, 'c']);
});

test('a lifetime of 0 remembers nothing', () => {
  const cache = new LoginCache(0, 10, manualClock());
  cache.remember('a', 'x', 'a');
  expect([cache.find('a', 'x'), cache.size]).toEqual([undefined, 0]);
});

test('two caches make different hashes, and none shows the password', () => {
  const clock = manualClock();
  const caches = [new LoginCache(100, 10, clock), new LoginCache(100, 10, clock)];
  for (const cache of caches) cache.remember('alice', 'open-sesame', 'alice');
  const shown = caches.map((cache) => inspect(cache, { depth: 9, showHidden: true }));
  for (const text of shown) expect(text).not.toContain('open-sesame');
});
