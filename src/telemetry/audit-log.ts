import { createHash } from 'node:crypto';
import type { AuditConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import type { GatewayError } from '../core/errors.ts';
import type { Log, LogFields } from './log.ts';
import { RotatingFile } from './rotating-file.ts';

/** Something that an auditor wants to know. docs/audit.md says what the lines mean. */
export interface AuditEvent {
  readonly action:
    | 'login'
    | 'impersonation'
    | 'session-open'
    | 'session-close'
    | 'statement'
    | 'statement-end'
    | 'request'
    | 'admin'
    | 'engine-end';
  readonly outcome: 'ok' | 'refused' | 'failed' | 'canceled' | 'timedout' | 'closed';
  /** As whom. */
  readonly user: string | undefined;
  /** Who, by the login. */
  readonly realUser: string | undefined;
  /** Undefined where no client did it. */
  readonly address: string | undefined;
  readonly session?: string | undefined;
  readonly operation?: string | undefined;
  readonly engine?: string | undefined;
  /** Why not; its code and SQLSTATE are told, its text is not: an engine's may quote the statement. */
  readonly error?: GatewayError | undefined;
  /** Where only the engine knows of the failure. */
  readonly sqlState?: string | undefined;
  /** SASL mechanism of a login, Thrift method of a request, or method and path of an administrator's call. */
  readonly method?: string;
  /** Why a session ended. */
  readonly reason?: string;
  /** UTF-8. */
  readonly statement?: Buffer;
  readonly durationMs?: number;
  /** What an engine of a cluster was given, for whom, and what it cost. */
  readonly bill?: BillFields;
}

/** The bill of one engine that a cluster ran. Uses are undefined where the cluster does not tell. */
export interface BillFields {
  readonly cluster: string;
  readonly kind: string;
  readonly preset: string | undefined;
  readonly group: string | undefined;
  /** How the cluster calls what it ran. */
  readonly job: string;
  /** ISO 8601, UTC. */
  readonly startTime: string;
  readonly endTime: string;
  readonly vcpuSeconds: number | undefined;
  readonly memoryMibSeconds: number | undefined;
  readonly storageGbSeconds: number | undefined;
  /** Whether these are what the provider bills, or what was measured. */
  readonly billing: 'billed' | 'measured' | undefined;
  /** A decimal; undefined without prices, or where too little is known. */
  readonly cost: string | undefined;
  readonly currency: string | undefined;
}

/** Where finished lines go. */
interface AuditSink {
  /** False where it can't be taken. */
  write(timeMs: number, fields: LogFields): boolean;
  /** Resolves when all that was taken is written; false when it can't be. */
  written(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface AuditParts {
  readonly config: AuditConfig;
  /** Takes secrets out of a text and cuts it to so many characters. */
  readonly redact: (text: string, limit: number) => string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Characters of a statement that are kept or hashed. */
const longestStatement = 16_384;
const longestReason = 500;
/** A client may call itself anything. */
const longestName = 256;

/** The audit trail: who did what, as whom, from where, and how it ended. Recording neither waits nor fails. */
export class AuditLog {
  readonly #parts: AuditParts;
  readonly #sink: AuditSink | undefined;

  private constructor(parts: AuditParts, sink: AuditSink | undefined) {
    this.#parts = parts;
    this.#sink = sink;
  }

  /** Throws CONFIG_INVALID where the file can't be written. */
  static async start(parts: AuditParts): Promise<AuditLog> {
    return new AuditLog(parts, await openSink(parts));
  }

  /** Nothing is to be prepared where nobody writes it down. */
  get isOn(): boolean {
    return this.#sink !== undefined;
  }

  record(event: AuditEvent): void {
    this.#take(event);
  }

  /** Resolves to true once the event is written, to false where it is not and never will be. */
  async keep(event: AuditEvent): Promise<boolean> {
    return this.#take(event) && (await this.#sink?.written()) === true;
  }

  #take(event: AuditEvent): boolean {
    if (this.#sink === undefined) return false;
    const { user, realUser, error, reason, statement, bill, ...plain } = event;
    return this.#sink.write(this.#parts.clock.now(), {
      ...plain,
      ...bill,
      user: user?.slice(0, longestName),
      realUser: realUser?.slice(0, longestName),
      code: error?.code,
      sqlState: error?.facts.sqlState ?? event.sqlState,
      reason: reason === undefined ? undefined : this.#parts.redact(reason, longestReason),
      ...(statement === undefined ? {} : this.#shown(statement)),
    });
  }

  /** Resolves when all that was recorded is written, or can't be. */
  async stop(): Promise<void> {
    await this.#sink?.stop();
  }

  #shown(statement: Buffer): LogFields {
    const { config, redact } = this.#parts;
    if (config.statementText === 'none') return {};
    const text = redact(statement.toString('utf8', 0, longestStatement * 8), longestStatement);
    const statementBytes = statement.length;
    return config.statementText === 'full'
      ? { statement: text, statementBytes }
      : { statementHash: createHash('sha256').update(text).digest('hex'), statementBytes };
  }
}

/** Not allowed, or gone wrong. */
export function outcomeOf(error: GatewayError): 'refused' | 'failed' {
  return error.facts.httpStatus < 500 ? 'refused' : 'failed';
}

async function openSink({ config, clock, log }: AuditParts): Promise<AuditSink | undefined> {
  switch (config.destination) {
    case 'none':
      return undefined;
    case 'log':
      return {
        write: (_, fields) => {
          log.info(fields, 'audit');
          return true;
        },
        written: () => Promise.resolve(true),
        stop: () => Promise.resolve(),
      };
    case 'file': {
      const file = await RotatingFile.open({
        path: config.path,
        maxBytes: config.maxFileBytes,
        kept: config.keptFiles,
        clock,
        log,
      });
      return {
        write: (timeMs, fields) =>
          file.write(`${JSON.stringify({ time: new Date(timeMs).toISOString(), ...fields })}\n`),
        written: () => file.written(),
        stop: () => file.stop(),
      };
    }
  }
}
