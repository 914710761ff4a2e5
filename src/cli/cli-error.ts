import type { ServerFailure } from '../wire/client-status.ts';

export type CliFault = 'statement' | 'usage' | 'connection';

/** What the shell is told when a command ends. */
export const exitCodes = { ok: 0, statement: 1, usage: 2, connection: 3 } as const;

/** A failure that the user of a command is shown. */
export class CliError extends Error {
  readonly fault: CliFault;
  readonly sqlState: string | undefined;
  readonly errorCode: number | undefined;
  readonly hint: string | undefined;

  constructor(fault: CliFault, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'CliError';
    this.fault = fault;
    this.sqlState = details.sqlState;
    this.errorCode = details.errorCode;
    this.hint = details.hint;
  }
}

export interface CliErrorDetails {
  readonly sqlState?: string | undefined;
  readonly errorCode?: number | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** What the server said, without its stack trace and with its hint apart. */
export function fromServer(fault: CliFault, failure: ServerFailure): CliError {
  const lines = withoutStack(failure.message.split('\n'));
  const hintAt = lines.findIndex((line) => line.startsWith(hintMark));
  const message = (hintAt < 0 ? lines : lines.slice(0, hintAt)).join('\n').trimEnd();
  const hint = hintAt < 0 ? undefined : lines.slice(hintAt).join('\n').slice(hintMark.length);
  return new CliError(fault, message, {
    sqlState: failure.sqlState,
    errorCode: failure.errorCode,
    hint,
  });
}

/** An error as lines for standard error. */
export function errorText(error: CliError): string {
  const codes = [
    error.sqlState === undefined ? '' : `SQLSTATE ${error.sqlState}`,
    error.errorCode === undefined || error.errorCode === 0 ? '' : `code ${error.errorCode}`,
  ].filter((code) => code !== '');
  const where = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  return `error${where}: ${error.message}\n${hint}`;
}

const hintMark = 'Hint: ';

/** In a stack trace the causes repeat what the message says. */
function withoutStack(lines: readonly string[]): string[] {
  if (!lines.some(isStackFrame)) return [...lines];
  const causeAt = lines.findIndex((line) => line.startsWith('Caused by: '));
  const hints = lines.filter((line, i) => i > causeAt && line.startsWith(hintMark));
  const own = causeAt < 0 ? lines : [...lines.slice(0, causeAt), ...hints];
  return own.filter((line) => !isStackFrame(line));
}

function isStackFrame(line: string): boolean {
  return /^\s+at [\w$.<>/]+\(.*\)$/.test(line) || /^\s*\.\.\. \d+ more$/.test(line);
}
