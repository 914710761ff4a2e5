import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Two PEM files. */
export interface MadeCertificate {
  readonly certificate: string;
  readonly key: string;
}

const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Signs certificates of tests, each good for a day, with openssl. */
export class CertificateAuthority {
  /** PEM file with its own certificate. */
  readonly file: string;
  readonly #dir: string;
  readonly #key: string;
  #made = 0;

  constructor(dir: string, name: string) {
    this.#dir = join(dir, name);
    mkdirSync(this.#dir, { recursive: true });
    this.file = join(this.#dir, 'ca.pem');
    this.#key = join(this.#dir, 'ca.key');
    openssl(
      ...['req', '-x509', ...ecKey, '-subj', `/CN=${name}`, '-days', '1'],
      ...['-keyout', this.#key, '-out', this.file],
    );
  }

  /** For the server on this machine, or for a client of this subject, e.g. `/O=Torii/CN=alice`. */
  issue(subject = '/CN=localhost'): MadeCertificate {
    const name = join(this.#dir, String(++this.#made));
    const made = { certificate: `${name}.pem`, key: `${name}.key` };
    openssl(
      ...['req', '-x509', '-CA', this.file, '-CAkey', this.#key, ...ecKey, '-days', '1'],
      ...['-subj', subject, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-keyout', made.key, '-out', made.certificate],
    );
    return made;
  }
}

/** A certificate for this host that vouches for itself. */
export function selfSigned(dir: string, host: string): MadeCertificate {
  const made = { certificate: join(dir, 'self-signed.pem'), key: join(dir, 'self-signed.key') };
  openssl(
    ...['req', '-x509', ...ecKey, '-subj', '/CN=torii', '-days', '1'],
    ...['-addext', `subjectAltName=DNS:${host}`, '-keyout', made.key, '-out', made.certificate],
  );
  return made;
}

/** The certificate and its key as one PKCS12 keystore. */
export function toPkcs12(made: MadeCertificate, file: string, password: string): string {
  const env = { ...process.env, KEYSTORE_PASSWORD: password };
  const from = ['-inkey', made.key, '-in', made.certificate];
  const args = ['pkcs12', '-export', ...from, '-out', file, '-passout', 'env:KEYSTORE_PASSWORD'];
  execFileSync('openssl', args, { env, stdio: 'pipe' });
  return file;
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
