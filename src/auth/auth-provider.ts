import { GatewayError } from '../core/errors.ts';
import type { GssapiExchange } from './gssapi-exchange.ts';

/** Who a client has proved to be. */
export interface Principal {
  readonly user: string;
  /** False where anybody may take any name (`kyuubi.authentication=NONE`). */
  readonly isAuthenticated: boolean;
  /** Where the proof names them, the primary one first; they count before those of a `GroupProvider`. */
  readonly groups?: readonly [string, ...string[]];
  /** For whom the login itself asked to act (SASL's authorization id); it has been allowed to. */
  readonly actsFor?: string;
}

/** One way of checking a user name and a password. */
export interface AuthProvider {
  readonly kind: string;
  /**
   * Throws `AUTHENTICATION_FAILED`, never saying which of the two was wrong, and `AUTHENTICATION_UNAVAILABLE` where whom it
   * asks does not answer. The signal fires when the client has left.
   */
  authenticate(user: string, password: string, signal: AbortSignal): Promise<Principal>;
}

/** A client that was let in by a Kerberos ticket. */
export interface AcceptedTicket {
  readonly principal: Principal;
  /** By which the client knows the server; empty where it did not ask for that. */
  readonly reply: Buffer;
}

/** Checks the tickets of HTTP's `Negotiate`: one message each, by itself. */
export interface TicketLogins {
  /** Throws what `SecurityContext.step` throws, and `AUTHENTICATION_FAILED` for a user of a realm that is not trusted. */
  accept(token: Buffer): Promise<AcceptedTicket>;
}

/** Checks the tickets of SASL's mechanism GSSAPI: several messages each. */
export interface ExchangeLogins {
  /** `maxTokenBytes`: the longest token that is taken once the login is over. */
  begin(maxTokenBytes: number): GssapiExchange;
}

/** What the doors ask of whoever comes in. */
export interface Logins {
  /** Checks the passwords of SASL PLAIN and of HTTP; undefined: none are taken. */
  readonly passwords: AuthProvider | undefined;
  /** Checks the Kerberos tickets that come by SASL; undefined: none are taken there. */
  readonly exchanges?: ExchangeLogins | undefined;
  /** Nobody is served who has not logged in. */
  readonly isRequired: boolean;
  /** Checks the Kerberos tickets that come over HTTP; undefined: none are taken there. */
  readonly tickets?: TicketLogins | undefined;
}

/** Asks for no proof: for `kyuubi.authentication` NONE and NOSASL. An empty name is `anonymous`. */
export const noAuthentication: AuthProvider = {
  kind: 'NONE',
  authenticate: (user) =>
    Promise.resolve({ user: user === '' ? 'anonymous' : user, isAuthenticated: false }),
};

/** What a client is told whose name or password is wrong. The reason is for the log alone, so it holds no password. */
export function loginRefused(reason?: string): GatewayError {
  return new GatewayError('AUTHENTICATION_FAILED', 'Error validating the login', {
    hint: 'Check the user name and the password.',
    ...(reason === undefined ? {} : { cause: new Error(reason) }),
  });
}
