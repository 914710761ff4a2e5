import { frontendTlsEntries as keys } from '../config/entries/frontend-tls.ts';
import type { FrontendTlsConfig } from '../config/gateway-config.ts';
import { parseSecretReference } from '../config/secret-reference.ts';
import type { SecretReference } from '../config/secret-reference.ts';
import { GatewayError } from '../core/errors.ts';

/** A file, and the setting that names it. */
export interface NamedFile {
  readonly key: string;
  readonly path: string;
}

/** A password, and the setting that holds it or says where it is. */
export interface NamedSecret {
  readonly key: string;
  readonly at: SecretReference;
}

/** Where this end's certificate and its private key are. */
export type TlsIdentity =
  | {
      readonly kind: 'pem';
      readonly certificate: NamedFile;
      readonly privateKey: NamedFile;
      readonly password: NamedSecret | undefined;
    }
  | {
      readonly kind: 'keystore';
      readonly keystore: NamedFile;
      readonly password: NamedSecret | undefined;
    }
  /** One file with both: PEM or PKCS12, which its beginning tells. */
  | { readonly kind: 'any'; readonly file: NamedFile; readonly password: NamedSecret | undefined };

/** Certificates to be trusted: in PEM, or in a PKCS12 truststore, which has a password. */
export interface TrustFile extends NamedFile {
  readonly password?: NamedSecret | undefined;
}

export interface TlsSources {
  /** Undefined for a client that shows none. */
  readonly identity: TlsIdentity | undefined;
  /** Who may sign certificates of the other end; undefined where none are asked for. */
  readonly peerCa: TrustFile | undefined;
}

/** All files that these come from. */
export function filesOf({ identity, peerCa }: TlsSources): readonly string[] {
  const all = [...identityFiles(identity), ...(peerCa === undefined ? [] : [peerCa])];
  return all.map((file) => file.path);
}

function identityFiles(identity: TlsIdentity | undefined): readonly NamedFile[] {
  switch (identity?.kind) {
    case undefined:
      return [];
    case 'pem':
      return [identity.certificate, identity.privateKey];
    case 'keystore':
      return [identity.keystore];
    case 'any':
      return [identity.file];
  }
}

/** What the doors are to be secured with. Throws CONFIG_INVALID where that is not said, or said twice. */
export function frontendTlsSources(config: FrontendTlsConfig): TlsSources {
  const identity = identityOf(config);
  const asked = `${keys.clientAuth.key} = ${config.clientAuth}`;
  if (config.clientAuth === 'NONE') {
    if (config.clientUser === undefined) return { identity, peerCa: undefined };
    throw new GatewayError('CONFIG_INVALID', `${keys.clientUser.key} is set, but ${asked}`);
  }
  if (config.clientAuth === 'NEED' && config.allowsPlain) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${asked}, but ${keys.allowsPlain.key} lets clients in that can have none`,
    );
  }
  if (config.clientCaFile === undefined) {
    throw new GatewayError('CONFIG_INVALID', `${asked}, but ${keys.clientCaFile.key} is not set`);
  }
  if (identity.kind === 'keystore') {
    // What else a keystore holds would be trusted to sign certificates of clients.
    throw new GatewayError(
      'CONFIG_INVALID',
      `${asked}, but the gateway's own certificate comes from ${keys.keystorePath.key}`,
      { hint: `Write it to PEM files with openssl pkcs12, and set ${keys.certificateFile.key}.` },
    );
  }
  return { identity, peerCa: namedFile(keys.clientCaFile.key, config.clientCaFile) };
}

function identityOf(config: FrontendTlsConfig): TlsIdentity {
  const { certificateFile, keyFile, keystorePath } = config;
  if (certificateFile !== undefined && keyFile !== undefined && keystorePath === undefined) {
    return {
      kind: 'pem',
      certificate: namedFile(keys.certificateFile.key, certificateFile),
      privateKey: namedFile(keys.keyFile.key, keyFile),
      password: namedSecret(keys.keyPassword.key, config.keyPassword),
    };
  }
  if (certificateFile === undefined && keyFile === undefined && keystorePath !== undefined) {
    return {
      kind: 'keystore',
      keystore: namedFile(keys.keystorePath.key, keystorePath),
      password: namedSecret(keys.keystorePassword.key, config.keystorePassword),
    };
  }
  const isNothingSet =
    certificateFile === undefined && keyFile === undefined && keystorePath === undefined;
  throw new GatewayError(
    'CONFIG_INVALID',
    `TLS is on, and its certificate is ${isNothingSet ? 'not set' : 'set by half, or twice'}`,
    {
      hint: `Set ${keys.certificateFile.key} and ${keys.keyFile.key}, or ${keys.keystorePath.key} alone.`,
    },
  );
}

export function namedFile(key: string, path: string): NamedFile {
  return { key, path };
}

export function namedSecret(key: string, text: string | undefined): NamedSecret | undefined {
  return text === undefined ? undefined : { key, at: parseSecretReference(text) };
}
