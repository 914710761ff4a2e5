import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { derContent, derObjectId, derTags, derValues, derWithin } from './der-reader.ts';
import type { DerValue } from './der-reader.ts';

const ids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
};

const digests = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

const ciphers = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyBytes: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyBytes: 24 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyBytes: 32 }],
]);

/** Magic numbers of Java's own two kinds of keystore. */
const javaKeystores: readonly number[] = [0xfeedfeed, 0xcececece];

const mostIterations = 10_000_000;
const integerTag = 0x02;

/**
 * All certificates of a PKCS12 truststore (RFC 7292), in DER; Node itself reads none that has no private key. The store's own
 * check sum is not looked at: the password only proves itself by what it deciphers. Throws where that is not possible.
 */
export function certificatesOfPkcs12(store: Buffer, password: string): Buffer[] {
  const [outer] = derValues(store);
  const parts = derWithin(outer === undefined ? [] : [outer], 0, derTags.sequence);
  const safe = derWithin(parts, 1, derTags.sequence);
  return listed(plainContent(safe, password)).flatMap((part) =>
    listed(plainContent(derValues(part.content), password)).flatMap(({ content }) =>
      certificateOf(derValues(content)),
    ),
  );
}

/** Whether it is a keystore of a kind that only Java reads. */
export function isJavaKeystore(bytes: Buffer): boolean {
  return bytes.length >= 4 && javaKeystores.includes(bytes.readUInt32BE(0));
}

/** What a ContentInfo holds, deciphered where it has to be. */
function plainContent(info: readonly DerValue[], password: string): Buffer {
  const inner = derWithin(info, 1, derTags.context0);
  const type = derObjectId(info, 0);
  if (type === ids.data) return derContent(inner, 0, derTags.octets);
  if (type !== ids.encryptedData)
    throw new RangeError('it is protected by other means than a password');
  const encrypted = derWithin(derWithin(inner, 0, derTags.sequence), 1, derTags.sequence);
  const bytes = encrypted[2]; // [0] IMPLICIT OCTET STRING
  if (bytes === undefined) throw new RangeError('not of the form: nothing is encrypted');
  return decipher(derWithin(encrypted, 1, derTags.sequence), bytes.content, password);
}

/** PBES2 (RFC 8018) with AES, which is what Java and OpenSSL write today. */
function decipher(algorithm: readonly DerValue[], bytes: Buffer, password: string): Buffer {
  if (derObjectId(algorithm, 0) !== ids.pbes2) {
    throw new RangeError('it is encrypted in an old way: make it anew with a newer keytool');
  }
  const settings = derWithin(algorithm, 1, derTags.sequence);
  const derivation = derWithin(settings, 0, derTags.sequence);
  const scheme = derWithin(settings, 1, derTags.sequence);
  const cipher = ciphers.get(derObjectId(scheme, 0));
  if (derObjectId(derivation, 0) !== ids.pbkdf2 || cipher === undefined) {
    throw new RangeError('it is encrypted in a way that is not known here');
  }
  const key = keyOf(derWithin(derivation, 1, derTags.sequence), password, cipher.keyBytes);
  const decipherer = createDecipheriv(cipher.name, key, derContent(scheme, 1, derTags.octets));
  try {
    return Buffer.concat([decipherer.update(bytes), decipherer.final()]);
  } catch (cause) {
    throw new RangeError('the password is wrong', { cause });
  }
}

function keyOf(settings: readonly DerValue[], password: string, bytes: number): Buffer {
  const salt = derContent(settings, 0, derTags.octets);
  const count = derContent(settings, 1, integerTag);
  const iterations = count.length <= 4 ? count.readUIntBE(0, count.length) : Infinity;
  if (iterations > mostIterations) throw new RangeError('it asks for too much work');
  const prf = settings.find(({ tag }) => tag === derTags.sequence);
  const digest = prf === undefined ? 'sha1' : digests.get(derObjectId(derValues(prf.content), 0));
  if (digest === undefined)
    throw new RangeError('its key is derived in a way that is not known here');
  return pbkdf2Sync(password, salt, iterations, bytes, digest);
}

function listed(content: Buffer): DerValue[] {
  return derWithin(derValues(content), 0, derTags.sequence);
}

/** None where the bag holds something else. */
function certificateOf(bag: readonly DerValue[]): Buffer[] {
  if (derObjectId(bag, 0) !== ids.certificateBag) return [];
  const value = derWithin(derWithin(bag, 1, derTags.context0), 0, derTags.sequence);
  if (derObjectId(value, 0) !== ids.x509) return [];
  return [derContent(derWithin(value, 1, derTags.context0), 0, derTags.octets)];
}
