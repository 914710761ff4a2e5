import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { readSecret } from '../config/secret-reference.ts';
import type { Environment } from '../config/environment.ts';
import { GatewayError, reasonOf } from '../core/errors.ts';
import { certificatesOfPkcs12, isJavaKeystore } from '../core/pkcs12-certificates.ts';
import type { NamedFile, NamedSecret, TlsIdentity, TlsSources, TrustFile } from './tls-sources.ts';

/** What was read, found sound, and can be handed to Node's TLS. Never to be logged: it holds the private key. */
export interface TlsMaterial {
  readonly options: Pick<SecureContextOptions, 'cert' | 'key' | 'pfx' | 'passphrase' | 'ca'>;
  /** This end's own certificate; undefined where it comes from a keystore, which is not looked into. */
  readonly certificate: CertificateFacts | undefined;
}

export interface CertificateFacts {
  readonly subject: string;
  /** As the certificate writes it. */
  readonly validTo: string;
  /** SHA-256. */
  readonly fingerprint: string;
}

/** Reads and checks everything. Throws CONFIG_INVALID, naming setting and file, for what can not be used. */
export async function readTlsMaterial(
  sources: TlsSources,
  environment: Environment,
): Promise<TlsMaterial> {
  const own = await readIdentity(sources.identity, environment);
  if (sources.peerCa === undefined) return own;
  const ca = await readTrusted(sources.peerCa, environment);
  return { ...own, options: { ...own.options, ca } };
}

async function readTrusted(file: TrustFile, environment: Environment): Promise<Buffer | string[]> {
  const bytes = await read(file);
  if (isPem(bytes)) {
    certificatesIn(bytes, file);
    return bytes;
  }
  refuseJavaKeystore(bytes, file);
  const password =
    file.password === undefined ? '' : await readPassword(file.password, environment);
  return trustedIn(bytes, password, file);
}

function trustedIn(bytes: Buffer, password: string, file: NamedFile): string[] {
  try {
    const found = certificatesOfPkcs12(bytes, password);
    if (found.length > 0) return found.map((der) => new X509Certificate(der).toString());
  } catch (cause) {
    throw unusable(file, `can not be read as a PKCS12 truststore: ${reasonOf(cause)}`, {
      cause,
      hint: 'Check its password, or give the certificates in PEM.',
    });
  }
  throw unusable(file, 'holds no certificate');
}

async function readIdentity(
  identity: TlsIdentity | undefined,
  environment: Environment,
): Promise<TlsMaterial> {
  if (identity === undefined) return { options: {}, certificate: undefined };
  const passphrase =
    identity.password === undefined
      ? undefined
      : await readPassword(identity.password, environment);
  if (identity.kind === 'keystore') return await readKeystore(identity.keystore, passphrase);
  if (identity.kind === 'pem')
    return await readPem(identity.certificate, identity.privateKey, passphrase);
  const { file } = identity;
  return isPem(await read(file))
    ? await readPem(file, file, passphrase)
    : await readKeystore(file, passphrase);
}

async function readPem(
  certificate: NamedFile,
  privateKey: NamedFile,
  passphrase: string | undefined,
): Promise<TlsMaterial> {
  const [cert, key] = await Promise.all([read(certificate), read(privateKey)]);
  const [leaf] = certificatesIn(cert, certificate);
  const parsed = parseKey(key, privateKey, passphrase);
  if (!leaf.checkPrivateKey(parsed)) {
    throw unusable(privateKey, `is not the key of the certificate in ${certificate.path}`);
  }
  return {
    options: { cert, key, ...(passphrase === undefined ? {} : { passphrase }) },
    certificate: {
      subject: leaf.subject.replaceAll('\n', ', '),
      validTo: leaf.validTo,
      fingerprint: leaf.fingerprint256,
    },
  };
}

async function readKeystore(
  keystore: NamedFile,
  passphrase: string | undefined,
): Promise<TlsMaterial> {
  const pfx = await read(keystore);
  refuseJavaKeystore(pfx, keystore);
  const options = { pfx, ...(passphrase === undefined ? {} : { passphrase }) };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw unusable(keystore, `can not be read as PKCS12: ${reasonOf(cause)}`, {
      cause,
      hint: 'Check its password; one that an old Java or OpenSSL made, with RC2, has to be made anew.',
    });
  }
  return { options, certificate: undefined };
}

function refuseJavaKeystore(bytes: Buffer, file: NamedFile): void {
  if (!isJavaKeystore(bytes)) return;
  throw unusable(file, 'is a keystore of the type JKS, which only Java reads', {
    hint: `Convert it: keytool -importkeystore -srckeystore ${file.path} -destkeystore gateway.p12 -deststoretype PKCS12`,
  });
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN ');
}

/** Every certificate of a PEM file, of which there is one at least. */
function certificatesIn(pem: Buffer, file: NamedFile): [X509Certificate, ...X509Certificate[]] {
  const text = pem.toString('latin1');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length !== text.split('-----BEGIN CERTIFICATE-----').length - 1) {
    throw unusable(file, 'is cut off within a certificate');
  }
  try {
    const [first, ...others] = blocks.map((block) => new X509Certificate(block));
    if (first !== undefined) return [first, ...others];
  } catch (cause) {
    throw unusable(file, `holds a certificate that can not be read: ${reasonOf(cause)}`, { cause });
  }
  throw unusable(file, 'holds no certificate in PEM');
}

function parseKey(pem: Buffer, file: NamedFile, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    throw unusable(file, `holds no private key that can be read: ${reasonOf(cause)}`, {
      cause,
      hint: 'It has to be in PEM and, if it is encrypted, its password has to be set.',
    });
  }
}

async function readPassword(password: NamedSecret, environment: Environment): Promise<string> {
  try {
    return await readSecret(password.at, environment);
  } catch (cause) {
    throw new GatewayError('CONFIG_INVALID', `${password.key}: ${reasonOf(cause)}`, { cause });
  }
}

async function read(file: NamedFile): Promise<Buffer> {
  try {
    return await readFile(file.path);
  } catch (cause) {
    throw unusable(file, `can not be read: ${reasonOf(cause)}`, { cause });
  }
}

/** `problem` may quote Node and OpenSSL: they name what is wrong with the form of a file, never what it holds. */
function unusable(
  file: NamedFile,
  problem: string,
  details: { readonly cause?: unknown; readonly hint?: string } = {},
): GatewayError {
  return new GatewayError('CONFIG_INVALID', `${file.key}: ${file.path} ${problem}`, details);
}
