import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { reasonOf } from '../core/errors.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { parseConnectionUrl } from './connection-url.ts';
import type { TrustStore } from './connection-url.ts';
import { Hs2Session } from './hs2-session.ts';
import type { SessionRequest } from './hs2-session.ts';
import type { Hs2Login, TlsTrust } from './hs2-transport.ts';
import { Output, OutputClosed } from './output.ts';
import { Reporter } from './reporter.ts';
import { newFormat } from './new-format.ts';
import type { ResultFormat } from './result-format.ts';
import type { CliIo } from './sql-io.ts';
import { parseSqlOptions, sqlUsage } from './sql-options.ts';
import type { SqlOptions, StatementSource } from './sql-options.ts';
import { runSqlShell } from './sql-shell.ts';
import { StatementRunner } from './statement-runner.ts';
import type { OpenRunner, RunnerOptions } from './statement-runner.ts';
import { StatementSplitter } from './statement-splitter.ts';
import { readTrustStore } from './trust-store.ts';

const connectLimitMs = 30_000;
const closeLimitMs = 5_000;
const terminalCellWidth = 80;

/** `torii sql`: resolves to the exit code when everything is written. `argv` begins behind `sql`. */
export async function runSql(argv: readonly string[], io: CliIo): Promise<number> {
  const output = new Output(io.stdout);
  let reporter = new Reporter(io, false);
  try {
    const options = parseSqlOptions(argv);
    reporter = new Reporter(io, options.isQuiet);
    if (options.wantsHelp) await output.write(sqlUsage);
    else await runWith(options, io, output, reporter);
    await output.end();
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof OutputClosed) return exitCodes.ok;
    reporter.error(error);
    await output.end();
    return exitCodes[error instanceof CliError ? error.fault : 'statement'];
  }
}

async function runWith(
  options: SqlOptions,
  io: CliIo,
  output: Output,
  reporter: Reporter,
): Promise<void> {
  const request = await sessionRequest(options, io);
  const runnerOptions = { newFormat: () => format(options, io), timeoutS: options.timeoutS };
  const open = (signal: AbortSignal): Promise<OpenRunner> =>
    openRunner(request, output, reporter, runnerOptions, signal);
  if (options.sources.length === 0 && io.isTTY.stdin) {
    return runSqlShell({ io, output, reporter, open });
  }
  const signal = io.signal ?? new AbortController().signal;
  const session = await open(signal);
  try {
    const sources = options.sources.length === 0 ? [standardInput] : options.sources;
    for (const source of sources) {
      for await (const statement of statementsOf(source, io.stdin)) {
        await session.runner.run(statement, signal);
      }
    }
  } finally {
    await session.close();
  }
}

async function openRunner(
  request: SessionRequest,
  output: Output,
  reporter: Reporter,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<OpenRunner> {
  const session = await Hs2Session.open(request, signal);
  const close = (): Promise<void> => session.close(closeLimitMs);
  const runner = new StatementRunner(session, output, reporter, options);
  try {
    await runner.awaitLaunch(signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { runner, close };
}

const standardInput: StatementSource = { kind: 'file', path: '-' };

async function* statementsOf(source: StatementSource, stdin: Readable): AsyncGenerator<string> {
  const splitter = new StatementSplitter();
  if (source.kind === 'text') {
    yield* splitter.push(source.text);
  } else {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const bytes = source.path === '-' ? stdin : createReadStream(source.path);
    try {
      for await (const chunk of bytes) {
        const text = decoder.decode(Buffer.from(chunk as string | Buffer), { stream: true });
        yield* splitter.push(text);
      }
      yield* splitter.push(decoder.decode());
    } catch (cause) {
      throw cannotRead(source.path, cause);
    }
  }
  yield* splitter.end();
}

function cannotRead(path: string, cause: unknown): CliError {
  const reason = reasonOf(cause);
  return new CliError('usage', `the statements of ${path} cannot be read: ${reason}`, { cause });
}

async function sessionRequest(options: SqlOptions, io: CliIo): Promise<SessionRequest> {
  const target = parseConnectionUrl(options.url);
  const named = options.user ?? target.user;
  return {
    address: {
      host: target.host,
      port: target.port,
      // a token says itself whose it is
      user: named ?? (target.hasToken ? '' : (io.env.user ?? 'anonymous')),
      login: target.hasToken ? tokenLogin(io) : await passwordLogin(options, io),
      httpPath: target.httpPath,
      tls: target.tls && (await trustOf(target.tls, io)),
    },
    configuration: {
      ...target.configuration,
      ...Object.fromEntries(
        Object.entries(options.configuration).map(([key, value]) => [`set:hiveconf:${key}`, value]),
      ),
    },
    connectTimeoutMs: connectLimitMs,
  };
}

function tokenLogin({ env }: CliIo): Hs2Login {
  if (env.token !== undefined && env.token !== '') return { kind: 'token', token: env.token };
  throw new CliError('usage', 'the URL has auth=jwt, and there is no token', {
    hint: 'put the token into the environment variable JWT',
  });
}

async function passwordLogin(options: SqlOptions, io: CliIo): Promise<Hs2Login> {
  const password = await readPassword(options.passwordFile);
  // SASL PLAIN has no empty password: this is what JDBC sends when it is given none
  return { kind: 'password', password: password ?? io.env.password ?? 'anonymous' };
}

async function trustOf(store: TrustStore, { env }: CliIo): Promise<TlsTrust> {
  if (store.path === undefined) return { authorities: undefined };
  const password = store.password ?? env.trustStorePassword ?? '';
  return { authorities: await readTrustStore(store.path, password) };
}

async function readPassword(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const [line = ''] = (await readFile(path, 'utf8')).split(/\r?\n/);
    return line;
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new CliError('usage', `the password file cannot be read: ${reason}`, { cause });
  }
}

function format(options: SqlOptions, io: CliIo): ResultFormat {
  const { hasHeader, maxWidth } = options;
  const width = maxWidth ?? (io.isTTY.stdout ? terminalCellWidth : 0);
  return newFormat(options.format, { hasHeader, maxCellWidth: width === 0 ? undefined : width });
}
