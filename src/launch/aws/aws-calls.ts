import type { RateBucket } from '../rate-bucket.ts';
import { isExpired, isThrottled } from './service-errors.ts';

/** What every client of AWS is made with: tries again are ours, so that they keep to the rates and are told. */
export interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly maxAttempts: 1;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    /** Until the answer begins. */
    readonly requestTimeout: number;
    /** Without it the SDK only warns of an answer that does not come, and waits for ever. */
    readonly throwOnRequestTimeout: true;
    /** How long an answer under way may stand still. */
    readonly socketTimeout: number;
  };
}

const answerLimitMs = 20_000;

export function clientSettings(place: {
  readonly region: string;
  readonly endpoint: string | undefined;
}): ClientSettings {
  const { region, endpoint } = place;
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1,
    requestHandler: {
      ...{ connectionTimeout: 5_000, requestTimeout: answerLimitMs },
      ...{ throwOnRequestTimeout: true, socketTimeout: answerLimitMs },
    },
  };
}

/**
 * Makes calls with a client, each in its turn. A client remembers its credentials as long as they say that they are good:
 * when AWS says otherwise, a new one asks for them anew and the call is made once more. The old one is destroyed with the last
 * of its calls, since its connections end with it.
 */
export class AwsCalls<Client extends { destroy(): void }> {
  readonly #make: () => Client;
  /** How many calls each client is making. */
  readonly #calls = new Map<Client, number>();
  #client: Client;

  constructor(make: () => Client) {
    this.#make = make;
    this.#client = make();
  }

  /** `send` is done with the answer's body, too, when it resolves. */
  async call<Answer>(
    bucket: RateBucket | undefined,
    send: (client: Client) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    await bucket?.take(signal);
    const client = this.#client;
    try {
      return await this.#send(client, send);
    } catch (thrown) {
      if (isThrottled(thrown)) bucket?.throttled();
      if (!isExpired(thrown)) throw thrown;
      this.#replace(client);
      await bucket?.take(signal);
      return await this.#send(this.#client, send);
    }
  }

  destroy(): void {
    for (const client of new Set([this.#client, ...this.#calls.keys()])) client.destroy();
  }

  async #send<Answer>(client: Client, send: (client: Client) => Promise<Answer>): Promise<Answer> {
    this.#calls.set(client, (this.#calls.get(client) ?? 0) + 1);
    try {
      return await send(client);
    } finally {
      const left = (this.#calls.get(client) ?? 0) - 1;
      if (left > 0) this.#calls.set(client, left);
      else this.#calls.delete(client);
      this.#destroyUnused(client);
    }
  }

  #replace(client: Client): void {
    if (this.#client !== client) return; // another call has done it
    this.#client = this.#make();
    this.#destroyUnused(client);
  }

  #destroyUnused(client: Client): void {
    if (client !== this.#client && !this.#calls.has(client)) client.destroy();
  }
}
