import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificateFacts {
  /** As OpenSSL writes them; those of this machine unless given. */
  readonly names?: string;
  readonly isExpired?: boolean;
}

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
  issue(subject = '/CN=localhost', facts: CertificateFacts = {}): MadeCertificate {
    const name = join(this.#dir, String(++this.#made));
    const made = { certificate: `${name}.pem`, key: `${name}.key` };
    const names = `subjectAltName=${facts.names ?? 'DNS:localhost,IP:127.0.0.1'}`;
    writeFileSync(`${name}.ext`, `${names}\nbasicConstraints=critical,CA:FALSE\n`);
    openssl('req', ...ecKey, '-subj', subject, '-keyout', made.key, '-out', `${name}.csr`);
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', this.file, '-CAkey', this.#key],
      ...['-CAcreateserial', '-days', facts.isExpired === true ? '-1' : '1'],
      ...['-extfile', `${name}.ext`, '-out', made.certificate],
    );
    return made;
  }
}

/** What a server on this machine and its clients need, as PEM texts. */
export interface TlsTexts {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export function tlsTexts(dir: string): TlsTexts {
  const authority = new CertificateAuthority(dir, 'authority');
  const { certificate, key } = authority.issue();
  return {
    ca: readFileSync(authority.file),
    cert: readFileSync(certificate),
    key: readFileSync(key),
  };
}

/** The certificate and its key as one PEM file. */
export function toPem(made: MadeCertificate, file: string): string {
  writeFileSync(file, readFileSync(made.certificate, 'utf8') + readFileSync(made.key, 'utf8'));
  return file;
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

/** The authority's certificate as Java wants it. */
export function toTrustStore({ file }: CertificateAuthority, password: string): string {
  const store = `${file}.jks`;
  const args = ['-importcert', '-noprompt', '-alias', 'ca', '-file', file, '-keystore', store];
  const env = { ...process.env, STORE_PASSWORD: password };
  execFileSync('keytool', [...args, '-storepass:env', 'STORE_PASSWORD'], { env, stdio: 'pipe' });
  return store;
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
