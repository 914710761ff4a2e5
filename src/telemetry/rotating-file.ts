import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { GatewayError, reasonOf } from '../core/errors.ts';
import type { Log } from './log.ts';

export interface RotatingFileOptions {
  readonly path: string;
  /** A file is put aside before it grows beyond this. One line may be longer. */
  readonly maxBytes: number;
  /** Files that were put aside and are kept. */
  readonly kept: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Lines that wait for a disk that takes none; beyond it the newest are lost, and counted. */
const longestQueueBytes = 16 * 1024 * 1024;
/** Written at once at most. */
const longestPieceBytes = 256 * 1024;
/** How long a disk that took nothing is left alone. */
const retryAfterMs = 1000;

/**
 * Lines in a file, which is put aside as `.1`, `.2` and so on by its size. `write` only queues; what the disk does not take is
 * kept and tried again. Whoever reads the file sees whole lines, but for the very last one.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #stopping = new AbortController();
  #file: FileHandle | undefined;
  #fileBytes = 0;
  /** Size at which the file is put aside; further off where that failed. */
  #limitBytes: number;
  #queue: Buffer[] = [];
  #queueBytes = 0;
  #lost = 0;
  #isBroken = false;
  #writing: Promise<void> | undefined;

  private constructor(options: RotatingFileOptions) {
    this.#options = options;
    this.#limitBytes = options.maxBytes;
  }

  /** Appends to what is there. Throws CONFIG_INVALID where the file can't be opened. */
  static async open(options: RotatingFileOptions): Promise<RotatingFile> {
    const opened = new RotatingFile(options);
    try {
      await opened.#open();
    } catch (cause) {
      const reason = reasonOf(cause);
      throw new GatewayError('CONFIG_INVALID', `cannot write ${options.path}: ${reason}`, {
        cause,
      });
    }
    return opened;
  }

  /** Takes one line with its newline; false where there is no room for it. */
  write(line: string): boolean {
    const bytes = Buffer.from(line);
    if (this.#stopping.signal.aborted || this.#queueBytes + bytes.length > longestQueueBytes) {
      this.#lost++;
      return false;
    }
    this.#queue.push(bytes);
    this.#queueBytes += bytes.length;
    this.#writing ??= this.#writeAll();
    return true;
  }

  /** Resolves when all lines that were taken are in the file; false when the file was closed before. */
  async written(): Promise<boolean> {
    while (this.#writing !== undefined) await this.#writing;
    return this.#queue.length === 0;
  }

  /** Writes what is queued, once more if the disk did not take it, and closes the file. Never throws. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#writing;
    await this.#close();
    this.#lost += this.#queue.length;
    const { log, path } = this.#options;
    if (this.#lost > 0) log.error({ file: path, lost: this.#lost }, 'lines lost');
  }

  async #writeAll(): Promise<void> {
    const { clock } = this.#options;
    while (this.#queue.length > 0) {
      const isLastTry = this.#stopping.signal.aborted;
      const piece = this.#takePiece();
      try {
        await this.#append(piece);
        this.#recovered();
      } catch (thrown) {
        this.#failed(piece, thrown);
        if (isLastTry) break;
        await clock.sleep(retryAfterMs, this.#stopping.signal).catch(() => {});
      }
    }
    this.#writing = undefined;
  }

  /** As many whole lines as fit into a piece and into the file, at least one. */
  #takePiece(): readonly Buffer[] {
    const room = Math.min(longestPieceBytes, this.#limitBytes - this.#fileBytes);
    let count = 0;
    let bytes = 0;
    for (const line of this.#queue) {
      if (count > 0 && bytes + line.length > room) break;
      bytes += line.length;
      count++;
    }
    this.#queueBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  /** All of the lines or none: of what the disk took in part, nothing is left. */
  async #append(lines: readonly Buffer[]): Promise<void> {
    const piece = Buffer.concat(lines);
    if (this.#fileBytes > 0 && this.#fileBytes + piece.length > this.#limitBytes) {
      await this.#putAside();
    }
    const file = this.#file ?? (await this.#open());
    try {
      for (let at = 0; at < piece.length;) {
        const { bytesWritten } = await file.write(piece, at, piece.length - at);
        at += bytesWritten;
      }
      this.#fileBytes += piece.length;
    } catch (thrown) {
      await file.truncate(this.#fileBytes).catch(() => {});
      await this.#close(); // what is there at the next try may be another file
      throw thrown;
    }
  }

  async #open(): Promise<FileHandle> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true });
    this.#file = await open(path, 'a', 0o600);
    this.#fileBytes = (await this.#file.stat()).size;
    return this.#file;
  }

  async #close(): Promise<void> {
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
  }

  /** Where it can't be done, the file grows on. */
  async #putAside(): Promise<void> {
    const { path, kept, maxBytes, log } = this.#options;
    await this.#close();
    try {
      await rm(`${path}.${kept}`, { force: true });
      for (let number = kept - 1; number >= 1; number--) {
        await renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
      }
      await renameIfThere(path, `${path}.1`);
      this.#limitBytes = maxBytes;
    } catch (err) {
      log.error({ file: path, err }, 'file not put aside');
      this.#limitBytes = this.#fileBytes + maxBytes;
    }
  }

  /** The lines go back to where they were. */
  #failed(lines: readonly Buffer[], thrown: unknown): void {
    this.#queue = [...lines, ...this.#queue];
    this.#queueBytes += lines.reduce((sum, line) => sum + line.length, 0);
    const { log, path } = this.#options;
    if (!this.#isBroken) log.error({ file: path, err: thrown }, 'file not written');
    this.#isBroken = true;
  }

  #recovered(): void {
    if (!this.#isBroken) return;
    this.#isBroken = false;
    const { log, path } = this.#options;
    log.warn({ file: path, lost: this.#lost }, 'file written again');
    this.#lost = 0;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((thrown: unknown) => {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
  });
}
