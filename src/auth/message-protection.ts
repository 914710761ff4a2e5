import { GatewayError } from '../core/errors.ts';
import type { SecurityContext } from './security-context.ts';

/** What a connection's messages are made of after a login that agreed to sign or encrypt them. */
export class MessageProtection {
  /** The longest piece, in bytes, whose token the client takes. */
  readonly pieceBytes: number;
  readonly #context: SecurityContext;
  readonly #isConfidential: boolean;

  constructor(context: SecurityContext, isConfidential: boolean, pieceBytes: number) {
    this.#context = context;
    this.#isConfidential = isConfidential;
    this.pieceBytes = pieceBytes;
  }

  /** The token of one piece for the client. */
  protect(piece: Buffer): Promise<Buffer> {
    return this.#context.wrap(piece, this.#isConfidential);
  }

  /** What a token of the client's holds; throws AUTHENTICATION_FAILED where it is not what was agreed on. */
  async open(token: Buffer): Promise<Buffer> {
    const { message, isConfidential } = await this.#context.unwrap(token);
    if (isConfidential === this.#isConfidential) return message;
    const agreed = this.#isConfidential
      ? 'came unencrypted, and auth-conf was agreed on'
      : 'came encrypted, and auth-int was agreed on';
    throw new GatewayError('AUTHENTICATION_FAILED', `a protected message ${agreed}`);
  }

  /** May be called while a message is under way, which then fails. */
  dispose(): void {
    this.#context.dispose();
  }
}
