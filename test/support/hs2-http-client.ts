import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import {
  decodeReply,
  encodeCall,
  type Hs2Method,
  type Hs2Reply,
  type Hs2Request,
} from './hs2-wire.ts';
import { rememberSecret, toldToClient } from './secret-search.ts';

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpPost {
  readonly port: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer;
  readonly agent?: Agent;
  /** TLS, with these settings. */
  readonly tls?: RequestOptions;
}

/** One request; a connection of its own unless an agent keeps one. */
export function post(options: HttpPost): Promise<HttpReply> {
  const { port, path = '/cliservice', method = 'POST', headers = {}, body, agent, tls } = options;
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port, path, method, headers };
    const sent = (tls === undefined ? httpRequest : httpsRequest)(
      tls === undefined ? { ...to, agent: agent ?? new Agent() } : { ...to, ...tls, agent: false },
      (response) => {
        buffer(response)
          .then((received) => {
            const { statusCode = 0, headers: given } = response;
            if (statusCode !== 200) toldToClient(received.toString('utf8'));
            for (const cookie of given['set-cookie'] ?? [])
              rememberSecret(cookie.split(/[=;]/)[1] ?? '');
            resolve({ status: statusCode, headers: given, body: received });
          })
          .catch(reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

export function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** One call, as every HTTP client sends it. Throws for any status but 200. */
export async function callOverHttp<M extends Hs2Method>(
  to: HttpPost,
  method: M,
  request: Hs2Request<M>,
): Promise<Hs2Reply<M>> {
  const body = encodeCall(method, request, 7);
  const { status, body: reply } = await post({
    ...to,
    headers: { 'content-type': 'application/x-thrift', ...to.headers },
    body,
  });
  if (status !== 200) throw new Error(`HTTP ${status}: ${reply.toString('utf8').trim()}`);
  return decodeReply(method, reply);
}
