import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { CliError } from './cli-error.ts';
import { connectionFailure, loginFailure } from './connection-failure.ts';
import { maxReplyBytes, placeOf } from './hs2-transport.ts';
import type { Hs2Address, Hs2Transport } from './hs2-transport.ts';

/** How much of a text that refuses a request is shown. */
const longestReason = 500;

/** Posts each call to a server, over one connection that is kept, in TLS or not. */
export class HttpTransport implements Hs2Transport {
  readonly #address: Hs2Address;
  readonly #at: string;
  readonly #connectTimeoutMs: number;
  readonly #agent: Agent;
  readonly #send: typeof httpRequest;
  /** What the server gave to stand for the login. */
  #cookie: string | undefined;
  #running: ClientRequest | undefined;
  #isClosed = false;

  /** Connects with the first call. */
  constructor(address: Hs2Address, connectTimeoutMs: number) {
    const { tls } = address;
    const kept = { keepAlive: true, maxSockets: 1, noDelay: true };
    this.#address = address;
    this.#at = placeOf(address);
    this.#connectTimeoutMs = connectTimeoutMs;
    const authorities = tls?.authorities;
    this.#agent =
      tls === undefined
        ? new Agent(kept)
        : new TlsAgent({ ...kept, ...(authorities === undefined ? {} : { ca: [...authorities] }) });
    this.#send = tls === undefined ? httpRequest : httpsRequest;
  }

  async exchange(message: Buffer): Promise<Buffer> {
    if (this.#isClosed) throw this.#closed();
    const response = await this.#post(message);
    const body = await this.#body(response);
    const status = response.statusCode ?? 0;
    if (status === 200) {
      this.#cookie = cookieOf(response) ?? this.#cookie;
      return body;
    }
    this.#cookie = undefined;
    const text = body.toString('utf8', 0, longestReason).trim();
    if (status === 401 || status === 403) throw loginFailure(this.#address, this.#at, text);
    throw new CliError('connection', `${this.#at} answers with HTTP ${status}: ${text}`, {
      hint: 'check httpPath in the URL, and whether the port speaks HTTP',
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#running?.destroy(this.#closed());
    this.#agent.destroy();
  }

  #post(message: Buffer): Promise<IncomingMessage> {
    const { host, port, httpPath = '' } = this.#address;
    return new Promise((resolve, reject) => {
      const request = this.#send({
        host,
        port,
        path: `/${httpPath}`,
        method: 'POST',
        agent: this.#agent,
        headers: {
          'Content-Type': 'application/x-thrift',
          'Content-Length': message.length,
          'X-XSRF-HEADER': 'true', // asked for by servers that beware of browsers
          ...this.#credentials(),
        },
      });
      this.#running = request;
      this.#limitConnecting(request);
      request
        .on('response', resolve)
        .on('error', (cause) => reject(this.#failure(cause)))
        .end(message);
    });
  }

  /** With a token or a password; and a cookie, which a server looks at first. */
  #credentials(): Record<string, string> {
    const { user, login } = this.#address;
    const basic = (password: string): string =>
      `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return {
      Authorization: login.kind === 'token' ? `Bearer ${login.token}` : basic(login.password),
      ...(this.#cookie === undefined ? {} : { Cookie: this.#cookie }),
    };
  }

  #limitConnecting(request: ClientRequest): void {
    const limitMs = this.#connectTimeoutMs;
    const late = new CliError('connection', `${this.#at} did not answer in ${limitMs} ms`);
    const limit = setTimeout(() => request.destroy(late), limitMs);
    const isOver = (): void => clearTimeout(limit);
    request.on('close', isOver).on('socket', (socket) => {
      if (!socket.connecting) return isOver(); // it is kept from the last call
      socket.once(this.#address.tls === undefined ? 'connect' : 'secureConnect', isOver);
    });
  }

  async #body(response: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxReplyBytes) {
          const text = `${this.#at} sent bad data: more than ${maxReplyBytes} bytes`;
          throw new CliError('connection', text);
        }
        chunks.push(chunk);
      }
    } catch (cause) {
      throw this.#failure(cause instanceof Error ? cause : new Error(String(cause)));
    }
    return Buffer.concat(chunks, bytes);
  }

  #failure(cause: Error): CliError {
    if (this.#isClosed) return this.#closed();
    if ('code' in cause && String(cause.code).startsWith('HPE_')) {
      return new CliError('connection', `${this.#at} answers, but not in HTTP`, {
        cause,
        hint: 'check the port: a binary one wants a URL without transportMode=http',
      });
    }
    return connectionFailure(this.#at, cause);
  }

  #closed(): CliError {
    return new CliError('connection', `the connection to ${this.#at} is closed`);
  }
}

/** Name and value of the first cookie that an answer sets. */
function cookieOf(response: IncomingMessage): string | undefined {
  return response.headers['set-cookie']?.[0]?.split(';')[0];
}
