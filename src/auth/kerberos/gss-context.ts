import { GatewayError } from '../../core/errors.ts';
import type { SecurityContext, SecurityStep, UnwrappedMessage } from '../security-context.ts';
import type { WorkSlots } from '../work-slots.ts';
import { away, failureOf, takeBytes, takeName } from './gss-calls.ts';
import { emptyBuffer } from './gss-library.ts';
import type { Address, GssLibrary, Slot } from './gss-library.ts';
import { loginFailure, messageFailure } from './kerberos-failure.ts';
import type { GssFailure } from './kerberos-failure.ts';

export interface GssContextParts {
  readonly gss: GssLibrary;
  /** Runs with the service's credential, which stays until the work has ended. */
  readonly withCredential: <T>(work: (credential: Address) => Promise<T>) => Promise<T>;
  /** Logins that run at once, of all contexts. */
  readonly logins: WorkSlots;
  /** The same for messages. */
  readonly messages: WorkSlots;
}

/** What a ticket takes with the longest list of groups in it; more is nobody's login. */
const loginLimitBytes = 64 * 1024;
/** Messages up to this size are not worth a turn of another thread. */
const shortBytes = 4096;

const continueNeeded = 1;
const errorBits = 0xffff0000;
const sequenceFlag = 8;

/** A native context. One call of it runs at a time, in the order they were made; it is freed after the last. */
export class GssContext implements SecurityContext {
  readonly #parts: GssContextParts;
  readonly #handle: Slot<Address | null> = [null];
  readonly #disposed = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  #underWay = 0;
  #clientName: string | undefined;
  #keepsOrder = false;

  constructor(parts: GssContextParts) {
    this.#parts = parts;
  }

  get clientName(): string {
    if (this.#clientName === undefined) throw new Error('the context is not complete');
    return this.#clientName;
  }

  get keepsOrder(): boolean {
    return this.#keepsOrder;
  }

  step(token: Buffer): Promise<SecurityStep> {
    if (token.length === 0 || token.length > loginLimitBytes) {
      const text = `a token of ${token.length} bytes; there have to be some, and at most ${loginLimitBytes}`;
      return Promise.reject(new GatewayError('AUTHENTICATION_FAILED', text));
    }
    const { logins, withCredential } = this.#parts;
    return this.#inTurn(() =>
      logins.run(
        () => withCredential((credential) => this.#accept(token, credential)),
        this.#disposed.signal,
      ),
    );
  }

  wrap(message: Buffer, isConfidential: boolean): Promise<Buffer> {
    const { gss } = this.#parts;
    return this.#inTurn(async () => {
      const minor: Slot<number> = [0];
      const wasEncrypted: Slot<number> = [0];
      const token = emptyBuffer();
      const args: Parameters<GssLibrary['wrap']> = [
        minor,
        this.#handle[0],
        Number(isConfidential),
        0,
        { length: message.length, value: message },
        wasEncrypted,
        token,
      ];
      const major = await this.#called(message.length, gss.wrap, args);
      const bytes = takeBytes(gss, token);
      if ((major & errorBits) !== 0 || (isConfidential && wasEncrypted[0] === 0)) {
        const { text } = this.#failure(major, minor);
        throw new GatewayError('INTERNAL', "a message can't be protected", {
          cause: new Error(text),
        });
      }
      return bytes;
    });
  }

  unwrap(token: Buffer): Promise<UnwrappedMessage> {
    const { gss } = this.#parts;
    return this.#inTurn(async () => {
      const minor: Slot<number> = [0];
      const wasEncrypted: Slot<number> = [0];
      const message = emptyBuffer();
      const args: Parameters<GssLibrary['unwrap']> = [
        minor,
        this.#handle[0],
        { length: token.length, value: token },
        message,
        wasEncrypted,
        null,
      ];
      const major = await this.#called(token.length, gss.unwrap, args);
      const bytes = takeBytes(gss, message);
      const failure = major === 0 ? undefined : messageFailure(this.#failure(major, minor));
      if (failure !== undefined) throw failure;
      return { message: bytes, isConfidential: wasEncrypted[0] !== 0 };
    });
  }

  wrapSizeLimit(maxTokenBytes: number, isConfidential: boolean): number {
    if (this.#underWay > 0 || this.#handle[0] === null)
      throw new Error('the size is asked of a complete context that is at rest');
    const minor: Slot<number> = [0];
    const limit: Slot<number> = [0];
    const { gss } = this.#parts;
    const major = gss.wrapSizeLimit(
      minor,
      this.#handle[0],
      Number(isConfidential),
      0,
      maxTokenBytes,
      limit,
    );
    // The library counts without a sign: a token too short for any message must not come out as a huge one.
    return major === 0 && limit[0] < maxTokenBytes ? limit[0] : 0;
  }

  dispose(): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort(new GatewayError('SESSION_CLOSED', 'the Kerberos context was let go'));
    void this.#last.then(() => {
      if (this.#handle[0] !== null) this.#parts.gss.deleteContext([0], this.#handle, null);
    });
  }

  async #accept(token: Buffer, credential: Address): Promise<SecurityStep> {
    const { gss } = this.#parts;
    const minor: Slot<number> = [0];
    const client: Slot<Address | null> = [null];
    const answer = emptyBuffer();
    const flags: Slot<number> = [0];
    const args = [
      minor,
      this.#handle,
      credential,
      { length: token.length, value: token },
      null,
      client,
      null,
      answer,
      flags,
      null,
      null,
    ] as const;
    const major = await away((done) => gss.accept.async(...args, done), [args]);
    const bytes = takeBytes(gss, answer);
    const name = client[0] === null ? undefined : takeName(gss, client);
    if ((major & errorBits) !== 0) throw loginFailure(this.#failure(major, minor));
    const isComplete = (major & continueNeeded) === 0;
    if (isComplete) {
      if (name === undefined) {
        throw new GatewayError('AUTHENTICATION_FAILED', 'The Kerberos login names no user');
      }
      this.#clientName = name;
      this.#keepsOrder = (flags[0] & sequenceFlag) !== 0;
    }
    return { token: bytes, isComplete };
  }

  /** Short messages at once; longer ones off the event loop, as many at a time as there are slots. */
  #called<A extends unknown[]>(size: number, call: Callable<A>, args: A): number | Promise<number> {
    if (this.#handle[0] === null) throw new Error('there is no context yet');
    if (size <= shortBytes) return call(...args) >>> 0;
    return this.#parts.messages.run(
      () => away((done) => call.async(...args, done), [args]),
      this.#disposed.signal,
    );
  }

  #failure(major: number, minor: Slot<number>): GssFailure {
    return failureOf(this.#parts.gss, major, minor[0]);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    const turn = this.#last.then(() => {
      this.#disposed.signal.throwIfAborted();
      return work();
    });
    const end = (): void => {
      this.#underWay -= 1;
    };
    this.#last = turn.then(end, end);
    return turn;
  }
}

interface Callable<A extends unknown[]> {
  (...args: A): number;
  async(...args: [...A, (failure: Error | null, major: number) => void]): void;
}
