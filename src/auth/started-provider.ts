import type { ProvingMethod } from '../config/authentication-methods.ts';
import { authenticationEntries } from '../config/entries/authentication.ts';
import type { Environment } from '../config/environment.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { AuthProvider, Logins } from './auth-provider.ts';
import type { GroupProvider } from './group-provider.ts';

/** What providers are made of. */
export interface ProviderParts {
  readonly config: Pick<
    GatewayConfig,
    'authentication' | 'jdbc' | 'jwt' | 'kerberos' | 'ldap' | 'passwordFile' | 'spnego'
  >;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
}

/** A provider at work, and its end: files, pools and connections are let go. */
export interface StartedProvider {
  readonly provider: AuthProvider;
  /** Where it knows the groups of users, too. */
  readonly groups?: GroupProvider;
  stop(): Promise<void>;
}

/** Kerberos at work: it takes tickets, by other messages than a name and a password. */
export interface StartedTickets extends Pick<Logins, 'exchanges' | 'tickets'> {
  stop(): Promise<void>;
}

/** A provider that has nothing to let go of. */
export function withoutStop(provider: AuthProvider): StartedProvider {
  return { provider, stop: () => Promise.resolve() };
}

/** A method is listed, and a setting that it can't do without is not there. */
export function missing(method: ProvingMethod, key: string): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `${authenticationEntries.methods.key} lists ${method}, and ${key} is not set`,
  );
}
