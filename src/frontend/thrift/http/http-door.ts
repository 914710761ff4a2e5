import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Principal } from '../../../auth/auth-provider.ts';
import type { LoginDesk } from '../../../auth/login-desk.ts';
import type { HttpConfig } from '../../../config/gateway-config.ts';
import type { Clock } from '../../../core/clock.ts';
import { errorTable, GatewayError, messageOf, toGatewayError } from '../../../core/errors.ts';
import type { Log } from '../../../telemetry/log.ts';
import { WireError } from '../../../wire/wire-error.ts';
import type { Reply, RequestContext } from '../client-connection.ts';
import { clientAddressOf } from './client-address.ts';
import { readCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { HttpAnswer } from './http-answer.ts';
import type { LoginCookies } from './login-cookie.ts';
import { readBody, skipBody } from './request-body.ts';
import { oddityOf, readTarget } from './request-head.ts';

/** Who sends a request, by its login. */
export interface HttpCaller {
  readonly principal: Principal;
  readonly clientAddress: string;
}

/** What else is reached by HTTP: it answers whoever the door has let in. */
export interface HttpApi {
  owns(path: string): boolean;
  serve(request: IncomingMessage, response: ServerResponse, caller: HttpCaller): void;
}

export interface HttpDoorOptions {
  readonly config: HttpConfig;
  readonly logins: LoginDesk;
  /** Undefined where logins leave no cookie. */
  readonly cookies: LoginCookies | undefined;
  readonly dispatch: (message: Buffer, context: RequestContext) => Promise<Reply>;
  /** Undefined: Thrift is all there is. */
  readonly api: HttpApi | undefined;
  readonly maxMessageBytes: number;
  /** A request's head and body have to be there within this time each. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Drivers send a Hadoop delegation token in it (`auth=delegationToken`, hiveserver2-wire 2.2). */
const delegationTokenHeader = 'x-hive-delegation-token';

const noDelegationTokens = new GatewayError(
  'AUTHENTICATION_FAILED',
  'delegation tokens are not issued or taken here',
  {
    hint: 'Leave auth=delegationToken out of the URL; log in with a user and a password, or with a token of an identity provider (auth=jwt).',
  },
);

/** How often time-outs are looked for. */
const checkEveryMs = 1000;

/** What is known of a client by its connection. */
export interface HttpClient {
  /** Its own, or that of a proxy which speaks HTTP. */
  readonly address: string;
  /** Whom its TLS certificate names. */
  readonly certificateUser: string | undefined;
  /** Why nothing is answered on this connection. */
  readonly refusal: GatewayError | undefined;
  /** It came by the API's own port. */
  readonly isForApi: boolean;
  /** Told of each request whose sender was let in: until then the connection is one of those that may have to give way. */
  readonly onAdmitted: () => void;
}

/** What a request says beside its credentials of who asks. */
interface Asking {
  readonly certificateUser: string | undefined;
  readonly clientAddress: string;
  /** For whom to act; empty: for oneself. */
  readonly doAs: string;
  /** A cookie may stand for the login, and is given for one. */
  readonly takesCookies: boolean;
  readonly gone: AbortSignal;
  /** Where what the client is to know of its login goes. */
  readonly response: ServerResponse;
}

type HttpHeaders = Readonly<Record<string, string | readonly string[]>>;

/** A refusal by HTTP's own means: for what is no Thrift call, and for whoever is not logged in. */
class HttpRefusal extends Error {
  readonly status: number;
  readonly headers: HttpHeaders;

  constructor(status: number, text: string, headers: HttpHeaders = {}) {
    super(text);
    this.status = status;
    this.headers = headers;
  }
}

/** Thrift over HTTP: each request is one call (hiveserver2-wire 2). A session outlives the connections that it is used by. */
export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #server: Server;
  readonly #path: string;
  readonly #clients = new WeakMap<Socket, HttpClient>();
  /** What else a client sends there is not looked at: nobody can say where a request of its begins. */
  readonly #distrusted = new WeakSet<Socket>();
  #isStopping = false;

  constructor(options: HttpDoorOptions) {
    const { config, requestTimeoutMs } = options;
    this.#options = options;
    this.#path = `/${config.path.replaceAll(/^\/+|\/+$/g, '')}`;
    this.#server = createServer(
      {
        maxHeaderSize: config.maxHeaderBytes,
        keepAliveTimeout: config.maxIdleMs,
        headersTimeout: requestTimeoutMs,
        requestTimeout: requestTimeoutMs,
        connectionsCheckingInterval: checkEveryMs,
        noDelay: true,
        requireHostHeader: false, // looked for with what else makes a head odd
      },
      (request, response) => void this.#serve(request, response),
    );
    // Connections come from the Thrift door's own listeners; Node looks after time-outs from this event on.
    this.#server.emit('listening');
  }

  /** Goes on with a connection of which the first bytes were read. */
  take(socket: Socket, first: Buffer, client: HttpClient): void {
    this.#clients.set(socket, client);
    this.#server.emit('connection', socket);
    socket.unshift(first);
    socket.resume();
  }

  /** Connections are closed once they have their answer. */
  stop(): void {
    this.#isStopping = true;
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#distrusted.has(request.socket)) return; // its connection ends with the answer before
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) {
        gone.abort(new GatewayError('SESSION_CLOSED', 'the client has disconnected'));
      }
    });
    if (this.#isStopping) response.shouldKeepAlive = false;
    try {
      await this.#answer(request, response, gone.signal);
    } catch (thrown) {
      this.#refuse(request, response, thrown);
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const { config, maxMessageBytes, dispatch, api } = this.#options;
    const target = readTarget(request.url ?? '/');
    const odd = oddityOf(request);
    if (target === undefined || odd !== undefined) {
      this.#distrusted.add(request.socket);
      await skipBody(request);
      const { status, text } = odd ?? noTarget;
      throw new HttpRefusal(status, text, { Connection: 'close' });
    }
    const { path, doAs } = target;
    const client = this.#clients.get(request.socket);
    if (client === undefined) throw new Error('a connection that was not handed over');
    const clientAddress = clientAddressOf(
      client.address,
      request.headers,
      config.trustedProxies,
      config.clientIpHeader,
    );
    const isApi = api?.owns(path) === true;
    let principal: Principal;
    try {
      if (isApi) requireOwnSite(request);
      else this.#requireCall(request, path, client.isForApi);
      if (client.refusal !== undefined) {
        throw this.#options.logins.refused(client.refusal, clientAddress, 'HTTP');
      }
      principal = await this.#principal(request, {
        certificateUser: client.certificateUser,
        clientAddress,
        doAs: doAs ?? '',
        takesCookies: !isApi, // a browser sends them along whoever makes it ask
        gone,
        response,
      });
    } catch (refusal) {
      await skipBody(request);
      throw refusal;
    }
    client.onAdmitted();
    if (isApi) {
      api.serve(request, response, { principal, clientAddress });
      return;
    }
    const body = await readBody(request, maxMessageBytes);
    if (body === undefined) {
      const text = `a request has at most ${maxMessageBytes} bytes`;
      throw new HttpRefusal(413, text, { Connection: 'close' });
    }
    const answer = new HttpAnswer(response, config.isCompressed && asksForGzip(request));
    const reply = await dispatch(body, {
      connection: { clientAddress, holdsSessions: false },
      principal,
      doAs,
      gone,
      relay: () => answer,
    });
    if (response.destroyed) return;
    if (reply.kind === 'message') answer.send(reply.message);
    else if (reply.kind === 'frame') answer.send(reply.frame.subarray(4));
  }

  #requireCall(request: IncomingMessage, path: string, isForApi: boolean): void {
    if (isForApi) throw new HttpRefusal(404, 'nothing is here: the API is below /api/v1');
    if (!this.#isOurs(path)) throw new HttpRefusal(404, `post to ${this.#path}`);
    if (request.method !== 'POST') {
      const text = 'this is a Thrift endpoint for JDBC, ODBC and Python clients: it takes POST';
      throw new HttpRefusal(405, text, { Allow: 'POST' });
    }
    const { requiresXsrfHeader } = this.#options.config;
    if (requiresXsrfHeader && request.headers['x-xsrf-header'] === undefined) {
      throw new HttpRefusal(400, 'Missing Required Header for Vulnerability Protection');
    }
  }

  #isOurs(path: string): boolean {
    return path === '/' || path === this.#path || path.startsWith(`${this.#path}/`);
  }

  /** Who asks: by a cookie of ours, by what is in `Authorization`, or by a TLS certificate. */
  async #principal(request: IncomingMessage, asking: Asking): Promise<Principal> {
    const { cookies, logins, clock, log } = this.#options;
    const { clientAddress, doAs, response, takesCookies } = asking;
    try {
      if (request.headers[delegationTokenHeader] !== undefined) {
        throw logins.refused(noDelegationTokens, clientAddress, 'HTTP');
      }
      const known = takesCookies
        ? cookies?.principalOf(request.headers.cookie, clock.now())
        : undefined;
      if (known !== undefined) return await logins.actingFor(known, doAs, clientAddress);
      const principal = await this.#proven(readCredentials(request.headers.authorization), asking);
      const isCookieDue = takesCookies && logins.isRequired && !failsAtCookies(request);
      if (cookies !== undefined && isCookieDue) {
        const isSecure = 'encrypted' in request.socket && request.socket.encrypted === true;
        response.setHeader('Set-Cookie', cookies.issue(principal, clock.now(), isSecure));
      }
      return principal;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const reason = error.cause instanceof Error ? { reason: error.cause.message } : {};
      const text = messageOf(error);
      log.info({ client: clientAddress, error: text, ...reason }, 'client log-in failed');
      throw this.#asRefusal(error);
    }
  }

  async #proven(credentials: Credentials, asking: Asking): Promise<Principal> {
    const { logins } = this.#options;
    const { clientAddress, certificateUser, doAs, gone, response } = asking;
    const attempt = { authorizationId: doAs, clientAddress, isRepeated: true, signal: gone };
    if (logins.isRequired && !logins.takesOverHttp && certificateUser === undefined) {
      throw logins.refused(noLogins, clientAddress, 'HTTP');
    }
    switch (credentials.kind) {
      case 'basic': {
        const { user, password } = credentials;
        return logins.login({ ...attempt, user, password, method: 'BASIC' });
      }
      case 'bearer':
        return logins.login({
          ...attempt,
          user: '',
          password: credentials.token,
          method: 'BEARER',
        });
      case 'negotiate': {
        if (!logins.takesTickets) throw this.#notUnderstood(asking);
        const method = 'NEGOTIATE';
        const accepted = await logins.loginByTicket(credentials.token, { ...attempt, method });
        const reply = accepted.reply.toString('base64');
        if (reply !== '') response.setHeader('WWW-Authenticate', `Negotiate ${reply}`);
        return accepted.principal;
      }
      case 'none': {
        if (certificateUser !== undefined) {
          const principal = { user: certificateUser, isAuthenticated: true };
          return logins.actingFor(principal, doAs, clientAddress);
        }
        if (!logins.isRequired) {
          return logins.login({ ...attempt, user: '', password: '', method: 'NONE' });
        }
        const error = new GatewayError('AUTHENTICATION_FAILED', 'no login came with the request');
        throw logins.refused(error, clientAddress, 'HTTP');
      }
      case 'unknown':
        throw this.#notUnderstood(asking);
    }
  }

  #notUnderstood({ clientAddress }: Asking): GatewayError {
    const { logins } = this.#options;
    const taken = [
      ...(logins.takesPasswords ? ['Basic', 'Bearer'] : []),
      ...(logins.takesTickets ? ['Negotiate'] : []),
    ].join(', ');
    const text = `the Authorization header is not understood: this endpoint takes ${taken}`;
    const error = new GatewayError('AUTHENTICATION_FAILED', text);
    return logins.refused(error, clientAddress, 'HTTP');
  }

  #asRefusal(error: GatewayError): HttpRefusal {
    const text = `Authentication Error: ${messageOf(error)}`;
    if (error.code !== 'AUTHENTICATION_FAILED') {
      const { httpStatus, retry } = errorTable[error.code];
      return new HttpRefusal(httpStatus, text, retry === 'later' ? { 'Retry-After': '1' } : {});
    }
    const challenges = [
      ...(this.#options.logins.takesTickets ? ['Negotiate'] : []),
      ...(this.#options.logins.takesPasswords ? ['Basic realm="Torii"'] : []),
    ];
    return new HttpRefusal(401, text, { 'WWW-Authenticate': challenges });
  }

  #refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const refusal = this.#refusalOf(thrown);
    const path = readTarget(request.url ?? '/')?.path ?? '/';
    const isApi = this.#options.api?.owns(path) === true;
    const text = `${isApi ? JSON.stringify({ message: refusal.message }) : refusal.message}\n`;
    response.writeHead(refusal.status, {
      'Content-Type': `${isApi ? 'application/json' : 'text/plain'}; charset=utf-8`,
      'Content-Length': Buffer.byteLength(text),
      ...refusal.headers,
    });
    response.end(text);
  }

  #refusalOf(thrown: unknown): HttpRefusal {
    if (thrown instanceof HttpRefusal) return thrown;
    if (thrown instanceof WireError) return new HttpRefusal(400, thrown.message);
    const error = toGatewayError(thrown);
    if (error.code === 'INTERNAL') this.#options.log.error({ err: error }, 'request failed');
    return new HttpRefusal(errorTable[error.code].httpStatus, messageOf(error));
  }
}

const noTarget = { status: 400, text: 'the target of the request is none, or names two users' };

const noLogins = new GatewayError('CONNECTION_DENIED', 'nobody logs in over HTTP here', {
  hint: 'Connect without transportMode=http. For Kerberos over HTTP the gateway needs kyuubi.spnego.principal and .keytab.',
});

/** A page of another site can make a browser send a call, with the login that it has for this one. */
function requireOwnSite({ method, headers }: IncomingMessage): void {
  if (method === 'GET' || method === 'HEAD') return;
  const { origin, host } = headers;
  const isForeign = origin !== undefined && URL.parse(origin)?.host !== host;
  if (isForeign || headers['sec-fetch-site'] === 'cross-site') {
    throw new HttpRefusal(403, 'a page of another site may not call this API');
  }
}

/** Thrift's Python client before 0.17 (hiveserver2-wire rule 20); its later versions say the same of themselves. */
function failsAtCookies(request: IncomingMessage): boolean {
  return request.headers['user-agent']?.startsWith('Python/THttpClient') ?? false;
}

function asksForGzip(request: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(
    String(request.headers['accept-encoding'] ?? ''),
  );
}
