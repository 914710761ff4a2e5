import { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { readEnvironment } from './config/environment.ts';
import type { Environment } from './config/environment.ts';
import type { LoadedConfig } from './config/gateway-config.ts';
import { loadConfig } from './config/load.ts';
import { systemClock } from './core/clock.ts';
import { messageOf, toGatewayError } from './core/errors.ts';
import { Gateway } from './gateway.ts';
import { createLog } from './telemetry/log.ts';

const help = `torii: a HiveServer2 gateway before Spark engines

  torii serve [--conf key=value]... [--properties-file FILE]
      runs the gateway; prints one line of JSON on standard output when it is ready
  torii doctor --cluster NAME [--launch] [options]
      looks whether a cluster has all that engines need; see torii doctor --help
  torii sql [options]
      runs SQL through a gateway; see torii sql --help
  torii costs [options] [FILE...]
      sums what engines on clusters cost, from the audit trail; see torii costs --help
  torii hash-password USER
      reads a password and prints the user's line of a password file; see torii hash-password --help
`;

/** Exit codes: 0 ended in order, 1 failed, 2 wrong usage. */
async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case 'serve':
      return serve(rest, readEnvironment());
    case 'doctor':
      return doctor(rest, readEnvironment());
    case 'sql':
      return sql(rest, readEnvironment());
    case 'costs':
      return costs(rest, readEnvironment());
    case 'hash-password':
      return hashPassword(rest);
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(help);
      return 0;
    default:
      process.stderr.write(`torii: unknown command ${command}\n\n${help}`);
      return 2;
  }
}

async function serve(argv: readonly string[], environment: Environment): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      conf: { type: 'string', multiple: true },
      'properties-file': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const load = (): LoadedConfig =>
    loadConfig({
      environment,
      currentDir: process.cwd(),
      propertiesFile: values['properties-file'],
      confArguments: values.conf ?? [],
    });
  const loaded = load();
  const log = createLog(loaded.config.log);
  for (const warning of loaded.warnings) log.warn({ warning }, 'configuration warning');
  if (loaded.unused.length > 0) log.info({ keys: loaded.unused }, 'settings without effect');

  keepYoungGenerationSmall();
  const end = endRequest(environment);
  const gateway = new Gateway({
    loaded,
    environment,
    osUser: userInfo().username,
    clock: systemClock,
    log,
    onDrained: end.now,
    reload: load,
  });
  process.on('unhandledRejection', (err) => log.error({ err }, 'unhandled rejection'));
  try {
    const ready = await gateway.start(end.signal);
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    await end.requested;
    return 0;
  } catch (thrown) {
    if (end.signal.aborted) return 0;
    throw thrown;
  } finally {
    await gateway.stop();
  }
}

/**
 * V8 lets its young generation grow while thousands of sessions open and gives none of it back: 10 kB for each idle session.
 * What a gateway allocates lives long (sessions) or not in V8's heap at all (bytes on their way).
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** SIGINT, SIGTERM, SIGHUP, or the end of whoever started us (TORII_PARENT_FD: a pipe whose other end it holds). */
function endRequest(environment: Environment): {
  readonly signal: AbortSignal;
  readonly requested: Promise<void>;
  readonly now: () => void;
} {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    abort.abort(new Error('the gateway was told to end'));
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const parentFd = Number(environment['TORII_PARENT_FD'] ?? '');
  if (Number.isInteger(parentFd) && parentFd > 2) {
    // A socket, not a file stream: a file's read blocks a thread, and with it our exit.
    new Socket({ fd: parentFd }).on('end', end).on('error', end).resume().unref();
  }
  return { signal: abort.signal, requested: promise, now: end };
}

async function sql(argv: readonly string[], environment: Environment): Promise<number> {
  const { runSql } = await import('./cli/sql-command.ts');
  const { stdin, stdout, stderr } = process;
  return runSql(argv, {
    stdin,
    stdout,
    stderr,
    env: {
      user: environment['USER'] ?? userInfo().username,
      password: environment['TORII_PASSWORD'],
      trustStorePassword: environment['TORII_TRUST_STORE_PASSWORD'],
      token: environment['JWT'],
    },
    isTTY: { stdin: stdin.isTTY, stdout: stdout.isTTY, stderr: stderr.isTTY },
    terminalWidth: () => stdout.columns,
    signal: endRequest(environment).signal,
  });
}

async function costs(argv: readonly string[], environment: Environment): Promise<number> {
  const { runCosts } = await import('./cli/costs-command.ts');
  const { stdout, stderr } = process;
  return runCosts(argv, {
    stdout,
    stderr,
    configuredFile: ({ propertiesFile, confArguments }) => {
      const currentDir = process.cwd();
      const { audit } = loadConfig({
        ...{ environment, currentDir, propertiesFile, confArguments },
      }).config;
      return audit.destination === 'file' ? audit.path : undefined;
    },
  });
}

async function doctor(argv: readonly string[], environment: Environment): Promise<number> {
  const { runDoctor } = await import('./cli/doctor-command.ts');
  const { stdout, stderr } = process;
  const { signal } = endRequest(environment);
  return runDoctor(argv, { stdout, stderr, signal }, async (options) => {
    const loaded = loadConfig({
      environment,
      currentDir: process.cwd(),
      propertiesFile: options.propertiesFile,
      confArguments: options.conf,
    });
    const { openDoctor } = await import('./gateway-doctor.ts');
    return openDoctor(options, {
      ...{ loaded, environment, osUser: userInfo().username, clock: systemClock },
      // What is found is told: the log has what nobody expects.
      log: createLog({ ...loaded.config.log, level: 'error' }),
    });
  });
}

async function hashPassword(argv: readonly string[]): Promise<number> {
  const { runHashPassword } = await import('./cli/hash-password-command.ts');
  const { stdin, stdout, stderr } = process;
  return runHashPassword(argv, { stdin, stdout, stderr, isTTY: stdin.isTTY });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  const error = toGatewayError(thrown);
  process.stderr.write(`torii: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
if (process.exitCode !== 0 || /^(?:serve|doctor)$/.test(process.argv[2] ?? '')) process.exit();
