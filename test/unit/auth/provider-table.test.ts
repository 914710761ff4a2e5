import { expect, test } from 'vitest';
import { startLogins } from '../../../src/auth/provider-table.ts';
import type { StartedLogins } from '../../../src/auth/provider-table.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Log } from '../../../src/telemetry/log.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { newSecret } from '../../support/secrets.ts';

const secret = newSecret();

async function start(methods: string, ...more: readonly string[]): Promise<StartedLogins> {
  return startWith(collectedLog().log, methods, ...more);
}

function startWith(log: Log, methods: string, ...more: readonly string[]): Promise<StartedLogins> {
  const { config } = loadConfig({
    environment: {},
    currentDir: '/nonexistent',
    confArguments: [`kyuubi.authentication=${methods}`, ...more],
  });
  return startLogins({ config, environment: {}, clock: systemClock, log });
}

test.each(['', 'NONE', 'nosasl', 'NOSASL,NONE'])('%j lets anybody in', async (methods) => {
  const logins = await start(methods);
  expect(logins.isRequired).toBe(false);
  const signal = new AbortController().signal;
  expect(await logins.passwords?.authenticate('alice', 'x', signal)).toEqual({
    user: 'alice',
    isAuthenticated: false,
  });
});

test.each([
  ['NONE,LDAP', ' is NONE,LDAP, and NONE would let anybody in'],
  ['KERBEROS,NONE', ' is KERBEROS,NONE, and NONE would let anybody in'],
  ['JWT,NONE', ' is JWT,NONE, and NONE would let anybody in'],
  ['NOSASL,NONE,LDAP', ' is NOSASL,NONE,LDAP, and NONE would let anybody in'],
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

test.each([
  ['kinit', 'spnego'],
  ['spnego', 'kinit'],
])('a keytab for %s without its principal stops the start', async (half, whole) => {
  const both = [`kyuubi.${whole}.principal=HTTP/gw.test@TEST`, `kyuubi.${whole}.keytab=/nowhere`];
  const started = start('KERBEROS', ...both, `kyuubi.${half}.keytab=/nowhere`);
  await expect(started).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `kyuubi.${half}.keytab is set, and kyuubi.${half}.principal is not`,
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
  `jwks.url=https://user:${secret}@issuer.test/keys`,
  'jwks.url=file:///etc/keys',
  'algorithms=HS256',
  'algorithms=RS256,none',
])('is no setting of tokens (%#)', async (setting) => {
  const started = start('JWT', ...jwt([...tokens, setting]));
  await expect(started).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      /^torii[.]authentication[.]jwt[.](jwks[.]url|algorithms = '.*') is not /,
    ),
  });
  await expect(started).rejects.not.toThrow(secret);
});

test.each(['LDAP,NONE', 'NOSASL,LDAP', 'LDAP,NONE,NOSASL'])(
  '%s requires a proof as if LDAP stood alone, and the log says what has no effect',
  async (methods) => {
    const { log, lines } = collectedLog();
    const conf = [
      'kyuubi.authentication.ldap.url=ldap://localhost:1',
      'kyuubi.authentication.ldap.baseDN=dc=example',
    ];
    const logins = await startWith(log, methods, ...conf);
    expect(logins.isRequired).toBe(true);
    const signal = new AbortController().signal;
    const login = logins.passwords?.authenticate('alice', secret, signal);
    await expect(login).rejects.toMatchObject({ code: 'AUTHENTICATION_UNAVAILABLE' });
    expect(lines.join('')).toContain('methods of no effect beside others');
    await logins.stop();
  },
);

test.each([
  [[], 'is ldap, and kyuubi.authentication.ldap.url is not set'],
  [['url=ldap://localhost:1'], 'is ldap, and kyuubi.authentication.ldap.binddn is not set'],
])('groups from a directory need its settings: with %j the start stops', async (keys, message) => {
  const conf = keys.map((each) => `kyuubi.authentication.ldap.${each}`);
  await expect(start('NONE', 'kyuubi.session.group.provider=ldap', ...conf)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `kyuubi.session.group.provider ${message}`,
  });
});

test('groups come from the map unless a directory is asked for, whoever checks passwords', async () => {
  const logins = await start('NONE', 'torii.session.group.static.map=alice=analysts|staff');
  expect(await logins.groups.groupsOf('alice')).toEqual(['analysts', 'staff']);
  expect(await logins.groups.groupsOf('bob')).toEqual(['bob']);
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
