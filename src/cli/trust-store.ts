import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { reasonOf } from '../core/errors.ts';
import { certificatesOfPkcs12, isJavaKeystore } from '../core/pkcs12-certificates.ts';
import { CliError } from './cli-error.ts';

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM or PKCS12 file, in PEM. Throws a `CliError` that names the file, never the password. */
export async function readTrustStore(path: string, password: string): Promise<readonly string[]> {
  const problem = (text: string, cause?: unknown, hint?: string): CliError =>
    new CliError('usage', `sslTrustStore: ${path} ${text}`, { cause, hint });
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw problem(`cannot be read: ${reason}`, cause);
  }
  if (isJavaKeystore(bytes)) {
    throw problem(
      'is a keystore of the type JKS, which only Java reads',
      undefined,
      `convert it: keytool -importkeystore -srckeystore ${path} -destkeystore trust.p12 -deststoretype PKCS12`,
    );
  }
  let certificates: readonly string[];
  try {
    certificates =
      bytes[0] === 0x30
        ? certificatesOfPkcs12(bytes, password).map((der) => new X509Certificate(der).toString())
        : (bytes.toString('latin1').match(pemBlock) ?? []).map((text) =>
            new X509Certificate(text).toString(),
          );
  } catch (cause) {
    const reason = reasonOf(cause);
    throw problem(
      `cannot be read: ${reason}`,
      cause,
      'check TORII_TRUST_STORE_PASSWORD, or trustStorePassword in the URL',
    );
  }
  if (certificates.length === 0) {
    throw problem('holds no certificate', undefined, 'name a file in PEM or PKCS12');
  }
  return certificates;
}
