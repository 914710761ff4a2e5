import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatPasswordHash, hashPassword } from '../../../src/core/password-hash.ts';
import { CertificateAuthority } from '../../support/certificates.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { runProcess, type RunResult, stopAllProcesses } from '../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { audience, issuer, newKey, signToken } from '../../support/token-issuer.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const password = 'of alice, for a test';
const storePassword = 'ofTheTrustStore';
const statement = 'select id, id * id as square from range(5000)';

let dir: string;
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
/** The authority's certificate as keytool stores it. */
let store: string;
let token: string;
let expiredToken: string;
let gateway: RunningGateway;

beforeAll(async () => {
  dir = makeTempDir('torii-sql');
  authority = new CertificateAuthority(dir, 'authority');
  stranger = new CertificateAuthority(dir, 'stranger');
  store = join(dir, 'trust.p12');
  const keytool = ['-importcert', '-noprompt', '-alias', 'ca', '-file', authority.file];
  execFileSync(
    'keytool',
    [...keytool, '-keystore', store, '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD'],
    { env: { ...process.env, STORE_PASSWORD: storePassword }, stdio: 'pipe' },
  );
  const key = await newKey('one');
  token = await signToken(key);
  expiredToken = await signToken(key, { expiresAtS: 1_700_000_000 });
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [key.published] }));
  const users = join(dir, 'users');
  const hash = formatPasswordHash(await hashPassword(password));
  writeFileSync(users, `alice:${hash}\n`, { mode: 0o600 });
  const own = authority.issue();
  gateway = await startGateway({
    conf: {
      'kyuubi.authentication': 'PASSWORD_FILE,JWT',
      'torii.authentication.password.file': users,
      'torii.authentication.jwt.jwks.file': keys,
      'torii.authentication.jwt.issuer': issuer,
      'torii.authentication.jwt.audience': audience,
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.thrift.binary.ssl.plain.allowed': 'true',
      'torii.frontend.ssl.certificate.file': own.certificate,
      'torii.frontend.ssl.key.file': own.key,
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await stopAllProcesses();
  removeTempDir(dir);
});

const http = ';transportMode=http;httpPath=cliservice';
const tls = (file: string, more = ''): string => `;ssl=true;sslTrustStore=${file}${more}`;

interface Login {
  readonly user?: string;
  readonly env: Readonly<Record<string, string>>;
}
const byPassword: Login = { user: 'alice', env: { TORII_PASSWORD: password } };

function sql(variables: string, { user, env }: Login): Promise<RunResult> {
  const url = `jdbc:hive2://localhost:${gateway.port}/default${variables}`;
  const words = ['sql', '-u', url, '-e', statement, '--format', 'tsv', '--quiet'];
  const who = user === undefined ? [] : ['-n', user];
  return runProcess(process.execPath, [join(root, 'bin', 'torii.mjs'), ...words, ...who], {
    env: { PATH: process.env['PATH'], TORII_TRUST_STORE_PASSWORD: storePassword, ...env },
  });
}

const expected = `id\tsquare\n${Array.from({ length: 5000 }, (_, id) => `${id}\t${id * id}\n`).join('')}`;

describe('torii sql gets its rows', () => {
  const transports: [string, () => string][] = [
    ['over the binary protocol', () => ''],
    ['over HTTP', () => http],
    ['in TLS, trusting a PEM file', () => tls(authority.file)],
    ['over HTTP in TLS, trusting keytool’s PKCS12', () => `${http}${tls(store)}`],
  ];

  it.each(transports)('%s, with a password', async (_, variables) => {
    const { code, stdout, stderr } = await sql(variables(), byPassword);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toBe(expected);
  });

  it.each(transports)('%s, with a token that alone says who it is', async (_, variables) => {
    const { code, stdout, stderr } = await sql(`;auth=jwt${variables()}`, { env: { JWT: token } });
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toBe(expected);
  });
});

describe('torii sql says why it has no connection', () => {
  it.each<[string, () => Promise<RunResult>, RegExp]>([
    [
      'a wrong password over HTTP',
      () => sql(http, { user: 'alice', env: { TORII_PASSWORD: 'wrong' } }),
      /^error \(SQLSTATE 28000\): localhost:\d+ refused user alice: .*\nhint: [^\n]*TORII_PASSWORD\n$/s,
    ],
    [
      'a wrong password in TLS',
      () => sql(tls(authority.file), { user: 'alice', env: { TORII_PASSWORD: 'wrong' } }),
      /^error \(SQLSTATE 28000\): localhost:\d+ refused user alice: /,
    ],
    [
      'a token that has expired',
      () => sql(`;auth=jwt${http}`, { env: { JWT: expiredToken } }),
      /refused the token: .*it has expired/,
    ],
    [
      'a certificate of a stranger',
      () => sql(tls(stranger.file), byPassword),
      /is signed by nobody known here\nhint: .*sslTrustStore=FILE/,
    ],
    [
      'a certificate of a stranger over HTTP',
      () => sql(`${http}${tls(stranger.file)}`, byPassword),
      /is signed by nobody known here/,
    ],
    [
      'a path that nobody serves',
      () => sql(';transportMode=http;httpPath=elsewhere', byPassword),
      /answers with HTTP 404: post to \/cliservice\nhint: .*httpPath/,
    ],
  ])('%s', async (_, run, reason) => {
    const { code, stdout, stderr } = await run();
    expect(stderr).toMatch(reason);
    expect([stdout, code]).toEqual(['', 3]);
    for (const secret of [password, token, expiredToken]) expect(stderr).not.toContain(secret);
  });

  it('a token in the URL, or none at all', async () => {
    const shown = await sql(`;auth=jwt;jwt=${token}`, { env: {} });
    expect([shown.stdout, shown.code]).toEqual(['', 2]);
    expect(shown.stderr).toMatch(/a token in the URL can be seen by others/);
    expect(shown.stderr).not.toContain(token);
    const none = await sql(';auth=jwt', { env: {} });
    expect([none.stdout, none.code]).toEqual(['', 2]);
    expect(none.stderr).toMatch(/there is no token\nhint: .*JWT/);
  });
});
