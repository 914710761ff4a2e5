import type { Principal } from '../../auth/auth-provider.ts';
import type { GssapiExchange } from '../../auth/gssapi-exchange.ts';
import type { LoginDesk } from '../../auth/login-desk.ts';
import type { MessageProtection } from '../../auth/message-protection.ts';
import { GatewayError } from '../../core/errors.ts';
import { parsePlain, saslStatus } from '../../wire/sasl-negotiation.ts';
import type { NegotiationMessage } from '../../wire/sasl-negotiation.ts';
import { WireError } from '../../wire/wire-error.ts';

/** What is done about a message of the client's. */
export type SaslAnswer =
  /** The client goes on: it has only named its mechanism. */
  | { readonly kind: 'listen' }
  | { readonly kind: 'challenge'; readonly payload: Buffer }
  | {
      readonly kind: 'done';
      readonly principal: Principal;
      /** Undefined where what follows is sent as it is. It is the taker's to dispose of. */
      readonly protection: MessageProtection | undefined;
    };

export interface SaslLoginOptions {
  readonly logins: LoginDesk;
  readonly clientAddress: string;
  /** Fires when the client has left. */
  readonly gone: AbortSignal;
  /** The longest token, in bytes, that is taken after the login. */
  readonly maxTokenBytes: number;
}

/** One login by SASL: its mechanism, and then as many messages as that needs. */
export class SaslLogin {
  readonly #options: SaslLoginOptions;
  #mechanism: 'PLAIN' | GssapiExchange | undefined;

  constructor(options: SaslLoginOptions) {
    this.#options = options;
  }

  /** Whether the client may send its first request before it knows that it is let in. */
  get mayHurry(): boolean {
    return this.#mechanism === 'PLAIN';
  }

  /** Throws WireError for what is no such message, and what the login desk throws. One message at a time. */
  async take({ status, payload }: NegotiationMessage): Promise<SaslAnswer> {
    if (status === saslStatus.start) return this.#start(payload.toString('latin1'));
    if (status !== saslStatus.ok && status !== saslStatus.complete) {
      throw malformed(`Expecting START, OK or COMPLETE status, received ${status}`);
    }
    if (this.#mechanism === undefined) throw malformed('Expecting START status first');
    return this.#mechanism === 'PLAIN'
      ? this.#plain(payload)
      : this.#kerberos(this.#mechanism, payload);
  }

  /** The client has left, or was refused. */
  dispose(): void {
    if (typeof this.#mechanism === 'object') this.#mechanism.dispose();
  }

  #start(name: string): SaslAnswer {
    const { logins, clientAddress, maxTokenBytes } = this.#options;
    if (this.#mechanism !== undefined) throw malformed('START came a second time');
    const { mechanisms } = logins;
    if (name === 'PLAIN' && mechanisms.includes(name)) this.#mechanism = name;
    else if (name === 'GSSAPI' && mechanisms.includes(name))
      this.#mechanism = logins.beginExchange(maxTokenBytes);
    else {
      const offered = mechanisms.join(' and ');
      const error = new GatewayError(
        'AUTHENTICATION_FAILED',
        `Unsupported mechanism type ${name.slice(0, 40)}: this endpoint speaks ${offered}`,
        { hint: hints[mechanisms.includes('PLAIN') ? 'PLAIN' : 'GSSAPI'] },
      );
      throw logins.refused(error, clientAddress, 'SASL');
    }
    return { kind: 'listen' };
  }

  async #plain(payload: Buffer): Promise<SaslAnswer> {
    const { logins, clientAddress, gone } = this.#options;
    const principal = await logins.login({
      ...parsePlain(payload),
      clientAddress,
      method: 'PLAIN',
      signal: gone,
    });
    return { kind: 'done', principal, protection: undefined };
  }

  async #kerberos(exchange: GssapiExchange, payload: Buffer): Promise<SaslAnswer> {
    const { logins, clientAddress, gone } = this.#options;
    const attempt = { clientAddress, method: 'GSSAPI', signal: gone };
    let answer;
    try {
      answer = await exchange.respond(payload);
    } catch (thrown) {
      const prove = (): Promise<never> => Promise.reject(thrown as Error); // what is thrown here is one
      await logins.loginByProof({ ...attempt, authorizationId: '', prove });
      throw thrown;
    }
    if (answer.kind === 'challenge') return answer;
    const { user, authorizationId, protection } = answer;
    try {
      const prove = (): Promise<Principal> => Promise.resolve({ user, isAuthenticated: true });
      const principal = await logins.loginByProof({ ...attempt, authorizationId, prove });
      return { kind: 'done', principal, protection };
    } catch (thrown) {
      protection?.dispose();
      throw thrown;
    }
  }
}

const hints = {
  PLAIN: 'Give a user name and a password, and leave principal= out of the URL.',
  GSSAPI: 'Log in by Kerberos: kinit, and principal=<service>/<host>@<REALM> in a JDBC URL.',
} as const;

function malformed(text: string): WireError {
  return new WireError('malformed', text);
}
