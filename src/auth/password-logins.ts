import { GatewayError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { loginRefused } from './auth-provider.ts';
import type { AuthProvider, Principal } from './auth-provider.ts';
import { looksLikeToken } from './token-shape.ts';
import { isUserName } from './user-name.ts';

export interface PasswordLoginsOptions {
  /** Gets the passwords that are tokens. */
  readonly tokens: AuthProvider | undefined;
  /** Gets all others. */
  readonly passwords: AuthProvider | undefined;
  readonly log: Log;
}

/** Hands each password to the one provider that is meant by it; what none is meant by is refused. */
export class PasswordLogins implements AuthProvider {
  readonly kind = 'PLAIN';
  readonly #options: PasswordLoginsOptions;

  constructor(options: PasswordLoginsOptions) {
    this.#options = options;
  }

  async authenticate(user: string, password: string, signal: AbortSignal): Promise<Principal> {
    const { tokens, passwords, log } = this.#options;
    const isToken = tokens !== undefined && looksLikeToken(password);
    const provider = isToken ? tokens : passwords;
    if (provider === undefined) throw loginRefused('no provider takes such a password');
    if (password === '' || (user === '' && !isToken))
      throw loginRefused('an empty name or password');
    if (user !== '' && !isUserName(user))
      throw loginRefused('a name with control characters, or blanks at its ends');
    try {
      return await provider.authenticate(user, password, signal);
    } catch (thrown) {
      if (thrown instanceof GatewayError) throw thrown;
      log.error({ provider: provider.kind, at: placeOf(thrown) }, 'login could not be checked');
      throw new GatewayError('AUTHENTICATION_UNAVAILABLE', 'the login could not be checked', {
        hint: 'Try again; if it stays, the log of the gateway says why.',
      });
    }
  }
}

/** Name and stack of a failure without its message, which may quote the password. */
function placeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const frames = thrown.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? [];
  return [thrown.name, ...frames].join('\n');
}
