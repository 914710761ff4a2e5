import { expect, test } from 'vitest';
import { mayUseAs } from '../../../src/auth/ownership.ts';

const administrators = new Set(['root']);
const ofAlice = { user: 'alice', realUser: 'alice' };
const ofAliceByHue = { user: 'alice', realUser: 'hue' };

test.each([
  ['the owner', { user: 'alice', isAuthenticated: true }, ofAlice, true],
  ['somebody else', { user: 'bob', isAuthenticated: true }, ofAlice, false],
  ['who opened it for another', { user: 'hue', isAuthenticated: true }, ofAliceByHue, true],
  ['for whom it was opened', { user: 'alice', isAuthenticated: true }, ofAliceByHue, false],
  [
    'a connection that acts for its user',
    { user: 'hue', isAuthenticated: true, actsFor: 'alice' },
    ofAliceByHue,
    true,
  ],
  [
    'a connection that acts for another',
    { user: 'hue', isAuthenticated: true, actsFor: 'bob' },
    ofAliceByHue,
    false,
  ],
  ['an administrator', { user: 'root', isAuthenticated: true }, ofAlice, true],
  [
    'who only says to be an administrator',
    { user: 'root', isAuthenticated: false },
    ofAlice,
    false,
  ],
  [
    'an administrator who acts for another',
    { user: 'root', isAuthenticated: true, actsFor: 'bob' },
    ofAlice,
    false,
  ],
  ['who has no login, by the secret alone', undefined, ofAlice, true],
])('%s', (_, caller, owner, expected) => {
  expect(mayUseAs(caller, administrators)(owner)).toBe(expected);
});
