import type { Clock } from '../core/clock.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import { outcomeOf } from '../telemetry/audit-log.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import type { AcceptedTicket, Logins, Principal } from './auth-provider.ts';
import type { GssapiExchange } from './gssapi-exchange.ts';
import type { Impersonation } from './impersonation.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { NameForm } from './user-name.ts';
import type { UserNames } from './user-names.ts';

/** What a door knows of whoever wants to come in, beside the proof. */
export interface LoginAttempt {
  /** For whom to act; empty or the same name: for oneself. */
  readonly authorizationId: string;
  readonly clientAddress: string;
  /** For the audit trail, e.g. `PLAIN`. */
  readonly method: string;
  /** Each request brings its login: the audit trail tells of one that was let in once in a while. */
  readonly isRepeated?: boolean;
  /** Fires when the client has left. */
  readonly signal: AbortSignal;
}

export interface PasswordAttempt extends LoginAttempt {
  /** As the client sent it; may be empty beside a token. */
  readonly user: string;
  readonly password: string;
}

/** A proof that is no password, e.g. a Kerberos ticket; it tells itself whose it is. */
export interface ProofAttempt extends LoginAttempt {
  /** Checks it, and throws as `AuthProvider.authenticate` does. */
  readonly prove: () => Promise<Principal>;
}

/** How often the audit trail tells of a login that comes with each request. */
const toldAgainMs = 600_000;
/** So many of those are remembered. */
const mostTold = 10_000;

export interface LoginDeskOptions {
  readonly logins: Logins;
  readonly throttle: LoginThrottle;
  readonly impersonation: Impersonation;
  readonly names: UserNames;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/** Where every door brings its clients: the password is checked, not too often, and what came of it goes to the audit trail. */
export class LoginDesk {
  readonly #options: LoginDeskOptions;
  readonly #told = new RecentMap<string, number>(mostTold);

  constructor(options: LoginDeskOptions) {
    this.#options = options;
  }

  /** Nobody is served who has not logged in. */
  get isRequired(): boolean {
    return this.#options.logins.isRequired;
  }

  /** SASL's mechanisms that clients may log in by. */
  get mechanisms(): readonly ('GSSAPI' | 'PLAIN')[] {
    const { exchanges, passwords } = this.#options.logins;
    return [
      ...(exchanges === undefined ? [] : ['GSSAPI' as const]),
      ...(passwords === undefined ? [] : ['PLAIN' as const]),
    ];
  }

  /** Names and passwords are taken. */
  get takesPasswords(): boolean {
    return this.#options.logins.passwords !== undefined;
  }

  /** Kerberos tickets are taken over HTTP. */
  get takesTickets(): boolean {
    return this.#options.logins.tickets !== undefined;
  }

  /** Some login of a client's own can be brought over HTTP. */
  get takesOverHttp(): boolean {
    return this.takesPasswords || this.takesTickets;
  }

  /** Throws what the provider throws, `LOGIN_THROTTLED`, or `PROXY_USER_DENIED`. */
  login(attempt: PasswordAttempt): Promise<Principal> {
    const { user, password, signal } = attempt;
    const { passwords } = this.#options.logins;
    const prove = (): Promise<Principal> =>
      passwords === undefined
        ? Promise.reject(noPasswords())
        : passwords.authenticate(user, password, signal);
    return this.#login(user, attempt, prove);
  }

  /** The first half of a login by GSSAPI: what it has proved goes to `loginByProof`. */
  beginExchange(maxTokenBytes: number): GssapiExchange {
    const { exchanges } = this.#options.logins;
    if (exchanges === undefined) throw new Error('GSSAPI is not spoken here');
    return exchanges.begin(maxTokenBytes);
  }

  /** As `login`, where failures count by the client's address alone: until the proof holds it is nobody's. */
  loginByProof(attempt: ProofAttempt): Promise<Principal> {
    return this.#login(undefined, attempt, attempt.prove);
  }

  /** A login over HTTP by the token of a `Negotiate` header; throws as `login` does. */
  async loginByTicket(token: Buffer, attempt: LoginAttempt): Promise<AcceptedTicket> {
    const { tickets } = this.#options.logins;
    if (tickets === undefined) throw new Error('tickets are not taken here');
    let reply: Buffer = Buffer.alloc(0);
    const prove = async (): Promise<Principal> => {
      const accepted = await tickets.accept(token);
      reply = accepted.reply;
      return accepted.principal;
    };
    const principal = await this.loginByProof({ ...attempt, prove });
    return { principal, reply };
  }

  async #login(
    named: string | undefined,
    attempt: LoginAttempt,
    prove: () => Promise<Principal>,
  ): Promise<Principal> {
    const { clientAddress: address, method, authorizationId } = attempt;
    let user = named;
    try {
      const proven = this.named(await this.#throttled(named ?? '', attempt, prove));
      user ??= proven.user;
      const principal = await this.actingFor(proven, authorizationId, address);
      if (attempt.isRepeated !== true || this.#isNews(principal, address, method)) {
        this.admitted(principal, address, method);
      }
      return principal;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const outcome = outcomeOf(error);
      this.#options.audit.record({
        action: 'login',
        outcome,
        user,
        realUser: user,
        address,
        method,
        error,
      });
      throw error;
    }
  }

  /** A client that gave no login where one is required, or that is not served for another reason. */
  refused(error: GatewayError, address: string, method: string): GatewayError {
    const nobody = { user: undefined, realUser: undefined };
    this.#options.audit.record({
      action: 'login',
      outcome: 'refused',
      ...nobody,
      address,
      method,
      error,
    });
    return error;
  }

  /** A client has come in by another proof than a password. */
  admitted(principal: Principal, address: string, method: string): void {
    this.#options.audit.record({
      action: 'login',
      outcome: 'ok',
      user: principal.actsFor ?? principal.user,
      realUser: principal.user,
      address,
      method,
    });
  }

  /**
   * Who has proved a full name counts as the user that it stands for; throws `AUTHENTICATION_FAILED` where that is nobody, or
   * another domain's. For every proof that is not given to `login`.
   */
  named(proven: Principal, form: NameForm = 'name'): Principal {
    const { names } = this.#options;
    const { user, isAuthenticated } = proven;
    return {
      ...proven,
      user: isAuthenticated ? names.provenUserOf(user, form) : names.userOf(user, form),
    };
  }

  #isNews({ user, actsFor = '' }: Principal, address: string, method: string): boolean {
    const login = JSON.stringify([user, actsFor, address, method]);
    const now = this.#options.clock.now();
    const last = this.#told.get(login);
    if (last !== undefined && now - last < toldAgainMs) return false;
    this.#told.set(login, now);
    return true;
  }

  async #throttled(
    user: string,
    { clientAddress, signal }: LoginAttempt,
    prove: () => Promise<Principal>,
  ): Promise<Principal> {
    const counted = await this.#options.throttle.begin(user, clientAddress, signal);
    try {
      const principal = await prove();
      counted.succeeded(principal.user);
      return principal;
    } catch (thrown) {
      if (toGatewayError(thrown).code === 'AUTHENTICATION_FAILED') counted.refused();
      else counted.undecided();
      throw thrown;
    }
  }

  /** Whom a client that has proved who it is acts for; throws `PROXY_USER_DENIED`. */
  async actingFor(
    principal: Principal,
    authorizationId: string,
    clientAddress: string,
  ): Promise<Principal> {
    if (authorizationId === '') return principal;
    const user = await this.#options.impersonation.userFor({
      realUser: principal.user,
      wanted: authorizationId,
      clientAddress,
    });
    return user === principal.user ? principal : { ...principal, actsFor: user };
  }
}

function noPasswords(): GatewayError {
  return new GatewayError('AUTHENTICATION_FAILED', 'This endpoint takes no passwords', {
    hint: 'Log in by Kerberos: get a ticket with kinit.',
  });
}
