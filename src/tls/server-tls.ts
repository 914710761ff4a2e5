import { stat } from 'node:fs/promises';
import type { SecureContextOptions, Server } from 'node:tls';
import type { Environment } from '../config/environment.ts';
import type { TlsVersions } from '../config/tls-versions.ts';
import { toGatewayError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { readTlsMaterial } from './tls-material.ts';
import type { TlsMaterial } from './tls-material.ts';
import type { TlsSources } from './tls-sources.ts';

export interface ServerTlsOptions {
  readonly sources: TlsSources;
  readonly versions: TlsVersions;
  /** OpenSSL's names; empty for Node's own choice. */
  readonly cipherSuites: readonly string[];
  /** How often the files are looked at. */
  readonly reloadMs: number;
  readonly environment: Environment;
  readonly log: Log;
}

/** The certificate of a door: read at the start, and again whenever a file of it changes. */
export class ServerTls {
  readonly #options: ServerTlsOptions;
  readonly #servers = new Set<Server>();
  #material: TlsMaterial | undefined;
  /** State of the files at the last reading, whatever became of it. */
  #seen = '';
  #isReloading = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ServerTlsOptions) {
    this.#options = options;
  }

  /** Throws CONFIG_INVALID, naming setting and file, for what can not be used. */
  async start(): Promise<void> {
    await this.#read(await this.#fileState());
    this.#timer = setInterval(() => void this.reload(), this.#options.reloadMs);
  }

  /** What a server of Node's is made with. */
  get contextOptions(): SecureContextOptions {
    const { versions, cipherSuites } = this.#options;
    if (this.#material === undefined) throw new Error('TLS that was not started');
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
  async reload(): Promise<void> {
    if (this.#isReloading) return;
    this.#isReloading = true;
    try {
      const state = await this.#fileState();
      if (state === this.#seen) return;
      await this.#read(state);
      for (const server of this.#servers) server.setSecureContext(this.contextOptions);
    } catch (thrown) {
      const err = toGatewayError(thrown);
      this.#options.log.warn({ err }, 'TLS certificate not replaced: the one in use stays');
    } finally {
      this.#isReloading = false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#servers.clear();
  }

  /** The state was looked up before the files are read: what changes meanwhile is read again the next time. */
  async #read(state: string): Promise<void> {
    this.#seen = state;
    this.#material = await readTlsMaterial(this.#options.sources, this.#options.environment);
    const { certificate } = this.#material;
    this.#options.log.info(
      { files: this.#files(), ...(certificate === undefined ? {} : { certificate }) },
      'TLS certificate in use',
    );
  }

  async #fileState(): Promise<string> {
    const states = await Promise.all(
      this.#files().map((path) =>
        stat(path, { bigint: true }).then(
          ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
          () => 'missing',
        ),
      ),
    );
    return states.join(', ');
  }

  #files(): readonly string[] {
    const { identity, peerCa } = this.#options.sources;
    const own =
      identity.kind === 'pem' ? [identity.certificate, identity.privateKey] : [identity.keystore];
    const all = peerCa === undefined ? own : [...own, peerCa];
    return all.map((file) => file.path);
  }
}
