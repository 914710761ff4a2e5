import { loginRefused } from '../../../src/auth/auth-provider.ts';
import type { TicketLogins } from '../../../src/auth/auth-provider.ts';
import { SpnegoLogins } from '../../../src/auth/kerberos/spnego-logins.ts';
import type { SecurityContext, SecurityContexts } from '../../../src/auth/security-context.ts';

/**
 * Plays Kerberos by the text of a token: `NAME for SERVICE` logs NAME in once, and asks the service to prove itself where it
 * ends with `, mutual`; `hello` begins a login of several messages.
 */
export class FakeSecurityContexts implements SecurityContexts {
  /** Contexts that were not disposed of. */
  open = 0;
  readonly #service: string;
  readonly #seen = new Set<string>();

  constructor(service: string) {
    this.#service = service;
  }

  accept(): SecurityContext {
    this.open += 1;
    let clientName: string | undefined;
    let isOpen = true;
    const unused = (): never => {
      throw new Error('HTTP wraps nothing');
    };
    return {
      step: (token) => {
        const text = token.toString();
        if (text === 'hello')
          return Promise.resolve({ token: Buffer.from('?'), isComplete: false });
        const [, name, service, mutual] = /^(\S+) for ([^ ,]+)(, mutual)?$/.exec(text) ?? [];
        if (name === undefined) return Promise.reject(loginRefused('no token'));
        if (service !== this.#service) return Promise.reject(loginRefused('of another service'));
        if (this.#seen.has(text)) return Promise.reject(loginRefused('a replay'));
        this.#seen.add(text);
        clientName = name;
        const reply = mutual === undefined ? '' : `I am ${this.#service}`;
        return Promise.resolve({ token: Buffer.from(reply), isComplete: true });
      },
      get clientName() {
        if (clientName === undefined) throw new Error('not complete');
        return clientName;
      },
      keepsOrder: false,
      wrap: unused,
      unwrap: unused,
      wrapSizeLimit: unused,
      dispose: () => {
        if (isOpen) this.open -= 1;
        isOpen = false;
      },
    };
  }
}

/** Logins by what such tokens say, for users of the realm TORII.TEST. */
export function ticketsOf(contexts: FakeSecurityContexts): TicketLogins {
  return new SpnegoLogins(contexts, (clientName) => {
    const [, user = '', realm] = /^([^/@]*).*@(.*)$/.exec(clientName) ?? [];
    if (realm !== 'TORII.TEST') throw loginRefused(`the realm ${realm} is not trusted`);
    return user;
  });
}
