import { createInterface } from 'node:readline/promises';
import type { Interface } from 'node:readline/promises';
import { CliError } from './cli-error.ts';
import { OutputClosed } from './output.ts';
import type { Output } from './output.ts';
import type { Reporter } from './reporter.ts';
import type { CliIo } from './sql-io.ts';
import type { OpenRunner } from './statement-runner.ts';
import { StatementSplitter } from './statement-splitter.ts';

export interface ShellParts {
  readonly io: CliIo;
  readonly output: Output;
  readonly reporter: Reporter;
  open(signal: AbortSignal): Promise<OpenRunner>;
}

const prompt = 'torii> ';
const continued = '    -> ';
const historySize = 1000;

const shellHelp = `Statements end with a semicolon and may go over several lines.
Ctrl-C cancels the running statement, or drops what is typed. Ctrl-D leaves.
  !help   this text
  !quit   leave; so do quit and exit
`;

/** The prompt: one session, opened again when its connection was lost. */
export async function runSqlShell(parts: ShellParts): Promise<void> {
  const { io, reporter } = parts;
  const shell = new SqlShell(parts);
  await shell.connect(io.signal ?? new AbortController().signal);
  const lines = createInterface({
    input: io.stdin,
    output: io.isTTY.stdout ? io.stdout : io.stderr, // prompts are no part of a redirected result
    terminal: true,
    historySize,
    removeHistoryDuplicates: true,
    prompt,
  });
  const leave = (): void => lines.close();
  io.signal?.addEventListener('abort', leave, { once: true });
  lines.on('SIGINT', () => shell.interrupt(lines));
  try {
    reporter.note('Statements end with a semicolon; !help shows more.');
    await shell.read(lines);
  } finally {
    io.signal?.removeEventListener('abort', leave);
    lines.close();
    await shell.close();
  }
}

class SqlShell {
  readonly #parts: ShellParts;
  readonly #splitter = new StatementSplitter();
  #open: OpenRunner | undefined;
  #running: AbortController | undefined;

  constructor(parts: ShellParts) {
    this.#parts = parts;
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#open = await this.#parts.open(signal);
  }

  async read(lines: Interface): Promise<void> {
    let hasLeft = false; // Ctrl-D while a statement runs: what was typed before it is still run
    lines.once('close', () => {
      hasLeft = true;
    });
    lines.prompt();
    for await (const line of lines) {
      if (this.#splitter.isBetween && isLeaving(line)) return;
      if (this.#splitter.isBetween && line.trimStart().startsWith('!')) await this.#command(line);
      else for (const statement of this.#splitter.push(`${line}\n`)) await this.#run(statement);
      if (this.#parts.io.signal?.aborted === true) return;
      if (hasLeft) continue;
      lines.setPrompt(this.#splitter.isBetween ? prompt : continued);
      lines.prompt();
    }
  }

  /** Ctrl-C. */
  interrupt(lines: Interface): void {
    if (this.#running !== undefined) {
      this.#parts.reporter.note('^C: canceling');
      this.#running.abort();
      return;
    }
    this.#splitter.clear();
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    this.#parts.reporter.line();
    lines.setPrompt(prompt);
    lines.prompt();
  }

  async close(): Promise<void> {
    await this.#open?.close();
  }

  async #command(line: string): Promise<void> {
    if (line.trim() === '!help') return this.#parts.output.write(shellHelp);
    const error = new CliError('usage', `there is no command ${line.trim()}`, {
      hint: '!help lists the commands',
    });
    this.#parts.reporter.error(error);
  }

  /** A failed statement is shown; the shell goes on. */
  async #run(statement: string): Promise<void> {
    const running = new AbortController();
    const end = (): void => running.abort();
    this.#running = running;
    this.#parts.io.signal?.addEventListener('abort', end, { once: true });
    try {
      this.#open ??= await this.#parts.open(running.signal);
      await this.#open.runner.run(statement, running.signal);
    } catch (error) {
      if (error instanceof OutputClosed) throw error;
      this.#parts.reporter.error(error);
      if (error instanceof CliError && error.fault === 'connection') this.#drop();
    } finally {
      this.#parts.io.signal?.removeEventListener('abort', end);
      this.#running = undefined;
    }
  }

  #drop(): void {
    void this.#open?.close(); // never rejects
    this.#open = undefined;
    this.#parts.reporter.note('The next statement opens a new session.');
  }
}

function isLeaving(line: string): boolean {
  return /^\s*(!quit|!exit|!q|(quit|exit)\s*;?)\s*$/i.test(line);
}
