import type { SecretKind, SecretReference } from './secret-reference.ts';

/** Why a secret could not be had. `unavailable`: nobody said that it can't. */
export type SecretTrouble = 'not-found' | 'denied' | 'no-such-key' | 'unusable' | 'unavailable';

/** What a source says of a secret that it can't give. Its message has no part of any secret. */
export class SecretError extends Error {
  readonly trouble: SecretTrouble;

  constructor(trouble: SecretTrouble, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'SecretError';
    this.trouble = trouble;
  }
}

/** One place where secrets are kept. Keeps none itself. */
export interface SecretSource<K extends SecretKind = SecretKind> {
  readonly kind: K;
  /** Rejects with a SecretError; any other error counts as `unavailable`. */
  read(
    reference: Extract<SecretReference, { readonly kind: K }>,
    signal: AbortSignal,
  ): Promise<string>;
}

/** A source for each kind of reference. */
export type SecretSources = { readonly [K in SecretKind]: SecretSource<K> };
