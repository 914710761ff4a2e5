import type { Writable } from 'node:stream';

/** Whoever read standard output has left: nothing more to do, and nothing to complain about. */
export class OutputClosed extends Error {
  constructor(cause?: unknown) {
    super('the reader of the output is gone', { cause });
    this.name = 'OutputClosed';
  }
}

/** Writes at the pace of the reader. */
export class Output {
  readonly #stream: Writable;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#onError);
    stream.on('drain', this.#onWake);
    stream.on('close', this.#onWake);
  }

  async write(text: string): Promise<void> {
    this.#check();
    if (text === '' || this.#stream.write(text)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#check();
  }

  /** Resolves when everything written has left, and lets go of the stream. */
  async end(): Promise<void> {
    if (this.#failure === undefined && !this.#stream.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#stream.write('', () => resolve());
      });
    }
    this.#stream.off('drain', this.#onWake);
    this.#stream.off('close', this.#onWake);
    // The error listener stays: an EPIPE that comes late must not end the process.
  }

  #check(): void {
    const isGone = this.#stream.destroyed || this.#stream.writableEnded;
    if (this.#failure === undefined && isGone) throw new OutputClosed();
    if (this.#failure === undefined) return;
    const code = 'code' in this.#failure ? this.#failure.code : undefined;
    throw code === 'EPIPE' ? new OutputClosed(this.#failure) : this.#failure;
  }

  readonly #onError = (error: Error): void => {
    this.#failure = error;
    this.#onWake();
  };

  readonly #onWake = (): void => {
    this.#wake?.();
    this.#wake = undefined;
  };
}
