import { isProvingMethod } from '../config/authentication-methods.ts';
import type { ProvingMethod } from '../config/authentication-methods.ts';
import { authenticationEntries, passwordFileEntries } from '../config/entries/authentication.ts';
import { jwtEntries } from '../config/entries/jwt.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { noAuthentication } from './auth-provider.ts';
import type { AuthProvider, Logins } from './auth-provider.ts';
import { JwtProvider } from './jwt/jwt-provider.ts';
import { openKeyFile } from './jwt/key-file.ts';
import { KeyUrl } from './jwt/key-url.ts';
import { PasswordFileProvider } from './password-file/password-file-provider.ts';
import { PasswordLogins } from './password-logins.ts';

/** What providers are made of. */
export interface ProviderParts {
  readonly config: Pick<GatewayConfig, 'authentication' | 'jwt' | 'passwordFile'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A provider at work, and its end: files, pools and connections are let go. */
export interface StartedProvider {
  readonly provider: AuthProvider;
  stop(): Promise<void>;
}

type TableRow =
  /** `takes`: passwords that are tokens, or all others. */
  | {
      readonly takes: 'tokens' | 'passwords';
      readonly start: (parts: ProviderParts) => Promise<StartedProvider>;
    }
  /** `lack` completes "this version of the gateway ...". */
  | { readonly takes: 'nothing'; readonly lack: string; readonly hint: string };

const without = 'Use JWT, JDBC or PASSWORD_FILE.';

/** How each method of `kyuubi.authentication` is started. A new one is one line here. */
const table: Readonly<Record<ProvingMethod, TableRow>> = {
  KERBEROS: { takes: 'nothing', lack: 'has no Kerberos', hint: without },
  LDAP: { takes: 'nothing', lack: 'does not ask LDAP servers', hint: without },
  JDBC: { takes: 'nothing', lack: 'does not ask databases', hint: without },
  JWT: { takes: 'tokens', start: startJwt },
  PASSWORD_FILE: { takes: 'passwords', start: startPasswordFile },
  CUSTOM: { takes: 'nothing', lack: 'runs no Java classes of a site', hint: without },
};

async function startJwt({ config, clock, log }: ProviderParts): Promise<StartedProvider> {
  const { jwt } = config;
  const { issuer, audience, keysUrl, keysFile } = jwt;
  if (issuer === undefined) throw missing('JWT', jwtEntries.issuer.key);
  if (audience.length === 0) throw missing('JWT', jwtEntries.audience.key);
  if (keysUrl !== undefined && keysFile !== undefined) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${jwtEntries.keysUrl.key} and ${jwtEntries.keysFile.key} are both set`,
      { hint: 'Keys come from one place: take one of the two out.' },
    );
  }
  if (keysFile !== undefined) {
    const keys = await openKeyFile(keysFile, log);
    return withoutStop(new JwtProvider({ ...jwt, issuer, keys, clock }));
  }
  if (keysUrl === undefined) throw missing('JWT', jwtEntries.keysUrl.key);
  const keys = new KeyUrl({ ...jwt, url: keysUrl, clock, log });
  return withoutStop(new JwtProvider({ ...jwt, issuer, keys, clock }));
}

async function startPasswordFile({ config, log }: ProviderParts): Promise<StartedProvider> {
  const { path } = config.passwordFile;
  if (path === undefined) throw missing('PASSWORD_FILE', passwordFileEntries.path.key);
  return withoutStop(await PasswordFileProvider.open(path, config.passwordFile, log));
}

function withoutStop(provider: AuthProvider): StartedProvider {
  return { provider, stop: () => Promise.resolve() };
}

function missing(method: ProvingMethod, key: string): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `${authenticationEntries.methods.key} lists ${method}, and ${key} is not set`,
  );
}

/** Starts what `kyuubi.authentication` lists; throws CONFIG_INVALID for what this version lacks or what is set up wrong. */
export async function startLogins(
  parts: ProviderParts,
): Promise<Logins & { stop(): Promise<void> }> {
  const methods = parts.config.authentication.methods.filter(isProvingMethod);
  if (methods.length === 0) {
    return { passwords: noAuthentication, isRequired: false, stop: () => Promise.resolve() };
  }
  for (const method of methods) requireImplemented(method);
  const started: StartedProvider[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map((each) => each.stop()));
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
    return {
      passwords: new PasswordLogins({ tokens, passwords, log: parts.log }),
      isRequired: true,
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
