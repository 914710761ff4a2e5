import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { withinLimit } from '../../core/time-limit.ts';
import type { Log } from '../../telemetry/log.ts';
import { loginRefused } from '../auth-provider.ts';
import type { AuthProvider, Principal } from '../auth-provider.ts';
import { WorkSlots } from '../work-slots.ts';
import type { LoginDatabase } from './login-database.ts';
import type { LoginQuery } from './login-query.ts';

export interface JdbcOptions {
  readonly database: LoginDatabase;
  readonly query: LoginQuery;
  /** For the log. */
  readonly place: string;
  readonly poolSize: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

const mostWaiting = 1000;

/** Users of a database: whoever its query has a row for comes in. */
export class JdbcProvider implements AuthProvider {
  readonly kind = 'JDBC';
  readonly #options: JdbcOptions;
  readonly #slots: WorkSlots;

  constructor(options: JdbcOptions) {
    this.#options = options;
    this.#slots = new WorkSlots({ running: options.poolSize, waiting: mostWaiting });
  }

  async authenticate(user: string, password: string, signal: AbortSignal): Promise<Principal> {
    const { query } = this.#options;
    const given = { user, password };
    const values = query.parameters.map((parameter) => given[parameter]);
    // One that has begun is not given up for a client that leaves: its connection is not free before it ends.
    if (await this.#slots.run(() => this.#ask(values), signal)) {
      return { user, isAuthenticated: true };
    }
    throw loginRefused('the query has no row for this user and password');
  }

  async #ask(values: readonly string[]): Promise<boolean> {
    const { database, place, timeoutMs, clock, log } = this.#options;
    const over = new AbortController();
    const late = (): Error => new Error(`no answer within ${timeoutMs} ms`);
    try {
      const limit = { clock, ms: timeoutMs, late };
      return await withinLimit(database.hasRow(values, over.signal), limit);
    } catch (thrown) {
      log.warn({ database: place, problem: problemOf(thrown) }, 'database of users failed');
      throw new GatewayError(
        'AUTHENTICATION_UNAVAILABLE',
        'the login could not be checked: the database of users does not answer as it should',
        { hint: 'Try again later; the log of the gateway says what is wrong.' },
      );
    } finally {
      over.abort(new Error('answered'));
    }
  }
}

/** What a server writes may quote the password, so of its errors the code alone is taken. */
function problemOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const facts: { code?: unknown; sqlState?: unknown; severity?: unknown; message: string } = thrown;
  const code = typeof facts.code === 'string' ? facts.code : thrown.name;
  const isFromServer = facts.sqlState !== undefined || facts.severity !== undefined;
  return isFromServer ? `error ${code}` : thrown.message || code;
}
