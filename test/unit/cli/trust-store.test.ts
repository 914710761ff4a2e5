import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTrustStore } from '../../../src/cli/trust-store.ts';
import { CertificateAuthority, toPkcs12 } from '../../support/certificates.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const password = 'Kofferwort ü';

let dir: string;
let one: CertificateAuthority;
let other: CertificateAuthority;

beforeAll(() => {
  dir = makeTempDir('trust-store');
  one = new CertificateAuthority(dir, 'one');
  other = new CertificateAuthority(dir, 'other');
});

afterAll(() => removeTempDir(dir));

const fingerprintOf = (pem: string | Buffer): string => new X509Certificate(pem).fingerprint256;

const fingerprintsIn = async (path: string, given = password): Promise<string[]> =>
  (await readTrustStore(path, given)).map(fingerprintOf);

/** Both authorities' certificates, as OpenSSL writes them. */
function trustedBoth(name: string, ...more: readonly string[]): string {
  const both = join(dir, 'both.pem');
  writeFileSync(both, Buffer.concat([readFileSync(one.file), readFileSync(other.file)]));
  const file = join(dir, name);
  const args = ['pkcs12', '-export', '-nokeys', '-in', both, '-out', file, '-passout', 'env:P'];
  execFileSync('openssl', [...args, ...more], {
    env: { ...process.env, P: password },
    stdio: 'pipe',
  });
  return file;
}

const bothFingerprints = (): string[] =>
  [one, other].map(({ file }) => fingerprintOf(readFileSync(file)));

test.each([
  ['AES-256', []],
  ['AES-128 and SHA-1', ['-certpbe', 'AES-128-CBC', '-macalg', 'sha1']],
  ['no encryption', ['-certpbe', 'NONE']],
])('a PKCS12 file with %s gives all its certificates', async (name, options) => {
  expect(await fingerprintsIn(trustedBoth(`${name}.p12`, ...options))).toEqual(bothFingerprints());
});

test('a PKCS12 file with a key gives its certificate', async () => {
  const made = one.issue();
  const file = toPkcs12(made, join(dir, 'with-key.p12'), password);
  expect(await fingerprintsIn(file)).toEqual([fingerprintOf(readFileSync(made.certificate))]);
});

test('a PEM file gives all its certificates, whatever stands between', async () => {
  const file = join(dir, 'noted.pem');
  const texts = [one, other].map((authority) => readFileSync(authority.file, 'utf8'));
  writeFileSync(file, `the first:\n${texts.join('\nthe second:\n')}`);
  expect(await fingerprintsIn(file, '')).toEqual(bothFingerprints());
});

test('what cannot be used is refused with file and reason, without the password', async () => {
  const good = trustedBoth('good.p12');
  const cases: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), /holds no certificate/],
    ['jks', Buffer.from('feedfeed00000002', 'hex'), /type JKS/],
    ['cut-off', readFileSync(good).subarray(0, 300), /cut off/],
    ['key', readFileSync(one.issue().key), /holds no certificate/],
    ['endless', Buffer.from('3080', 'hex'), /not DER: a length/],
  ];
  for (const [name, bytes, reason] of cases) {
    const file = join(dir, name);
    writeFileSync(file, bytes);
    await expect(readTrustStore(file, password)).rejects.toMatchObject({
      fault: 'usage',
      message: expect.stringMatching(reason),
    });
    await expect(readTrustStore(file, password)).rejects.toThrow(file);
  }
  const old = trustedBoth('old.p12', '-certpbe', 'PBE-SHA1-3DES');
  await expect(readTrustStore(old, password)).rejects.toThrow('encrypted in an old way');
  await expect(readTrustStore(good, 'sesame')).rejects.toThrow(/^(?!.*sesame).*password is wrong/);
  await expect(readTrustStore(join(dir, 'nowhere'), '')).rejects.toThrow('cannot be read');
});
