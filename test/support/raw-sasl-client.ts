import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { negotiationMessage } from '../../src/wire/sasl-negotiation.ts';

/** Says what it is told to, in SASL's frames, and reads by counts of bytes; a read fails where the door closes before. */
export class RawSaslClient {
  readonly socket: Socket;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(port: number, tls?: ConnectionOptions) {
    const to = { port, host: '127.0.0.1' };
    this.socket = (tls === undefined ? connect(to) : connectTls({ ...to, ...tls }))
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        this.#held.push(chunk);
        this.#heldBytes += chunk.length;
        this.#wake();
      })
      .on('close', () => {
        this.#isClosed = true;
        this.#wake();
      });
  }

  say(status: number, payload: Buffer | string): void {
    this.socket.write(negotiationMessage(status, payload));
  }

  async read(length: number): Promise<Buffer> {
    while (this.#heldBytes < length) {
      if (this.#isClosed) throw new Error(`closed after ${this.#heldBytes} bytes`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const all = Buffer.concat(this.#held);
    this.#held = [all.subarray(length)];
    this.#heldBytes -= length;
    return all.subarray(0, length);
  }

  async answer(): Promise<{ readonly status: number; readonly text: string }> {
    const head = await this.read(5);
    const payload = await this.read(head.readInt32BE(1));
    return { status: head.readUInt8(0), text: payload.toString('latin1') };
  }

  async frame(): Promise<Buffer> {
    return this.read((await this.read(4)).readInt32BE(0));
  }

  sendFrame(bytes: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    this.socket.write(Buffer.concat([length, bytes]));
  }

  async closed(): Promise<void> {
    while (!this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
