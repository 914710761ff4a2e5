import type { ConnectionOptions } from 'node:tls';
import { saslStatus } from '../../../src/wire/sasl-negotiation.ts';
import { RawSaslClient } from '../raw-sasl-client.ts';
import type { Initiator } from './initiator.ts';

const { start, ok, complete } = saslStatus;
const layerBits = { auth: 1, 'auth-int': 2, 'auth-conf': 4 } as const;
export type Layer = keyof typeof layerBits;
const mostTokenBytes = 65_536;

export interface LayerWish {
  readonly layer: Layer;
  readonly maxTokenBytes?: number;
  readonly authorizationId?: string;
}

export interface SaslAnswer {
  readonly status: number;
  readonly text: string;
}

/** A client of the binary protocol that logs in by SASL's GSSAPI, step by step. */
export class GssapiClient {
  readonly raw: RawSaslClient;
  readonly #initiator: Initiator;
  #layer: Layer = 'auth';

  constructor(port: number, initiator: Initiator, tls?: ConnectionOptions) {
    this.raw = new RawSaslClient(port, tls);
    this.#initiator = initiator;
  }

  /** Brings the ticket; `ok` with the server's own proof where it was taken. */
  bring(token: Buffer = this.#initiator.step().token): Promise<SaslAnswer> {
    this.raw.say(start, 'GSSAPI');
    this.raw.say(ok, token);
    return this.raw.answer();
  }

  /** From the server's proof to the layers that it offers, as bits. */
  async offered(proof: SaslAnswer): Promise<number> {
    if (proof.status !== ok) throw new Error(`the ticket was refused: ${proof.text}`);
    if (!this.#initiator.step(Buffer.from(proof.text, 'latin1')).isComplete) {
      throw new Error('the server has not proved itself');
    }
    this.raw.say(ok, '');
    const offer = await this.raw.answer();
    return this.#initiator.unwrap(Buffer.from(offer.text, 'latin1')).message.readUInt8(0);
  }

  /** What comes of it is `complete`, or the reason why not. */
  choose(wish: LayerWish): Promise<SaslAnswer> {
    const { layer, maxTokenBytes = mostTokenBytes, authorizationId = '' } = wish;
    this.#layer = layer;
    const choice = Buffer.alloc(4);
    choice.writeUInt32BE(maxTokenBytes);
    choice.writeUInt8(layerBits[layer], 0);
    const message = Buffer.concat([choice, Buffer.from(authorizationId)]);
    this.raw.say(complete, this.#initiator.wrap(message, false));
    return this.raw.answer();
  }

  /** All of it: `complete`, or the first refusal. */
  async logIn(wish: LayerWish): Promise<SaslAnswer> {
    const proof = await this.bring();
    if (proof.status !== ok) return proof;
    await this.offered(proof);
    return this.choose(wish);
  }

  seal(message: Buffer): Buffer {
    if (this.#layer === 'auth') return message;
    return this.#initiator.wrap(message, this.#layer === 'auth-conf');
  }

  send(message: Buffer): void {
    this.raw.sendFrame(this.seal(message));
  }

  /** The next piece of what the gateway says, and how long it was on the wire. */
  async receive(): Promise<{ readonly piece: Buffer; readonly wireBytes: number }> {
    const frame = await this.raw.frame();
    if (this.#layer === 'auth') return { piece: frame, wireBytes: frame.length };
    const { message, isConfidential } = this.#initiator.unwrap(frame);
    if (isConfidential !== (this.#layer === 'auth-conf')) throw new Error('of another layer');
    return { piece: message, wireBytes: frame.length };
  }

  end(): void {
    this.raw.socket.destroy();
    this.#initiator.dispose();
  }
}
