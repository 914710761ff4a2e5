import { WireError } from './wire-error.ts';

/** Status bytes of TSaslTransport's negotiation (hiveserver2-wire 1.3). */
export const saslStatus = { start: 1, ok: 2, bad: 3, error: 4, complete: 5 } as const;

export interface NegotiationMessage {
  readonly status: number;
  readonly payload: Buffer;
}

/** Credentials of SASL PLAIN (RFC 4616). */
export interface PlainCredentials {
  /** Whom to act for; empty where the client named nobody. */
  readonly authorizationId: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Cuts the negotiation into messages of `byte status | i32 length | payload`. What follows the last message of the
 * negotiation belongs to the data phase: take it by `rest()`.
 */
export class NegotiationReader {
  readonly #limitBytes: number;
  #held: Buffer = Buffer.alloc(0);

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Throws for a client that goes on and on while its first message is being looked at. */
  push(chunk: Buffer): void {
    if (this.#held.length > 5 + this.#limitBytes) {
      throw new WireError(
        'too-large',
        `${this.#held.length} bytes of negotiation wait already; the limit is ${this.#limitBytes}`,
      );
    }
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
  }

  next(): NegotiationMessage | undefined {
    if (this.#held.length < 5) return undefined;
    const length = this.#held.readInt32BE(1);
    if (length < 0 || length > this.#limitBytes) {
      throw new WireError(
        'too-large',
        `a negotiation payload of ${length} bytes; the limit is ${this.#limitBytes}`,
      );
    }
    if (this.#held.length < 5 + length) return undefined;
    const message = {
      status: this.#held.readUInt8(0),
      payload: this.#held.subarray(5, 5 + length),
    };
    this.#held = this.#held.subarray(5 + length);
    return message;
  }

  /** Bytes behind the negotiation, handed out once. */
  rest(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }
}

/** One message in one buffer: some clients look only at the first segment they get. */
export function negotiationMessage(status: number, payload: Buffer | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
  const message = Buffer.allocUnsafe(5 + bytes.length);
  message.writeUInt8(status, 0);
  message.writeInt32BE(bytes.length, 1);
  bytes.copy(message, 5);
  return message;
}

/** `[authzid] NUL authcid NUL passwd`; the form without authzid is known too. */
export function parsePlain(payload: Buffer): PlainCredentials {
  const parts = splitAtNul(payload);
  if (parts.length !== 2 && parts.length !== 3) {
    throw new WireError('malformed', 'a SASL PLAIN response has two or three parts');
  }
  const [password = '', user = '', authorizationId = ''] = parts.toReversed();
  return { authorizationId, user, password };
}

/** `NUL user NUL password`, as Java clients write it. */
export function plainResponse(user: string, password: string): Buffer {
  return Buffer.from(`\0${user}\0${password}`, 'utf8');
}

function splitAtNul(payload: Buffer): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    const at = payload.indexOf(0, from);
    const part = payload.subarray(from, at < 0 ? payload.length : at);
    try {
      parts.push(decoder.decode(part));
    } catch (cause) {
      throw new WireError('malformed', `a SASL PLAIN response is UTF-8 text: ${String(cause)}`);
    }
    if (at < 0) return parts;
    from = at + 1;
  }
}
