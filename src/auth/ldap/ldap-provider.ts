import type { Environment } from '../../config/environment.ts';
import type { LdapConfig } from '../../config/gateway-config.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { withinLimit } from '../../core/time-limit.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AuthProvider, Principal } from '../auth-provider.ts';
import type { GroupProvider } from '../group-provider.ts';
import { LoginCache } from '../login-cache.ts';
import { Directory } from './directory.ts';
import { logIn } from './directory-login.ts';
import { LdapServer } from './ldap-server.ts';
import { type LdapSettings, readLdapSettings } from './ldap-settings.ts';
import { ServerTurns } from './server-turns.ts';
import { readTypedName } from './typed-name.ts';

export interface LdapParts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
}

/** Checks passwords against an LDAP directory, and knows the groups of its users. */
export interface LdapProvider extends AuthProvider, GroupProvider {
  readonly kind: 'LDAP';
  /** Closes all connections; what is under way fails with AUTHENTICATION_UNAVAILABLE. */
  stop(): Promise<void>;
}

/** Opens no connection before it is asked something. Throws CONFIG_INVALID, naming the key. */
export function ldapProvider(config: LdapConfig, parts: LdapParts): LdapProvider {
  const settings = readLdapSettings(config, parts.environment);
  for (const { text, security, host } of settings.servers) {
    if (security !== 'none' || isLoopback(host)) continue;
    parts.log.warn({ server: text }, 'passwords go to the LDAP server unencrypted');
  }
  return new LdapAuthentication(config, settings, parts);
}

class LdapAuthentication implements LdapProvider {
  readonly kind = 'LDAP';
  readonly #settings: LdapSettings;
  readonly #loginTimeoutMs: number;
  readonly #servers: readonly LdapServer[];
  readonly #turns: ServerTurns<LdapServer>;
  readonly #cache: LoginCache;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(config: LdapConfig, settings: LdapSettings, { environment, clock, log }: LdapParts) {
    const { connectTimeoutMs, operationTimeoutMs, poolIdleMs: idleMs, poolSize } = config;
    const times = { connectTimeoutMs, operationTimeoutMs, idleMs };
    this.#settings = settings;
    this.#loginTimeoutMs = config.loginTimeoutMs;
    this.#servers = settings.servers.map(
      (address) => new LdapServer(address, settings, { times, poolSize, environment, clock }),
    );
    this.#turns = new ServerTurns(this.#servers, config.retryPauseMs, clock, log);
    this.#cache = new LoginCache(config.cacheLifetimeMs, config.cacheSize, clock);
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * The name as the directory spells it: `ALICE` comes in as `alice`. Throws AUTHENTICATION_FAILED when name or password are
   * wrong or a filter keeps the user out, AUTHENTICATION_UNAVAILABLE when no server could say, or the signal's reason.
   */
  async authenticate(user: string, password: string, signal: AbortSignal): Promise<Principal> {
    signal.throwIfAborted();
    const typed = readTypedName(user, this.#settings);
    if (typed === undefined) throw this.#refusal(user, 'no name of this directory');
    if (isEmptyPassword(password)) throw this.#refusal(user, 'no password');
    const known = this.#cache.find(user, password);
    if (known !== undefined) return { user: known, isAuthenticated: true };
    const outcome = await this.#inTime(signal, (wanted) =>
      this.#turns.ask((server) => logIn(server, this.#settings, { typed, password }, wanted)),
    );
    if (outcome.kind === 'refused') throw this.#refusal(user, outcome.why);
    this.#cache.remember(user, password, outcome.user);
    return { user: outcome.user, isAuthenticated: true };
  }

  /** Needs the service account. Throws AUTHENTICATION_UNAVAILABLE when no server could say. */
  async groupsOf(user: string): Promise<readonly [string, ...string[]]> {
    const typed = readTypedName(user, this.#settings);
    if (typed === undefined) return [user];
    const groups = await this.#inTime(new AbortController().signal, (signal) =>
      this.#turns.ask((server) => {
        if (server.forSearches === undefined) throw withoutService();
        return server.forSearches.use(async (connection) => {
          const directory = new Directory(this.#settings, connection, signal);
          const entry = await directory.userNamed(typed);
          return entry === undefined ? [] : directory.groupsOf(entry, user);
        }, signal);
      }),
    );
    const [primary = user, ...others] = groups;
    return [primary, ...others];
  }

  stop(): Promise<void> {
    for (const server of this.#servers) server.stop();
    return Promise.resolve();
  }

  /** The limit of a whole login; whatever goes on after it is told to end. */
  async #inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const ms = this.#loginTimeoutMs;
    const late = (): Error =>
      new GatewayError(
        'AUTHENTICATION_UNAVAILABLE',
        `the LDAP directory did not answer within ${ms} ms`,
        {
          hint: 'Try again in a moment.',
        },
      );
    try {
      const wanted = AbortSignal.any([signal, over.signal]);
      return await withinLimit(work(wanted), { clock: this.#clock, ms, signal, late });
    } finally {
      over.abort();
    }
  }

  /** One text for all, so that nobody learns which names there are. */
  #refusal(user: string, why: string): GatewayError {
    this.#log.info({ user, why }, 'LDAP login refused');
    return new GatewayError(
      'AUTHENTICATION_FAILED',
      'user name or password is wrong, or this user may not come in',
    );
  }
}

/** Also what a server would read as empty. It would take a bind without a password for an anonymous one, and say yes. */
function isEmptyPassword(password: string): boolean {
  return password.startsWith('\0') || password.trim() === '';
}

function withoutService(): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    "a user's groups cannot be looked up without kyuubi.authentication.ldap.binddn",
    {
      hint: 'Set kyuubi.authentication.ldap.binddn and .bindpw, or name groups in torii.session.group.static.map.',
    },
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
