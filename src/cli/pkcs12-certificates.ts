import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { derContent, derInteger, derOid, derTag, derValues, derWithin } from './der-value.ts';
import type { DerValue } from './der-value.ts';

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
} as const;

const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

const ciphers: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
};

/** More would stop whoever opens a file that means harm. */
const mostIterations = 5_000_000;

/**
 * The certificates of a PKCS12 file (RFC 7292), in DER. Node reads such files only where they hold a key as well, which trust
 * stores do not. Read are those that Java and OpenSSL have written for years: PBES2 with AES, or not encrypted. Throws an Error
 * that says what is wrong.
 */
export function certificatesInPkcs12(file: Buffer, password: string): Buffer[] {
  const [version, authSafe] = derWithin(derValues(file)[0], derTag.sequence);
  if (derInteger(version) !== 3) throw new Error('it is no PKCS12 file of version 3');
  const contents = derValues(dataOf(authSafe))[0];
  return derWithin(contents, derTag.sequence).flatMap((content) => {
    const bags = bagsOf(content, password);
    return bags === undefined ? [] : certificatesIn(bags);
  });
}

/** A ContentInfo with plain data: what it holds. */
function dataOf(contentInfo: DerValue | undefined): Buffer {
  const [type, content] = derWithin(contentInfo, derTag.sequence);
  if (derOid(type) !== oids.data) throw new Error('it is signed in a way that is not read');
  return derContent(derWithin(content, derTag.explicit0)[0], derTag.octets);
}

/** Undefined for a kind of content that holds no certificate. */
function bagsOf(contentInfo: DerValue, password: string): Buffer | undefined {
  const [type, content] = derWithin(contentInfo, derTag.sequence);
  const kind = derOid(type);
  if (kind === oids.data) return dataOf(contentInfo);
  if (kind !== oids.encryptedData) return undefined;
  const [, info] = derWithin(derWithin(content, derTag.explicit0)[0], derTag.sequence);
  const [, algorithm, encrypted] = derWithin(info, derTag.sequence);
  return decrypted(algorithm, derContent(encrypted, derTag.implicit0), password);
}

function certificatesIn(bags: Buffer): Buffer[] {
  return derWithin(derValues(bags)[0], derTag.sequence).flatMap((bag) => {
    const [kind, value] = derWithin(bag, derTag.sequence);
    if (derOid(kind) !== oids.certificateBag) return [];
    const [type, content] = derWithin(derWithin(value, derTag.explicit0)[0], derTag.sequence);
    if (derOid(type) !== oids.x509) return [];
    return [derContent(derWithin(content, derTag.explicit0)[0], derTag.octets)];
  });
}

/** RFC 8018: a key from the password by PBKDF2, and AES with it. */
function decrypted(algorithm: DerValue | undefined, bytes: Buffer, password: string): Buffer {
  const [scheme, parameters] = derWithin(algorithm, derTag.sequence);
  const [derivation, encryption] =
    derOid(scheme) === oids.pbes2 ? derWithin(parameters, derTag.sequence) : [];
  const [function_, settings] = derivation ? derWithin(derivation, derTag.sequence) : [];
  const [cipherId, iv] = encryption ? derWithin(encryption, derTag.sequence) : [];
  const cipher = cipherId && ciphers[derOid(cipherId)];
  if (cipher === undefined || derOid(function_) !== oids.pbkdf2) throw new Error(oldEncryption);
  const [salt, iterations, ...others] = derWithin(settings, derTag.sequence);
  const rounds = derInteger(iterations);
  if (rounds > mostIterations) throw new Error(`it wants ${rounds} rounds for its key`);
  const hash = others.find(({ tag }) => tag === derTag.sequence);
  const hashName = hash ? hashes[derOid(derWithin(hash, derTag.sequence)[0])] : 'sha1';
  if (hashName === undefined) throw new Error(oldEncryption);
  const saltBytes = derContent(salt, derTag.octets);
  const key = pbkdf2Sync(password, saltBytes, rounds, cipher.keyBytes, hashName);
  const decipher = createDecipheriv(cipher.name, key, derContent(iv, derTag.octets));
  try {
    const plain = Buffer.concat([decipher.update(bytes), decipher.final()]);
    derWithin(derValues(plain)[0], derTag.sequence); // one wrong key in 256 ends as a right one does
    return plain;
  } catch (cause) {
    throw new Error('its password is wrong, or it is damaged', { cause });
  }
}

const oldEncryption =
  'it is encrypted in an old way; make it anew with Java 17 or OpenSSL 3, or in PEM';
