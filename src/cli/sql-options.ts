import { parseArgs } from 'node:util';
import { reasonOf } from '../core/errors.ts';
import { CliError } from './cli-error.ts';
import { formatNames } from './new-format.ts';
import type { FormatName } from './new-format.ts';

/** Where statements come from, in the order of the command line. */
export type StatementSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string };

export interface SqlOptions {
  readonly sources: readonly StatementSource[];
  readonly url: string;
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly configuration: Readonly<Record<string, string>>;
  readonly format: FormatName;
  readonly hasHeader: boolean;
  readonly maxWidth: number | undefined;
  readonly isQuiet: boolean;
  readonly timeoutS: number;
  readonly wantsHelp: boolean;
}

export const sqlUsage = `usage: torii sql [options]

Runs SQL on a HiveServer2 endpoint: the statements of -e and -f in their order, else those of standard
input, which on a terminal is a prompt. Statements end with a semicolon.

  -e, --execute STATEMENT   run this; may be given again, may hold several statements
  -f, --file FILE           run the statements of a file; - is standard input
  -u, --url URL             jdbc:hive2://host:port/database;user=me?key=value#var=value
                            or host:port (default localhost:10009); among what stands behind a
                            semicolon: transportMode=http;httpPath=cliservice for HTTP,
                            ssl=true;sslTrustStore=FILE for TLS (PEM, or PKCS12, whose password
                            is taken from TORII_TRUST_STORE_PASSWORD), auth=jwt for a token,
                            which is taken from JWT
  -n, --user USER           whom to log in as (default: the URL's user, then your own name)
  -w, --password-file FILE  the password is the first line of FILE; else TORII_PASSWORD is taken
      --conf KEY=VALUE      a setting of the session; may be given again
      --format FORMAT       table (default), csv, tsv, json (an array) or jsonl (an object a line)
      --no-header           leave the column names out (table, csv, tsv)
      --max-width N         cut table cells at N characters (default: 80 on a terminal, else never);
                            0 never cuts
      --timeout SECONDS     cancel a statement that runs for longer
      --quiet               only rows and errors: no log, no progress, no row counts
      --help                this text

In JSON, integers and doubles are numbers as long as a double holds them exactly; larger integers,
DECIMAL, dates and nested values are strings. BINARY is hexadecimal text in every format.
NULL is NULL in a table, nothing in CSV (the empty text is ""), \\N in TSV and null in JSON.

exit code: 0 all done, 1 a statement failed, 2 wrong usage, 3 no connection or no engine
`;

export function parseSqlOptions(argv: readonly string[]): SqlOptions {
  const { values, tokens } = parse(argv);
  const sources: StatementSource[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue;
    if (token.name === 'execute') sources.push({ kind: 'text', text: token.value });
    if (token.name === 'file') sources.push({ kind: 'file', path: token.value });
  }
  const maxWidth = wholeNumber('--max-width', values['max-width']);
  return {
    sources,
    url: values.url ?? '',
    user: values.user,
    passwordFile: values['password-file'],
    configuration: Object.fromEntries((values.conf ?? []).map(confPair)),
    format: formatName(values.format ?? 'table'),
    hasHeader: values.header ?? true,
    maxWidth,
    isQuiet: values.quiet ?? false,
    timeoutS: wholeNumber('--timeout', values.timeout) ?? 0,
    wantsHelp: values.help ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        execute: { type: 'string', short: 'e', multiple: true },
        file: { type: 'string', short: 'f', multiple: true },
        url: { type: 'string', short: 'u' },
        user: { type: 'string', short: 'n' },
        'password-file': { type: 'string', short: 'w' },
        conf: { type: 'string', multiple: true },
        format: { type: 'string' },
        header: { type: 'boolean' },
        'max-width': { type: 'string' },
        timeout: { type: 'string' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean' },
      },
      strict: true,
      allowNegative: true,
      allowPositionals: false,
      tokens: true,
    });
  } catch (cause) {
    const [message = ''] = reasonOf(cause).split('. ');
    throw usageError(
      message.replace(/^./, (first) => first.toLowerCase()),
      cause,
    );
  }
}

function confPair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`--conf takes KEY=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function formatName(text: string): FormatName {
  const name = formatNames.find((known) => known === text);
  if (name === undefined) {
    throw usageError(`there is no format "${text}": it is one of ${formatNames.join(', ')}`);
  }
  return name;
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2_000_000) {
    throw usageError(`${option} takes a whole number up to 2000000, not "${text}"`);
  }
  return value;
}

function usageError(message: string, cause?: unknown): CliError {
  return new CliError('usage', message, { cause, hint: '"torii sql --help" lists the options' });
}
