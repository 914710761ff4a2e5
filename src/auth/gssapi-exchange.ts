import type { SecurityLayer } from '../config/security-layers.ts';
import { GatewayError } from '../core/errors.ts';
import { StateMachine } from '../core/state-machine.ts';
import type { Transitions } from '../core/state-machine.ts';
import { MessageProtection } from './message-protection.ts';
import type { SecurityContext } from './security-context.ts';
import { layerOffer, readLayerChoice } from './security-layer-offer.ts';
import type { LayerChoice } from './security-layer-offer.ts';

/**
 * Where a login stands, between two messages of the client's (RFC 4752, section 3.2). `tokens`: Kerberos is not through.
 * `acknowledging`: it is, and the client has our last token. `choosing`: the client has our offer of layers.
 */
type ExchangeState = 'tokens' | 'acknowledging' | 'choosing' | 'complete' | 'failed';

const exchangeTransitions: Transitions<ExchangeState> = {
  tokens: ['tokens', 'acknowledging', 'choosing', 'failed'],
  acknowledging: ['choosing', 'failed'],
  choosing: ['complete', 'failed'],
  complete: [],
  failed: [],
};

/** What the client gets for a message, or what the login came to. */
export type ExchangeAnswer =
  | { readonly kind: 'challenge'; readonly payload: Buffer }
  | {
      readonly kind: 'complete';
      readonly user: string;
      /** For whom to act; empty: for oneself. Nobody has allowed it yet. */
      readonly authorizationId: string;
      /** Undefined where what follows is sent as it is. It is the taker's to dispose of. */
      readonly protection: MessageProtection | undefined;
    };

export interface GssapiExchangeOptions {
  readonly context: SecurityContext;
  readonly layers: readonly SecurityLayer[];
  /** The longest token, in bytes, that we take once the login is over. */
  readonly maxTokenBytes: number;
  /** The user whom a Kerberos name stands for; throws `AUTHENTICATION_FAILED`. */
  readonly userOf: (clientName: string) => string;
}

/** Kerberos needs one token, or two where a client wants to be extra sure; an empty one may come before. */
const mostTokens = 4;
/** Rows in smaller pieces would cost more in signatures than in bytes. */
const leastPieceBytes = 512;

/** The server's side of one login by SASL's mechanism GSSAPI. Ends its context unless it hands it over as a protection. */
export class GssapiExchange {
  readonly #options: GssapiExchangeOptions;
  readonly #state = new StateMachine<ExchangeState>(exchangeTransitions, 'tokens');
  #tokens = 0;
  #offered: readonly SecurityLayer[] = [];

  constructor(options: GssapiExchangeOptions) {
    this.#options = options;
  }

  /** Takes the client's next message. Throws as `SecurityContext.step` does, and `AUTHENTICATION_FAILED` for one out of place. */
  async respond(payload: Buffer): Promise<ExchangeAnswer> {
    try {
      switch (this.#state.state) {
        case 'tokens':
          return await this.#step(payload);
        case 'acknowledging':
          if (payload.length > 0) throw refused('A Kerberos token came after the last one');
          return await this.#offer();
        case 'choosing':
          return await this.#complete(payload);
        case 'complete':
        case 'failed':
          throw refused('The login is over');
      }
    } catch (thrown) {
      this.dispose();
      throw thrown;
    }
  }

  /** The client has left, or is refused. What was handed over stays. */
  dispose(): void {
    if (this.#state.tryTo('failed')) this.#options.context.dispose();
  }

  async #step(payload: Buffer): Promise<ExchangeAnswer> {
    this.#tokens += 1;
    if (this.#tokens > mostTokens) {
      throw refused(`The client sent ${mostTokens} tokens, and its login is not through`);
    }
    if (payload.length === 0) {
      if (this.#tokens > 1) throw refused('The client sent no Kerberos token');
      return challenge(payload); // it had nothing to say before it was asked
    }
    const { token, isComplete } = await this.#options.context.step(payload);
    if (isComplete && token.length === 0) return this.#offer();
    this.#move(isComplete ? 'acknowledging' : 'tokens');
    return challenge(token);
  }

  async #offer(): Promise<ExchangeAnswer> {
    const { context, layers, maxTokenBytes } = this.#options;
    // Whoever stands between could repeat what a client signed, if nobody counted.
    this.#offered = context.keepsOrder ? layers : layers.filter((layer) => layer === 'auth');
    if (this.#offered.length === 0) {
      throw refused(
        `The gateway asks for ${layers.join(', ')}, and the client's login keeps no order of messages`,
        { hint: 'Let the client ask for sequence detection (GSS_C_SEQUENCE_FLAG).' },
      );
    }
    const offer = await context.wrap(layerOffer(this.#offered, maxTokenBytes), false);
    this.#move('choosing');
    return challenge(offer);
  }

  async #complete(payload: Buffer): Promise<ExchangeAnswer> {
    const { context, userOf } = this.#options;
    const choice = readLayerChoice((await context.unwrap(payload)).message, this.#offered);
    const user = userOf(context.clientName);
    const protection = this.#protection(choice);
    this.#move('complete');
    if (protection === undefined) context.dispose();
    // Some clients name their own principal there, which is no wish to be somebody else.
    const { authorizationId } = choice;
    const isOwn = authorizationId === context.clientName;
    return {
      kind: 'complete',
      user,
      authorizationId: isOwn ? '' : authorizationId,
      protection,
    };
  }

  /** Somebody may have ended it meanwhile. */
  #move(next: ExchangeState): void {
    if (this.#state.tryTo(next)) return;
    throw new GatewayError('SESSION_CLOSED', 'the client left before its login was through');
  }

  #protection({ layer, maxTokenBytes }: LayerChoice): MessageProtection | undefined {
    if (layer === 'auth') return undefined;
    const { context } = this.#options;
    const isConfidential = layer === 'auth-conf';
    const pieceBytes = context.wrapSizeLimit(maxTokenBytes, isConfidential);
    if (pieceBytes < leastPieceBytes) {
      throw refused(
        `The client takes tokens of at most ${maxTokenBytes} bytes: too few to protect messages`,
        { hint: 'Let the client take 65536 bytes (javax.security.sasl.maxbuffer in Java).' },
      );
    }
    return new MessageProtection(context, isConfidential, pieceBytes);
  }
}

function challenge(payload: Buffer): ExchangeAnswer {
  return { kind: 'challenge', payload };
}

function refused(message: string, details: { readonly hint?: string } = {}): GatewayError {
  return new GatewayError('AUTHENTICATION_FAILED', message, details);
}
