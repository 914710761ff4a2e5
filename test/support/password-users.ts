import { loginRefused } from '../../src/auth/auth-provider.ts';
import type { Logins } from '../../src/auth/auth-provider.ts';

/** Requires one of these users with the right password. */
export function passwordUsers(passwords: Readonly<Record<string, string>>): Logins {
  return {
    isRequired: true,
    passwords: {
      kind: 'TEST',
      authenticate: (user, password) =>
        passwords[user] === password
          ? Promise.resolve({ user, isAuthenticated: true })
          : Promise.reject(loginRefused('wrong in the table of the test')),
    },
  };
}
