import { expect, test } from 'vitest';
import { startLogins } from '../../../src/auth/provider-table.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { collectedLog } from '../../support/collected-log.ts';

async function start(
  methods: string,
  ...more: readonly string[]
): Promise<Awaited<ReturnType<typeof startLogins>>> {
  const { config } = loadConfig({
    environment: {},
    currentDir: '/nonexistent',
    confArguments: [`kyuubi.authentication=${methods}`, ...more],
  });
  return startLogins({ config, environment: {}, clock: systemClock, log: collectedLog().log });
}

test.each(['', 'NONE', 'nosasl'])('%j lets anybody in', async (methods) => {
  const logins = await start(methods);
  expect(logins.isRequired).toBe(false);
  const signal = new AbortController().signal;
  expect(await logins.passwords?.authenticate('alice', 'x', signal)).toEqual({
    user: 'alice',
    isAuthenticated: false,
  });
});

test.each([
  ['NONE,JWT', 'is not a list of KERBEROS, LDAP'],
  ['NOSASL,NONE', 'is not a list of KERBEROS, LDAP'],
  ['JWT,OAUTH', 'is not a list of KERBEROS, LDAP'],
  [',', 'is not a list of KERBEROS, LDAP'],
  ['KERBEROS', 'lists KERBEROS, and kyuubi.kinit.principal is not set'],
  ['ldap', 'lists LDAP, and kyuubi.authentication.ldap.url is not set'],
  ['CUSTOM', 'lists CUSTOM: this version of the gateway runs no Java classes'],
])('%s stops the start', async (methods, message) => {
  await expect(start(methods)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(`^kyuubi.authentication.*${message}`),
  });
});

const tokens = ['issuer=https://issuer.test/', 'audience=torii', 'jwks.url=https://issuer.test/k'];
const jwt = (names: readonly string[]): string[] =>
  names.map((name) => `torii.authentication.jwt.${name}`);

test.each([
  ['PASSWORD_FILE', [], 'lists PASSWORD_FILE, and torii.authentication.password.file is not set'],
  ['JWT', jwt(tokens.slice(1)), 'lists JWT, and torii.authentication.jwt.issuer is not set'],
  ['JWT', jwt([tokens[0] ?? '']), 'lists JWT, and torii.authentication.jwt.audience is not set'],
  ['JWT', jwt(tokens.slice(0, 2)), 'lists JWT, and torii.authentication.jwt.jwks.url is not set'],
  [
    'JWT',
    jwt([...tokens, 'jwks.file=/x']),
    'jwks.url and torii.authentication.jwt.jwks.file are both set',
  ],
  ['JWT', jwt([...tokens.slice(0, 2), 'jwks.file=/nowhere']), 'cannot use /nowhere'],
])('%s with %j stops the start', async (methods, more, message) => {
  await expect(start(methods, ...more)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(message),
  });
});

test.each([
  'jwks.url=http://issuer.test/keys',
  'jwks.url=https://user:hunter2@issuer.test/keys',
  'jwks.url=file:///etc/keys',
  'algorithms=HS256',
  'algorithms=RS256,none',
])('%s is no setting of tokens', async (setting) => {
  await expect(start('JWT', ...jwt([...tokens, setting]))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      /^torii[.]authentication[.]jwt[.](jwks[.]url|algorithms = '.*') is not (?!.*hunter2)/,
    ),
  });
});

test('tokens and passwords are both taken once both are set up', async () => {
  const logins = await start('JWT', ...jwt(tokens));
  expect(logins.isRequired).toBe(true);
  const signal = new AbortController().signal;
  await expect(logins.passwords?.authenticate('alice', 'no token', signal)).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
  });
  await logins.stop();
});
