import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { startFrontendTls } from '../../../src/tls/frontend-tls.ts';
import type { ServerTls } from '../../../src/tls/server-tls.ts';
import { CertificateAuthority, toPkcs12 } from '../../support/certificates.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newSecret } from '../../support/secrets.ts';

const password = newSecret();

let dir: string;
let authority: CertificateAuthority;
let own: MadeCertificate;
let keystore: string;

beforeAll(() => {
  dir = makeTempDir('certificates');
  authority = new CertificateAuthority(dir, 'authority');
  own = authority.issue();
  keystore = toPkcs12(own, join(dir, 'own.p12'), password);
});

afterAll(() => removeTempDir(dir));

const pem = (): Record<string, string> => ({
  'torii.frontend.ssl.certificate.file': own.certificate,
  'torii.frontend.ssl.key.file': own.key,
});

const pkcs12 = (at = keystore): Record<string, string> => ({
  'kyuubi.frontend.ssl.keystore.path': at,
  'kyuubi.frontend.ssl.keystore.password': password,
});

async function start(
  conf: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly tls: ServerTls | undefined; readonly lines: string[] }> {
  const all = { 'kyuubi.frontend.thrift.binary.ssl.enabled': 'true', ...conf };
  const { config } = loadConfig({
    environment,
    currentDir: dir,
    confArguments: Object.entries(all).map(([key, value]) => `${key}=${value}`),
  });
  const { log, lines } = collectedLog();
  const tls = await startFrontendTls(config.frontendTls, environment, log);
  tls?.stop();
  return { tls, lines };
}

/** What the start is stopped by, with its hint; never the password. */
async function refusal(
  conf: Readonly<Record<string, string>>,
  environment?: Readonly<Record<string, string>>,
): Promise<string> {
  const thrown: unknown = await start(conf, environment).catch((error: unknown) => error);
  if (!(thrown instanceof GatewayError)) throw new Error('not refused');
  expect(thrown.code).toBe('CONFIG_INVALID');
  const text = `${thrown.message} ${thrown.hint ?? ''}`;
  expect(text).not.toContain(password);
  return text;
}

function written(name: string, text: string | Buffer): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
}

describe('the certificate of the doors', () => {
  it('is read from PEM files, and told of without its key', async () => {
    const { tls, lines } = await start(pem());
    expect(tls?.contextOptions).toMatchObject({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' });
    expect(lines.join('')).toMatch(/TLS certificate in use/);
    expect(lines.join('')).toContain('CN=localhost');
    expect(lines.join('')).not.toContain('PRIVATE KEY');
  });

  it.each<[what: string, reference: () => string]>([
    ['the setting', () => password],
    ['a file', () => `\${file:${written('password', `${password}\n`)}}`],
    ['a variable', () => '${env:KEYSTORE_PASSWORD}'],
  ])('is read from a keystore with the password in %s', async (_, reference) => {
    const settings = { ...pkcs12(), 'kyuubi.frontend.ssl.keystore.password': reference() };
    const { tls, lines } = await start(settings, { KEYSTORE_PASSWORD: password });
    expect(tls?.contextOptions.passphrase).toBe(password);
    expect(lines.join('')).not.toContain(password);
  });

  it('is read from a keystore that keytool made', async () => {
    const made = join(dir, 'keytool.p12');
    keytool('PKCS12', made);
    expect((await start(pkcs12(made))).tls?.contextOptions.pfx).toEqual(readFileSync(made));
  });

  it('may have an encrypted key', async () => {
    const key = join(dir, 'encrypted.key');
    const args = ['pkcs8', '-topk8', '-in', own.key, '-out', key, '-passout', 'env:KEY_PASSWORD'];
    const env = { ...process.env, KEY_PASSWORD: password };
    execFileSync('openssl', args, { env, stdio: 'pipe' });
    const settings = { ...pem(), 'torii.frontend.ssl.key.file': key };
    expect(await refusal(settings)).toMatch(
      /ssl\.key\.file: .*encrypted\.key holds no private key/,
    );
    const { tls } = await start({ ...settings, 'torii.frontend.ssl.key.password': password });
    expect(tls).toBeDefined();
  });

  it('is not looked for where TLS is off', async () => {
    const { tls } = await start({ 'kyuubi.frontend.thrift.binary.ssl.enabled': 'false' });
    expect(tls).toBeUndefined();
  });
});

describe('the start is stopped by', () => {
  it('no certificate, half of one, or two', async () => {
    expect(await refusal({})).toMatch(/certificate is not set.*keystore\.path alone/);
    const half = { 'torii.frontend.ssl.key.file': own.key };
    expect(await refusal(half)).toContain('set by half, or twice');
    expect(await refusal({ ...pem(), ...pkcs12() })).toContain('set by half, or twice');
  });

  it('files that can not be used, by their key and name', async () => {
    const cut = written('cut.pem', readFileSync(own.certificate));
    truncateSync(cut, 300);
    const noBase64 = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const wrong: [key: string, file: string, problem: RegExp][] = [
      ['certificate.file', join(dir, 'none.pem'), /none\.pem can not be read: ENOENT/],
      ['certificate.file', own.key, /holds no certificate/],
      ['certificate.file', cut, /cut\.pem is cut off/],
      [
        'certificate.file',
        written('bad.pem', noBase64),
        /bad\.pem holds a certificate that can not/,
      ],
      ['key.file', own.certificate, /holds no private key that can be read/],
      ['key.file', authority.issue().key, /is not the key of the certificate in /],
    ];
    for (const [key, file, problem] of wrong) {
      const text = await refusal({ ...pem(), [`torii.frontend.ssl.${key}`]: file });
      expect(text).toContain(`torii.frontend.ssl.${key}: ${file}`);
      expect(text).toMatch(problem);
    }
  });

  it('a keystore that can not be used', async () => {
    const wrong = { ...pkcs12(), 'kyuubi.frontend.ssl.keystore.password': newSecret() };
    expect(await refusal(wrong)).toMatch(/own\.p12 can not be read as PKCS12.*Check its password/);
    expect(await refusal(pkcs12(own.certificate))).toMatch(/can not be read as PKCS12/);
    const reference = { ...pkcs12(), 'kyuubi.frontend.ssl.keystore.password': '${env:NONE}' };
    expect(await refusal(reference)).toMatch(/keystore\.password: the variable NONE is not set/);
  });

  it('a keystore of Java’s own kind, with the way out of it', async () => {
    const made = join(dir, 'own.jks');
    keytool('JKS', made);
    expect(await refusal(pkcs12(made))).toMatch(
      /own\.jks is a keystore of the type JKS.* keytool -importkeystore -srckeystore .*own\.jks/,
    );
  });

  it.each<[what: string, conf: Record<string, string>, problem: RegExp]>([
    ['none of whom to trust', { auth: 'NEED' }, /auth = NEED, but .*client\.ca\.file is not set/],
    [
      'plain clients beside them',
      { auth: 'NEED', plain: 'true' },
      /lets clients in that can have none/,
    ],
    ['TLS off', { auth: 'WANT', ssl: 'false' }, /auth = WANT, but .*ssl\.enabled is off/],
    ['nobody asked for them', { user: 'CN' }, /client\.user is set, but .*auth = NONE/],
  ])('certificates of clients with %s', async (_, { auth, plain, ssl, user }, problem) => {
    const settings = {
      ...pem(),
      ...(auth === undefined ? {} : { 'torii.frontend.ssl.client.auth': auth }),
      ...(user === undefined ? {} : { 'torii.frontend.ssl.client.user': user }),
      'torii.frontend.thrift.binary.ssl.plain.allowed': plain ?? 'false',
      'kyuubi.frontend.thrift.binary.ssl.enabled': ssl ?? 'true',
    };
    expect(await refusal(settings)).toMatch(problem);
  });

  it('cipher suites of no version that is spoken', async () => {
    const settings = (suite: string, version: string): Record<string, string> => ({
      ...pem(),
      'kyuubi.frontend.thrift.binary.ssl.include.ciphersuites': suite,
      'kyuubi.frontend.thrift.binary.ssl.disallowed.protocols': version,
    });
    for (const [suite, version] of [
      ['TLS_AES_256_GCM_SHA384', 'TLSv1.3'],
      ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2'],
    ] as const) {
      expect(await refusal(settings(suite, version))).toContain('has no cipher suite of a version');
    }
    expect((await start(settings('TLS_AES_256_GCM_SHA384', 'TLSv1.2'))).tls).toBeDefined();
  });

  it('certificates of clients beside a keystore, which would be trusted to sign them', async () => {
    const settings = {
      ...pkcs12(),
      'torii.frontend.ssl.client.auth': 'NEED',
      'torii.frontend.ssl.client.ca.file': authority.file,
    };
    expect(await refusal(settings)).toMatch(/comes from kyuubi\.frontend\.ssl\.keystore\.path/);
  });
});

function keytool(type: 'JKS' | 'PKCS12', file: string): void {
  const name = ['-alias', 'gateway', '-dname', 'CN=localhost', '-keyalg', 'EC'];
  const store = ['-keystore', file, '-storetype', type, '-storepass:env', 'STORE_PASSWORD'];
  const key = type === 'JKS' ? ['-keypass:env', 'STORE_PASSWORD'] : [];
  const env = { ...process.env, STORE_PASSWORD: password };
  execFileSync('keytool', ['-genkeypair', ...name, ...store, ...key], { env, stdio: 'pipe' });
}
