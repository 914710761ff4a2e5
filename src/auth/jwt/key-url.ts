import { errors } from 'jose';
import type { LocalJWKSet } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { parseKeySet } from './key-source.ts';
import type { KeySource } from './key-source.ts';

export interface KeyUrlOptions {
  readonly url: string;
  /** Older keys are fetched again. */
  readonly refreshMs: number;
  /** Keys are good for so long while they can't be fetched again. */
  readonly maxAgeMs: number;
  /** The least time between two fetches. */
  readonly coolDownMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

interface Held {
  readonly keys: LocalJWKSet;
  readonly fetchedAtMs: number;
}

const limitBytes = 1024 * 1024;

/** Keys that an issuer publishes. They are fetched when a token asks for them, and at most once in a while. */
export class KeyUrl implements KeySource {
  readonly #options: KeyUrlOptions;
  #held: Held | undefined;
  #triedAtMs: number | undefined;
  /** Why the last fetch failed; undefined when it did not. */
  #problem: string | undefined;
  #fetch: Promise<void> | undefined;

  constructor(options: KeyUrlOptions) {
    this.#options = options;
  }

  readonly keyFor: KeySource['keyFor'] = async (header, token) => {
    const held = await this.#current();
    try {
      return await held.keys(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
      await this.#refresh(); // the issuer may have a new key
      if (this.#problem !== undefined) throw this.#unavailable();
      if (this.#held === undefined || this.#held === held) throw thrown;
      return this.#held.keys(header, token);
    }
  };

  async #current(): Promise<Held> {
    const { refreshMs, maxAgeMs } = this.#options;
    if (this.#held === undefined || this.#age(this.#held) >= refreshMs) await this.#refresh();
    const held = this.#held;
    const isGood =
      held !== undefined && this.#age(held) < (this.#problem === undefined ? Infinity : maxAgeMs);
    if (!isGood) throw this.#unavailable();
    return held;
  }

  #age(held: Held): number {
    return this.#options.clock.monotonicMs() - held.fetchedAtMs;
  }

  /** Never fails: what went wrong stands in `#problem`. Whoever comes during a fetch waits for it. */
  async #refresh(): Promise<void> {
    const { clock, coolDownMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const isCoolingDown = this.#triedAtMs !== undefined && nowMs - this.#triedAtMs < coolDownMs;
    if (this.#fetch === undefined && isCoolingDown) return;
    if (this.#fetch === undefined) this.#triedAtMs = nowMs;
    this.#fetch ??= this.#fetchKeys().finally(() => {
      this.#fetch = undefined;
    });
    await this.#fetch;
  }

  async #fetchKeys(): Promise<void> {
    const { url, timeoutMs, clock, log } = this.#options;
    try {
      const keys = parseKeySet(await fetchText(url, timeoutMs));
      this.#held = { keys, fetchedAtMs: clock.monotonicMs() };
      this.#problem = undefined;
    } catch (thrown) {
      this.#problem = reasonOf(thrown);
      log.warn({ url, problem: this.#problem }, 'keys of tokens not fetched');
    }
  }

  #unavailable(): GatewayError {
    return new GatewayError(
      'AUTHENTICATION_UNAVAILABLE',
      'the token could not be checked: the keys of its issuer can not be fetched',
      {
        hint: 'Try again later; the log of the gateway says what is wrong.',
        cause: new Error(this.#problem ?? 'no keys'),
      },
    );
  }
}

async function fetchText(url: string, timeoutMs: number): Promise<string> {
  // A redirect could lead to where the operator would not have had keys from.
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the answer is HTTP ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new Error(`the answer has more than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What fetch throws says little; its cause says more. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  return cause instanceof Error ? `${thrown.message}: ${cause.message}` : thrown.message;
}
