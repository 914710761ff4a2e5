import { reasonOf } from '../core/errors.ts';
import { printable } from './cell-text.ts';
import { CliError, errorText } from './cli-error.ts';
import type { Progress } from './hs2-operation.ts';
import { progressLine } from './progress-line.ts';
import type { CliIo } from './sql-io.ts';

/** A bar for what is over in a moment would only flicker. */
const barDelayMs = 500;

/** Everything that is not a result: logs, progress and errors, on standard error. */
export class Reporter {
  readonly #io: CliIo;
  readonly #isQuiet: boolean;
  #hasBar = false;

  constructor(io: CliIo, isQuiet: boolean) {
    this.#io = io;
    this.#isQuiet = isQuiet;
    // Who closes standard error wants to know nothing; that is no reason to fail.
    io.stderr.on('error', () => undefined);
  }

  /** False where nobody would see a log line: the server need not be asked for any. */
  get wantsLog(): boolean {
    return !this.#isQuiet;
  }

  log(lines: readonly string[]): void {
    if (this.#isQuiet || lines.length === 0) return;
    this.#write(lines.map((line) => `${this.#safe(line)}\n`).join(''));
  }

  /** Draws the bar in place; where there is no terminal, nothing. */
  progress(progress: Progress | undefined, elapsedMs: number): void {
    if (this.#isQuiet || !this.#io.isTTY.stderr || elapsedMs < barDelayMs) return;
    const width = this.#io.terminalWidth?.() ?? 80;
    this.#write(printable(progressLine(progress, elapsedMs, width)));
    this.#hasBar = true;
  }

  /** Takes the bar away, before results are written. */
  clear(): void {
    this.#write('');
  }

  note(text: string): void {
    if (!this.#isQuiet) this.#write(`${text}\n`);
  }

  /** Ends the line that the cursor stands in. */
  line(): void {
    this.#write('\n');
  }

  error(error: unknown): void {
    const shown = error instanceof CliError ? error : unexpected(error);
    const lines = errorText(shown).split('\n');
    this.#write(lines.map((line) => this.#safe(line)).join('\n'));
  }

  #write(text: string): void {
    const erase = this.#hasBar ? '\r\u001b[2K' : '';
    this.#hasBar = false;
    if (erase + text !== '') this.#io.stderr.write(erase + text);
  }

  #safe(line: string): string {
    return this.#io.isTTY.stderr ? printable(line.replaceAll('\t', '    ')) : line;
  }
}

function unexpected(error: unknown): CliError {
  const text = reasonOf(error);
  return new CliError('statement', text, { cause: error });
}
