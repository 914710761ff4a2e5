import { stat } from 'node:fs/promises';
import type { Environment } from '../config/environment.ts';
import { toGatewayError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { readTlsMaterial } from './tls-material.ts';
import type { TlsMaterial } from './tls-material.ts';
import { filesOf } from './tls-sources.ts';
import type { TlsSources } from './tls-sources.ts';

export interface FollowedMaterialOptions {
  readonly sources: TlsSources;
  /** How often the files are looked at. */
  readonly reloadMs: number;
  readonly environment: Environment;
  readonly log: Log;
}

/** Certificates and keys of files: read at the start, and again whenever a file of them changes. */
export class FollowedMaterial {
  readonly #options: FollowedMaterialOptions;
  readonly #files: readonly string[];
  #material: TlsMaterial | undefined;
  #onReplaced: () => void = () => {};
  /** State of the files at the last reading, whatever became of it. */
  #seen = '';
  #isReloading = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FollowedMaterialOptions) {
    this.#options = options;
    this.#files = filesOf(options.sources);
  }

  /** Throws CONFIG_INVALID, naming setting and file, for what can not be used. */
  async start(): Promise<void> {
    await this.#read(await this.#fileState());
    this.#timer = setInterval(() => void this.reload(), this.#options.reloadMs);
  }

  get options(): TlsMaterial['options'] {
    if (this.#material === undefined) throw new Error('TLS that was not started');
    return this.#material.options;
  }

  onReplaced(listener: () => void): void {
    this.#onReplaced = listener;
  }

  /** Looks at the files. What has changed and can be used is taken; else what is in use stays. Never throws. */
  async reload(): Promise<void> {
    if (this.#isReloading) return;
    this.#isReloading = true;
    try {
      const state = await this.#fileState();
      if (state === this.#seen) return;
      await this.#read(state);
      this.#onReplaced();
    } catch (thrown) {
      const err = toGatewayError(thrown);
      this.#options.log.warn({ err }, 'TLS certificate not replaced: the one in use stays');
    } finally {
      this.#isReloading = false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The state was looked up before the files are read: what changes meanwhile is read again the next time. */
  async #read(state: string): Promise<void> {
    this.#seen = state;
    this.#material = await readTlsMaterial(this.#options.sources, this.#options.environment);
    const { certificate } = this.#material;
    this.#options.log.info(
      { files: this.#files, ...(certificate === undefined ? {} : { certificate }) },
      'TLS certificate in use',
    );
  }

  async #fileState(): Promise<string> {
    const states = await Promise.all(
      this.#files.map((path) =>
        stat(path, { bigint: true }).then(
          ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
          () => 'missing',
        ),
      ),
    );
    return states.join(', ');
  }
}
