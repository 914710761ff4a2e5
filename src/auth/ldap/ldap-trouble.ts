/**
 * Why a server is of no use right now: it cannot be reached, gives no answer in time, closed the connection, or answered
 * with a failure of its own. Never that a password is wrong.
 */
export type TroubleKind = 'unreachable' | 'slow' | 'lost' | 'failed';

/** The next server may do better. */
export class LdapTrouble extends Error {
  readonly kind: TroubleKind;
  /** What the operator can do, as a sentence. */
  readonly hint: string | undefined;

  constructor(
    kind: TroubleKind,
    message: string,
    details: { readonly cause?: unknown; readonly hint?: string } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'LdapTrouble';
    this.kind = kind;
    this.hint = details.hint;
  }
}
