import type { SecureContextOptions, Server } from 'node:tls';
import type { TlsVersions } from '../config/tls-versions.ts';
import { FollowedMaterial } from './followed-material.ts';
import type { FollowedMaterialOptions } from './followed-material.ts';

export interface ServerTlsOptions extends FollowedMaterialOptions {
  readonly versions: TlsVersions;
  /** OpenSSL's names; empty for Node's own choice. */
  readonly cipherSuites: readonly string[];
}

/** The certificate of a door: read at the start, and again whenever a file of it changes. */
export class ServerTls {
  readonly #options: ServerTlsOptions;
  readonly #material: FollowedMaterial;
  readonly #servers = new Set<Server>();

  constructor(options: ServerTlsOptions) {
    this.#options = options;
    this.#material = new FollowedMaterial(options);
    this.#material.onReplaced(() => {
      for (const server of this.#servers) server.setSecureContext(this.contextOptions);
    });
  }

  /** Throws CONFIG_INVALID, naming setting and file, for what can not be used. */
  start(): Promise<void> {
    return this.#material.start();
  }

  /** What a server of Node's is made with. */
  get contextOptions(): SecureContextOptions {
    const { versions, cipherSuites } = this.#options;
    return {
      ...this.#material.options,
      minVersion: versions.min,
      maxVersion: versions.max,
      ...(cipherSuites.length === 0 ? {} : { ciphers: cipherSuites.join(':') }),
    };
  }

  /** The server's next handshakes have the new certificate once there is one; those that were made go on. */
  keepCurrent(server: Server): void {
    this.#servers.add(server);
  }

  /** Looks at the files. What has changed and can be used is taken; else what is in use stays. Never throws. */
  reload(): Promise<void> {
    return this.#material.reload();
  }

  stop(): void {
    this.#material.stop();
    this.#servers.clear();
  }
}
