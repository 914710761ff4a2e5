import { expect, test } from 'vitest';
import { startLogins } from '../../../src/auth/provider-table.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { collectedLog } from '../../support/collected-log.ts';

async function start(methods: string): Promise<Awaited<ReturnType<typeof startLogins>>> {
  const { config } = loadConfig({
    environment: {},
    currentDir: '/nonexistent',
    confArguments: [`kyuubi.authentication=${methods}`],
  });
  return startLogins({ config, clock: systemClock, log: collectedLog().log });
}

test.each(['', 'NONE', 'nosasl'])('%j lets anybody in', async (methods) => {
  const logins = await start(methods);
  expect(logins.isRequired).toBe(false);
  const signal = new AbortController().signal;
  expect(await logins.passwords.authenticate('alice', 'x', signal)).toEqual({
    user: 'alice',
    isAuthenticated: false,
  });
});

test.each([
  ['NONE,JWT', 'is not a list of KERBEROS, LDAP'],
  ['NOSASL,NONE', 'is not a list of KERBEROS, LDAP'],
  ['JWT,OAUTH', 'is not a list of KERBEROS, LDAP'],
  [',', 'is not a list of KERBEROS, LDAP'],
  ['KERBEROS', 'lists KERBEROS: this version of the gateway has no Kerberos'],
  ['ldap', 'lists LDAP: this version of the gateway does not ask LDAP servers'],
  ['CUSTOM', 'lists CUSTOM: this version of the gateway runs no Java classes'],
])('%s stops the start', async (methods, message) => {
  await expect(start(methods)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(`^kyuubi.authentication.*${message}`),
  });
});
