import koffi from 'koffi';
import { failureOf, takeBytes } from '../../../src/auth/kerberos/gss-calls.ts';
import { emptyBuffer, loadGss } from '../../../src/auth/kerberos/gss-library.ts';
import type { Address, GssLibrary, Slot } from '../../../src/auth/kerberos/gss-library.ts';

const initiateOnly = 1;
const forever = 0xffffffff;
const errorBits = 0xffff0000;

/** What an initiator may ask of its context. */
export const contextFlags = { mutual: 2, replay: 4, sequence: 8, confidential: 16, integrity: 32 };
const usualFlags = Object.values(contextFlags).reduce((all, flag) => all | flag, 0);

export interface InitiatorOptions {
  /** File of a ticket cache, as kinit writes it. */
  readonly cache: string;
  /** `hive/localhost@REALM`. */
  readonly service: string;
  readonly flags?: number;
}

/** The client's side of a Kerberos context. Calls wait for the KDC on the caller's own thread. */
export class Initiator {
  static readonly #library: GssLibrary = loadGss();
  readonly #gss: GssLibrary = Initiator.#library;
  readonly #flags: number;
  readonly #target: Slot<Address | null> = [null];
  readonly #credential: Slot<Address | null> = [null];
  readonly #context: Slot<Address | null> = [null];
  readonly #initiate = initiateFunction;

  constructor({ cache, service, flags = usualFlags }: InitiatorOptions) {
    const text = Buffer.from(service);
    const gss = this.#gss;
    this.#flags = flags;
    const minor: Slot<number> = [0];
    const name = { length: text.length, value: text };
    this.#check(gss.importName(minor, name, gss.principalName, this.#target), minor);
    const store = { count: 1, elements: [{ key: 'ccache', value: `FILE:${cache}` }] };
    const mechanisms = gss.mechanisms('kerberos');
    this.#check(
      gss.acquireCredential(
        minor,
        null,
        forever,
        mechanisms,
        initiateOnly,
        store,
        this.#credential,
        null,
        null,
      ),
      minor,
    );
  }

  /** The next token for the acceptor; none where `isComplete` and empty. */
  step(from: Buffer = Buffer.alloc(0)): { readonly token: Buffer; readonly isComplete: boolean } {
    const minor: Slot<number> = [0];
    const token = emptyBuffer();
    const major = this.#initiate(
      minor,
      this.#credential[0],
      this.#context,
      this.#target[0],
      null,
      this.#flags,
      0,
      null,
      { length: from.length, value: from },
      null,
      token,
      null,
      null,
    );
    const bytes = takeBytes(this.#gss, token);
    this.#check(major, minor);
    return { token: bytes, isComplete: (major & 1) === 0 };
  }

  wrap(message: Buffer, isConfidential: boolean): Buffer {
    const minor: Slot<number> = [0];
    const token = emptyBuffer();
    const input = { length: message.length, value: message };
    const flag = Number(isConfidential);
    const major = this.#gss.wrap(minor, this.#context[0], flag, 0, input, [0], token);
    const bytes = takeBytes(this.#gss, token);
    this.#check(major, minor);
    return bytes;
  }

  unwrap(token: Buffer): { readonly message: Buffer; readonly isConfidential: boolean } {
    const minor: Slot<number> = [0];
    const message = emptyBuffer();
    const encrypted: Slot<number> = [0];
    const input = { length: token.length, value: token };
    const major = this.#gss.unwrap(minor, this.#context[0], input, message, encrypted, null);
    const bytes = takeBytes(this.#gss, message);
    this.#check(major, minor);
    if (major !== 0) throw new Error(`out of order: ${major}`);
    return { message: bytes, isConfidential: encrypted[0] !== 0 };
  }

  dispose(): void {
    if (this.#context[0] !== null) this.#gss.deleteContext([0], this.#context, null);
    this.#gss.releaseCredential([0], this.#credential);
    this.#gss.releaseName([0], this.#target);
  }

  #check(major: number, minor: Slot<number>): void {
    if ((major & errorBits) !== 0) throw new Error(failureOf(this.#gss, major, minor[0]).text);
  }
}

const initiateFunction = loadInitiate();

function loadInitiate(): (...args: readonly unknown[]) => number {
  const buffer = koffi.pointer(koffi.struct({ length: 'size_t', value: 'void *' }));
  const number = koffi.out(koffi.pointer('uint32_t'));
  return koffi
    .load('libgssapi_krb5.so.2')
    .func('gss_init_sec_context', 'uint32_t', [
      number,
      'void *',
      koffi.inout(koffi.pointer('void *')),
      'void *',
      'void *',
      'uint32_t',
      'uint32_t',
      'void *',
      buffer,
      'void *',
      koffi.out(buffer),
      'void *',
      'void *',
    ]);
}
