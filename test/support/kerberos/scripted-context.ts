import { GatewayError } from '../../../src/core/errors.ts';
import type { SecurityContext, SecurityStep } from '../../../src/auth/security-context.ts';

export interface ContextScript {
  /** What each token leads to, in order; `bad` is refused. */
  readonly steps?: readonly (SecurityStep | 'bad')[];
  readonly clientName?: string;
  readonly keepsOrder?: boolean;
}

const done: SecurityStep = { token: Buffer.alloc(0), isComplete: true };
/** What a token here is longer than its message. */
const overhead = 2;

/** A context without Kerberos: a token is `<i or c><count of the sender's tokens><message>`. */
export class ScriptedContext implements SecurityContext {
  readonly keepsOrder: boolean;
  readonly taken: string[] = [];
  isDisposed = false;
  readonly #steps: (SecurityStep | 'bad')[];
  readonly #clientName: string;
  #isComplete = false;
  #sent = 0;
  #received = 0;

  constructor({ steps = [done], clientName = 'alice@R', keepsOrder = true }: ContextScript = {}) {
    this.#steps = [...steps];
    this.#clientName = clientName;
    this.keepsOrder = keepsOrder;
  }

  get clientName(): string {
    if (!this.#isComplete) throw new Error('not complete');
    return this.#clientName;
  }

  step(token: Buffer): Promise<SecurityStep> {
    this.taken.push(token.toString());
    const next = this.#steps.shift();
    if (next === undefined || next === 'bad') {
      return Promise.reject(new GatewayError('AUTHENTICATION_FAILED', 'a bad token'));
    }
    this.#isComplete = next.isComplete;
    return Promise.resolve(next);
  }

  wrap(message: Buffer, isConfidential: boolean): Promise<Buffer> {
    return Promise.resolve(scriptedToken(message, isConfidential, this.#sent++));
  }

  unwrap(token: Buffer): Promise<{ readonly message: Buffer; readonly isConfidential: boolean }> {
    const [kind, count] = [token.toString('latin1', 0, 1), token.readUInt8(1)];
    if ((kind !== 'i' && kind !== 'c') || count !== this.#received++ % 256) {
      return Promise.reject(new GatewayError('AUTHENTICATION_FAILED', 'a bad message'));
    }
    return Promise.resolve({ message: token.subarray(overhead), isConfidential: kind === 'c' });
  }

  wrapSizeLimit(maxTokenBytes: number): number {
    return Math.max(0, maxTokenBytes - overhead);
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

/** The token that the other end makes of its message number `count`. */
export function scriptedToken(message: Buffer, isConfidential: boolean, count: number): Buffer {
  return Buffer.concat([Buffer.from(isConfidential ? 'c' : 'i'), Buffer.of(count % 256), message]);
}
