import type { Clock } from '../core/clock.ts';
import { toGatewayError } from '../core/errors.ts';
import type { GatewayError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import { outcomeOf } from '../telemetry/audit-log.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import type { Logins, Principal } from './auth-provider.ts';
import type { Impersonation } from './impersonation.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { NameForm } from './user-name.ts';
import type { UserNames } from './user-names.ts';

/** A name and a password, and what else a door knows of whoever gives them. */
export interface PasswordAttempt {
  /** As the client sent it; may be empty beside a token. */
  readonly user: string;
  readonly password: string;
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

  /** Throws what the provider throws, `LOGIN_THROTTLED`, or `PROXY_USER_DENIED`. */
  async login(attempt: PasswordAttempt): Promise<Principal> {
    const { user, clientAddress: address, method, authorizationId } = attempt;
    try {
      const proven = this.named(await this.#checked(attempt));
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

  async #checked({ user, password, clientAddress, signal }: PasswordAttempt): Promise<Principal> {
    const { logins, throttle } = this.#options;
    const attempt = await throttle.begin(user, clientAddress, signal);
    try {
      const principal = await logins.passwords.authenticate(user, password, signal);
      attempt.succeeded(principal.user);
      return principal;
    } catch (thrown) {
      if (toGatewayError(thrown).code === 'AUTHENTICATION_FAILED') attempt.refused();
      else attempt.undecided();
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
