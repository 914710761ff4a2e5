import type { Clock } from '../../core/clock.ts';
import { GatewayError, reasonOf } from '../../core/errors.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { withinLimit } from '../../core/time-limit.ts';
import { parseSecretReference, referenceForms } from './secret-reference.ts';
import type { SecretReference } from './secret-reference.ts';
import { SecretError } from './secret-source.ts';
import type { SecretSources, SecretTrouble } from './secret-source.ts';

export interface SecretResolverOptions {
  readonly sources: SecretSources;
  /** How long one secret may take. */
  readonly limitMs: number;
  /** How long a secret is remembered, in this process's memory alone. */
  readonly cacheMs: number;
  readonly clock: Clock;
}

interface Remembered {
  readonly value: string;
  readonly untilMs: number;
}

const mostRemembered = 1000;

/** Follows references to secrets when an engine is launched, and no earlier. */
export class SecretResolver {
  readonly #options: SecretResolverOptions;
  readonly #remembered = new RecentMap<string, Remembered>(mostRemembered);
  /** A storm of launches asks once. */
  readonly #underWay = new Map<string, Promise<string>>();

  constructor(options: SecretResolverOptions) {
    this.#options = options;
  }

  /** Rejects with ENGINE_LAUNCH_FAILED, naming the setting and the reference, or with the signal's reason. */
  async resolve(key: string, text: string, signal: AbortSignal): Promise<string> {
    const { clock, limitMs } = this.#options;
    const late = (): Error => new SecretError('unavailable', `no answer within ${limitMs} ms`);
    try {
      signal.throwIfAborted();
      return await withinLimit(this.#read(text), { clock, ms: limitMs, signal, late });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw failure(key, text, cause);
    }
  }

  #read(text: string): Promise<string> {
    const known = this.#remembered.get(text);
    if (known !== undefined && known.untilMs > this.#options.clock.monotonicMs()) {
      return Promise.resolve(known.value);
    }
    this.#remembered.delete(text);
    const before = this.#underWay.get(text);
    if (before !== undefined) return before;
    const reading = this.#readNow(text).finally(() => this.#underWay.delete(text));
    this.#underWay.set(text, reading);
    return reading;
  }

  async #readNow(text: string): Promise<string> {
    const { sources, limitMs, cacheMs, clock } = this.#options;
    const reference = parseSecretReference(text);
    if (reference === undefined)
      throw new SecretError('unusable', `it is none of ${referenceForms}`);
    // Several launches may wait for this one read, so that it ends by its own limit and not by the signal of any of them.
    const value = await readFrom(sources, reference, AbortSignal.timeout(limitMs));
    if (value === '') throw new SecretError('unusable', 'it is empty');
    if (value.includes('\0')) throw new SecretError('unusable', 'it has a NUL character in it');
    this.#remembered.set(text, { value, untilMs: clock.monotonicMs() + cacheMs });
    return value;
  }
}

function readFrom(
  sources: SecretSources,
  reference: SecretReference,
  signal: AbortSignal,
): Promise<string> {
  switch (reference.kind) {
    case 'secretsmanager':
      return sources.secretsmanager.read(reference, signal);
    case 'ssm':
      return sources.ssm.read(reference, signal);
    case 'kubernetes':
      return sources.kubernetes.read(reference, signal);
    case 'file':
      return sources.file.read(reference, signal);
    case 'env':
      return sources.env.read(reference, signal);
  }
}

const hints: Readonly<Record<SecretTrouble, string>> = {
  'not-found': 'The administrator can make it, or correct the reference in the file of clusters.',
  denied: 'The gateway needs the right to read it.',
  'no-such-key': 'The administrator can correct the key in the file of clusters.',
  unusable: 'The administrator can correct what is kept there.',
  unavailable: 'Open the session again later.',
};

function failure(key: string, text: string, cause: unknown): GatewayError {
  const trouble = cause instanceof SecretError ? cause.trouble : 'unavailable';
  const reason = reasonOf(cause);
  return new GatewayError('ENGINE_LAUNCH_FAILED', `${key}: no secret from ${text}: ${reason}`, {
    cause,
    hint: hints[trouble],
  });
}
