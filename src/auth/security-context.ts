/** What one token of a client's led to. */
export interface SecurityStep {
  /** To be sent to the client; empty where it waits for nothing. */
  readonly token: Buffer;
  readonly isComplete: boolean;
}

export interface UnwrappedMessage {
  readonly message: Buffer;
  readonly isConfidential: boolean;
}

/** One GSS context, the accepting side. Its calls run off the event loop and one after the other. */
export interface SecurityContext {
  /**
   * Takes a token of the client's. Throws `AUTHENTICATION_FAILED`, whose message and hint tell apart what Kerberos tells
   * apart: a replay, clocks that differ, a key of another version, an unknown service, an expired ticket;
   * `AUTHENTICATION_UNAVAILABLE` where too many logins wait already.
   */
  step(token: Buffer): Promise<SecurityStep>;
  /** `user@REALM` or `user/host@REALM`; throws before the context is complete. */
  readonly clientName: string;
  /** Whether messages that are repeated, left out or out of order are noticed: the client decides it with its login. */
  readonly keepsOrder: boolean;
  /** Signs, or signs and encrypts, one message. */
  wrap(message: Buffer, isConfidential: boolean): Promise<Buffer>;
  /** Throws `AUTHENTICATION_FAILED` for a token that was altered, repeated, left out or brought in another order. */
  unwrap(token: Buffer): Promise<UnwrappedMessage>;
  /** The longest message, in bytes, whose token has at most `maxTokenBytes`; 0 where there is none. */
  wrapSizeLimit(maxTokenBytes: number, isConfidential: boolean): number;
  /** Frees the native context; may be called twice and while a call is under way. */
  dispose(): void;
}

/** Accepts clients of one service principal by the keys of its keytab. */
export interface SecurityContexts {
  accept(): SecurityContext;
}
