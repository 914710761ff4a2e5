import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { LdapTrouble } from './ldap-trouble.ts';

/** What is asked in turn. */
export interface Named {
  readonly name: string;
}

interface Rest {
  readonly trouble: LdapTrouble;
  /** By the monotonic clock. */
  readonly untilMs: number;
}

/**
 * Who of several servers is asked: the first that works. One that failed is asked last for a while, because the failure may
 * have been short; one that gave no answer in time is not asked at all, because each try would cost its time-out.
 */
export class ServerTurns<S extends Named> {
  readonly #servers: readonly S[];
  readonly #pauseMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rests = new Map<S, Rest>();

  constructor(servers: readonly S[], pauseMs: number, clock: Clock, log: Log) {
    this.#servers = servers;
    this.#pauseMs = pauseMs;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * The first result; `work` is done again from its beginning on the next server when it throws an `LdapTrouble`. Throws
   * AUTHENTICATION_UNAVAILABLE when no server is left, and whatever else `work` throws.
   */
  async ask<T>(work: (server: S) => Promise<T>): Promise<T> {
    let last: LdapTrouble | undefined;
    for (const server of this.#inTurn()) {
      try {
        const result = await work(server);
        if (this.#rests.delete(server))
          this.#log.info({ server: server.name }, 'LDAP server works again');
        return result;
      } catch (thrown) {
        if (!(thrown instanceof LdapTrouble)) throw thrown;
        this.#rest(server, thrown);
        last = thrown;
      }
    }
    throw unavailable(last ?? [...this.#rests.values()].at(-1)?.trouble);
  }

  #inTurn(): readonly S[] {
    const now = this.#clock.monotonicMs();
    const isResting = (server: S): boolean => (this.#rests.get(server)?.untilMs ?? now) > now;
    const awake = this.#servers.filter((server) => !isResting(server));
    const resting = this.#servers.filter(
      (server) => isResting(server) && this.#rests.get(server)?.trouble.kind !== 'slow',
    );
    return [...awake, ...resting];
  }

  #rest(server: S, trouble: LdapTrouble): void {
    const untilMs = this.#clock.monotonicMs() + this.#pauseMs;
    const isNews = this.#rests.get(server)?.trouble.kind !== trouble.kind;
    this.#rests.delete(server); // so that the latest stands last
    this.#rests.set(server, { trouble, untilMs });
    const fields = { server: server.name, err: trouble, hint: trouble.hint };
    if (isNews) this.#log.warn(fields, 'LDAP server is of no use');
  }
}

/** For clients: without the addresses of servers, which the log has. */
function unavailable(cause: LdapTrouble | undefined): GatewayError {
  const reason = cause === undefined ? '' : `: ${cause.message}`;
  return new GatewayError(
    'AUTHENTICATION_UNAVAILABLE',
    `the LDAP directory cannot be asked${reason}`,
    {
      cause,
      hint: 'Try again in a moment. If it stays, an administrator finds the servers and their failures in the log of the gateway.',
    },
  );
}
