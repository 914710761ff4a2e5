import { isProvingMethod } from '../config/authentication-methods.ts';
import type { ProvingMethod } from '../config/authentication-methods.ts';
import { authenticationEntries } from '../config/entries/authentication.ts';
import { ldapEntries } from '../config/entries/ldap.ts';
import { sessionEntries } from '../config/entries/session.ts';
import { GatewayError } from '../core/errors.ts';
import { noAuthentication } from './auth-provider.ts';
import type { AuthProvider, Logins } from './auth-provider.ts';
import { staticGroups } from './group-provider.ts';
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
  /** Whom `kyuubi.session.group.provider` names: groups of users who have not just logged in themselves. */
  readonly groups: GroupProvider;
  stop(): Promise<void>;
}

/** Starts what `kyuubi.authentication` lists; throws CONFIG_INVALID for what this version lacks or what is set up wrong. */
export async function startLogins(parts: ProviderParts): Promise<StartedLogins> {
  const methods = parts.config.authentication.methods.filter(isProvingMethod);
  if (methods.length === 0) {
    const { groups, stop } = await startGroups(parts, []);
    return { passwords: noAuthentication, isRequired: false, groups, stop };
  }
  requireProof(parts);
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
    const { groups, stop: stopGroups } = await startGroups(parts, started);
    return {
      passwords:
        tokens === undefined && passwords === undefined
          ? undefined
          : new PasswordLogins({ tokens, passwords, log: parts.log }),
      exchanges: kerberos?.exchanges,
      tickets: kerberos?.tickets,
      isRequired: true,
      groups,
      stop: async () => {
        await Promise.all([stop(), stopGroups()]);
      },
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** A directory that tells groups is the one that logins ask, or else asked for groups alone. */
async function startGroups(
  parts: ProviderParts,
  started: readonly StartedProvider[],
): Promise<{ readonly groups: GroupProvider; readonly stop: () => Promise<void> }> {
  const { session, ldap } = parts.config;
  const nothing = (): Promise<void> => Promise.resolve();
  if (session.groupProvider === 'static') {
    return { groups: staticGroups(session.staticGroups), stop: nothing };
  }
  if (ldap.url === undefined) throw withoutDirectory(ldapEntries.url.key);
  if (ldap.bindDn === undefined) throw withoutDirectory(ldapEntries.bindDn.key);
  const known = started.map((each) => each.groups).find((each) => each !== undefined);
  if (known !== undefined) return { groups: known, stop: nothing };
  const directory = await startLdap(parts);
  return { groups: directory.groups, stop: () => directory.stop() };
}

function withoutDirectory(key: string): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `${sessionEntries.groupProvider.key} is ldap, and ${key} is not set`,
    {
      hint: `Set the directory's keys, a service account's too; or name groups in ${sessionEntries.staticGroups.key}.`,
    },
  );
}

/**
 * Kyuubi asks the first method that takes passwords, so NONE before one, or beside Kerberos alone, lets everybody in; that
 * is never meant. What it would not ask (NONE after another method, NOSASL beside any) changes nothing here either.
 */
function requireProof({ config, log }: ProviderParts): void {
  const { methods } = config.authentication;
  const { key } = authenticationEntries.methods;
  const asked = methods.find(
    (method) =>
      method === 'NONE' || (isProvingMethod(method) && table[method].takes === 'passwords'),
  );
  if (asked === 'NONE') {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${key} is ${methods.join(',')}, and NONE would let anybody in under any name`,
      { hint: 'Take NONE out; where no proof is wanted, list it alone.' },
    );
  }
  const unused = methods.filter((method) => !isProvingMethod(method));
  if (unused.length > 0) log.warn({ key, methods: unused }, 'methods of no effect beside others');
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
