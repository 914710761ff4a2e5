import type { BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { GatewayError, reasonOf } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';

export interface FollowedFileOptions<T> {
  readonly path: string;
  /** Whoever could write it could let himself in, so nobody may but its owner: the gateway's user or root. */
  readonly isGuarded: boolean;
  /** Throws an Error that says what is wrong, quoting nothing secret. */
  readonly parse: (text: string) => T;
  readonly log: Log;
}

const limitBytes = 16 * 1024 * 1024;

/** What a file says now. It is read again when it has changed; one that can't be used leaves what was there before. */
export class FollowedFile<T> {
  readonly #options: FollowedFileOptions<T>;
  #value: T;
  /** Of the version that was looked at last, whether it could be used or not. */
  #stamp: string;
  #look: Promise<void> | undefined;

  private constructor(options: FollowedFileOptions<T>, stamp: string, value: T) {
    this.#options = options;
    this.#stamp = stamp;
    this.#value = value;
  }

  /** Throws CONFIG_INVALID where the first version can't be used. */
  static async open<T>(options: FollowedFileOptions<T>): Promise<FollowedFile<T>> {
    const seen = await look(options, '');
    if (seen?.kind === 'usable') return new FollowedFile(options, seen.stamp, seen.value);
    throw new GatewayError(
      'CONFIG_INVALID',
      `cannot use ${options.path}: ${seen?.problem ?? 'nothing is known of it'}`,
    );
  }

  /** Whoever comes while the file is looked at waits for that look. */
  async current(): Promise<T> {
    this.#look ??= this.#refresh().finally(() => {
      this.#look = undefined;
    });
    await this.#look;
    return this.#value;
  }

  async #refresh(): Promise<void> {
    const { path, log } = this.#options;
    const seen = await look(this.#options, this.#stamp);
    if (seen === undefined) return;
    this.#stamp = seen.stamp;
    if (seen.kind === 'usable') {
      this.#value = seen.value;
      log.info({ file: path }, 'file read again');
    } else {
      log.warn({ file: path, problem: seen.problem }, 'changed file not taken over');
    }
  }
}

type Seen<T> =
  | { readonly kind: 'usable'; readonly stamp: string; readonly value: T }
  | { readonly kind: 'unusable'; readonly stamp: string; readonly problem: string };

/**
 * Looks and reads by one handle, so that what was looked at is what is read. A file that isn't there has a stamp, too.
 * Undefined where the stamp is the one that is known.
 */
async function look<T>(
  options: FollowedFileOptions<T>,
  known: string,
): Promise<Seen<T> | undefined> {
  let stamp = 'none';
  let file: FileHandle | undefined;
  try {
    file = await open(options.path, 'r');
    const facts = await file.stat({ bigint: true });
    stamp = [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
    if (stamp === known) return undefined;
    refuseUnsafe(facts, options.isGuarded);
    return { kind: 'usable', stamp, value: options.parse(await file.readFile('utf8')) };
  } catch (thrown) {
    if (stamp === known) return undefined;
    const problem = reasonOf(thrown);
    return { kind: 'unusable', stamp, problem };
  } finally {
    await file?.close();
  }
}

function refuseUnsafe(facts: BigIntStats, isGuarded: boolean): void {
  if (!facts.isFile()) throw new Error('it is no file');
  if (facts.size > limitBytes) throw new Error(`it is larger than ${limitBytes} bytes`);
  if (!isGuarded) return;
  const owner = Number(facts.uid);
  if (owner !== 0 && owner !== process.getuid?.()) {
    throw new Error(`it belongs to user ${owner}, neither root nor the user of the gateway`);
  }
  if ((facts.mode & 0o022n) !== 0n) {
    throw new Error('others than its owner may write it (chmod go-w)');
  }
}
