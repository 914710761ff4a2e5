import { GatewayError } from '../../core/errors.ts';
import type { AcceptedTicket, TicketLogins } from '../auth-provider.ts';
import type { SecurityContexts } from '../security-context.ts';

/** Takes SPNEGO tokens, and Kerberos tokens without SPNEGO around them, which is what JDBC drivers send. */
export class SpnegoLogins implements TicketLogins {
  readonly #contexts: SecurityContexts;
  readonly #userOf: (clientName: string) => string;

  /** `userOf`: the user that a Kerberos principal stands for; throws `AUTHENTICATION_FAILED`. */
  constructor(contexts: SecurityContexts, userOf: (clientName: string) => string) {
    this.#contexts = contexts;
    this.#userOf = userOf;
  }

  async accept(token: Buffer): Promise<AcceptedTicket> {
    const context = this.#contexts.accept();
    try {
      const { token: reply, isComplete } = await context.step(token);
      // Requests of one connection may be of several clients, where a proxy stands between: nothing is kept from one to the next.
      if (!isComplete) throw unfinished();
      return {
        principal: { user: this.#userOf(context.clientName), isAuthenticated: true },
        reply,
      };
    } finally {
      context.dispose();
    }
  }
}

function unfinished(): GatewayError {
  return new GatewayError(
    'AUTHENTICATION_FAILED',
    'the Negotiate token holds no Kerberos ticket: it begins a login of several messages',
    { hint: 'Get a ticket first (kinit), and let the client offer Kerberos before all else.' },
  );
}
