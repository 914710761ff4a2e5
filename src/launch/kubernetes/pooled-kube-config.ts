import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';

type Dispatcher = ReturnType<RequestContext['getDispatcher']>;

/**
 * A configuration whose calls share their connections. The client's own makes a new pool for each call, so that each has a TLS
 * handshake, which costs more than all else of a launch together, and a connection that stays open for a while.
 */
export class PooledKubeConfig extends KubeConfig {
  #pool: { readonly credentials: string; readonly dispatcher: Dispatcher } | undefined;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    // First, so that what changes in between makes the next call begin a new pool.
    const credentials = await this.#credentials();
    await super.applySecurityAuthentication(context);
    const made = context.getDispatcher();
    if (made === undefined) return; // the process's own pool
    if (this.#pool?.credentials !== credentials) this.#pool = { credentials, dispatcher: made };
    if (this.#pool.dispatcher !== undefined) context.setDispatcher(this.#pool.dispatcher);
  }

  /** What a connection is made with, tokens not among it. */
  async #credentials(): Promise<string> {
    const options: RequestOptions = {};
    await this.applyToHTTPSOptions(options);
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
    const digest = createHash('sha256');
    for (const part of [ca, cert, key, pfx]) digest.update(`${textOf(part)}\n`);
    return digest
      .update([passphrase, servername, rejectUnauthorized].map(String).join('\n'))
      .digest('hex');
  }
}

function textOf(part: RequestOptions['pfx'] | RequestOptions['key']): string {
  if (part === undefined) return '';
  return typeof part === 'string' || Buffer.isBuffer(part) ? String(part) : JSON.stringify(part);
}
