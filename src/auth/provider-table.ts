import { isProvingMethod } from '../config/authentication-methods.ts';
import type { ProvingMethod } from '../config/authentication-methods.ts';
import { authenticationEntries } from '../config/entries/authentication.ts';
import { GatewayError } from '../core/errors.ts';
import { noAuthentication } from './auth-provider.ts';
import type { AuthProvider, Logins } from './auth-provider.ts';
import type { GroupProvider } from './group-provider.ts';
import { startJdbc } from './jdbc/start-jdbc.ts';
import { startJwt } from './jwt/start-jwt.ts';
import { startLdap } from './ldap/start-ldap.ts';
import { startPasswordFile } from './password-file/start-password-file.ts';
import { PasswordLogins } from './password-logins.ts';
import type { ProviderParts, StartedProvider, StartedTickets } from './started-provider.ts';

type TableRow =
  /** `takes`: passwords that are tokens, or all others. */
  | {
      readonly takes: 'tokens' | 'passwords';
      readonly start: (parts: ProviderParts) => Promise<StartedProvider>;
    }
  | {
      readonly takes: 'tickets';
      readonly start: (parts: ProviderParts) => Promise<StartedTickets>;
    }
  /** `lack` completes "this version of the gateway ...". */
  | { readonly takes: 'nothing'; readonly lack: string; readonly hint: string };

const without = 'Use KERBEROS, LDAP, JWT, JDBC or PASSWORD_FILE.';

/** How each method of `kyuubi.authentication` is started. A new one is one line here. */
const table: Readonly<Record<ProvingMethod, TableRow>> = {
  KERBEROS: {
    takes: 'tickets',
    // It comes with native code, which others shall not need to have.
    start: async (parts) => {
      const { startKerberosLogins } = await import('./kerberos/kerberos-logins.ts');
      return startKerberosLogins(parts);
    },
  },
  LDAP: { takes: 'passwords', start: startLdap },
  JDBC: { takes: 'passwords', start: startJdbc },
  JWT: { takes: 'tokens', start: startJwt },
  PASSWORD_FILE: { takes: 'passwords', start: startPasswordFile },
  CUSTOM: { takes: 'nothing', lack: 'runs no Java classes of a site', hint: without },
};

/** The logins of a gateway, and what has come with them. */
export interface StartedLogins extends Logins {
  /** Undefined where no provider at work knows groups of users that it has not just let in. */
  readonly groups: GroupProvider | undefined;
  stop(): Promise<void>;
}

/** Starts what `kyuubi.authentication` lists; throws CONFIG_INVALID for what this version lacks or what is set up wrong. */
export async function startLogins(parts: ProviderParts): Promise<StartedLogins> {
  const methods = parts.config.authentication.methods.filter(isProvingMethod);
  if (methods.length === 0) {
    const stop = (): Promise<void> => Promise.resolve();
    return { passwords: noAuthentication, isRequired: false, groups: undefined, stop };
  }
  for (const method of methods) requireImplemented(method);
  const started: StartedProvider[] = [];
  let kerberos: StartedTickets | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([kerberos?.stop(), ...started.splice(0).map((each) => each.stop())]);
  };
  const first = async (takes: 'tokens' | 'passwords'): Promise<AuthProvider | undefined> => {
    for (const method of methods) {
      const row = table[method];
      if (row.takes !== takes) continue;
      const made = await row.start(parts);
      started.push(made);
      return made.provider;
    }
    return undefined;
  };
  try {
    const tokens = await first('tokens');
    const passwords = await first('passwords');
    for (const method of methods) {
      const row = table[method];
      if (row.takes === 'tickets') kerberos = await row.start(parts);
    }
    return {
      passwords:
        tokens === undefined && passwords === undefined
          ? undefined
          : new PasswordLogins({ tokens, passwords, log: parts.log }),
      exchanges: kerberos?.exchanges,
      tickets: kerberos?.tickets,
      isRequired: true,
      groups: started.map((each) => each.groups).find((each) => each !== undefined),
      stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function requireImplemented(method: ProvingMethod): void {
  const row = table[method];
  if (row.takes !== 'nothing') return;
  const { key } = authenticationEntries.methods;
  throw new GatewayError(
    'CONFIG_INVALID',
    `${key} lists ${method}: this version of the gateway ${row.lack}`,
    { hint: row.hint },
  );
}
