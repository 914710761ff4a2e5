import { destination, pino, stdSerializers, type Logger } from 'pino';
import { prettyLine } from './pretty-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Lines of an event's name and fields: `log.info({ session, engine }, 'engine ready')`. A failure goes into `err`.
 * `error` needs a person, `warn` was survived, `info` is a lifecycle step, `debug` is the rest.
 */
export interface Log {
  debug(fields: LogFields, event: string): void;
  info(fields: LogFields, event: string): void;
  warn(fields: LogFields, event: string): void;
  error(fields: LogFields, event: string): void;
  /** A log whose every line carries these fields. */
  child(fields: LogFields): Log;
}

/** Where finished lines go, each with its newline. */
export interface LogDestination {
  write(line: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty';
  /** Standard error unless given. */
  readonly destination?: LogDestination;
}

const secretFields = [
  'password',
  'secret',
  'token',
  'digest',
  'credentials',
  'authorization',
  'engineKey',
  'masterSecret',
];

/** The root of all logs. Lines are written at once, so that the last ones of a dying process are there. */
export function createLog(options: LogOptions): Log {
  const end = options.destination ?? destination({ fd: 2, sync: true });
  const written =
    options.format === 'json' ? end : { write: (line: string) => end.write(prettyLine(line)) };
  return new PinoLog(
    pino(
      {
        level: options.level,
        base: null,
        messageKey: 'event',
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: stdSerializers.errWithCause },
        redact: {
          paths: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
          censor: '*********(redacted)',
        },
      },
      written,
    ),
  );
}

class PinoLog implements Log {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  debug(fields: LogFields, event: string): void {
    this.#logger.debug(fields, event);
  }

  info(fields: LogFields, event: string): void {
    this.#logger.info(fields, event);
  }

  warn(fields: LogFields, event: string): void {
    this.#logger.warn(fields, event);
  }

  error(fields: LogFields, event: string): void {
    this.#logger.error(fields, event);
  }

  child(fields: LogFields): Log {
    return new PinoLog(this.#logger.child(fields));
  }
}
