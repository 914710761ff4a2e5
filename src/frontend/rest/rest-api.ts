import type { IncomingMessage, ServerResponse } from 'node:http';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isAdministrator } from '../../auth/ownership.ts';
import { GatewayError, messageOf, toGatewayError } from '../../core/errors.ts';
import { outcomeOf } from '../../telemetry/audit-log.ts';
import { administratorRequired } from './administrator-required.ts';
import type { RestCaller, RestParts, RestRoute, Touched } from './rest-route.ts';
import { engineRoutes } from './routes/engine-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { refreshRoutes } from './routes/refresh-routes.ts';
import { rootRoutes } from './routes/root-routes.ts';
import { serverRoutes } from './routes/server-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';

/** Every call there is. A new file of routes is one line here. */
export const restRoutes: readonly RestRoute[] = [
  ...rootRoutes,
  ...sessionRoutes,
  ...operationRoutes,
  ...engineRoutes,
  ...serverRoutes,
  ...refreshRoutes,
];

/** No call takes more. */
const maxBodyBytes = 65_536;

/** The HTTP API: requests come from a door that knows who sends them. */
export class RestApi {
  readonly #parts: RestParts;
  readonly #app: FastifyInstance;
  readonly #callers = new WeakMap<IncomingMessage, RestCaller>();

  private constructor(parts: RestParts) {
    this.#parts = parts;
    this.#app = fastify({ bodyLimit: maxBodyBytes });
  }

  static async start(parts: RestParts): Promise<RestApi> {
    const api = new RestApi(parts);
    api.#declare();
    await api.#app.ready();
    return api;
  }

  /** Whether requests to this path are the API's. */
  owns(path: string): boolean {
    return path === '/api' || path.startsWith('/api/');
  }

  serve(request: IncomingMessage, response: ServerResponse, caller: RestCaller): void {
    this.#callers.set(request, caller);
    this.#app.routing(request, response);
  }

  async stop(): Promise<void> {
    await this.#app.close();
  }

  #declare(): void {
    const app = this.#app;
    // Calls say all in path and query: whatever else comes is read, and left.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
    app.setErrorHandler((error, _request, reply) => this.#refuse(reply, error));
    app.setNotFoundHandler((request, reply) => {
      void reply.code(404).send({ message: `there is no ${request.method} ${pathOf(request)}` });
    });
    for (const own of restRoutes) {
      app.route({
        method: own.method,
        url: own.path.replaceAll(/\{(\w+)\}/g, ':$1'),
        handler: (request) => this.#answer(own, request),
      });
    }
  }

  async #answer(own: RestRoute, request: FastifyRequest): Promise<unknown> {
    const caller = this.#callers.get(request.raw);
    if (caller === undefined) throw new Error('a request that no door has let in');
    const touched: Touched = {};
    try {
      const isAdmin = isAdministrator(caller.principal, this.#parts.administrators);
      if (own.allows === 'administrators' && !isAdmin) throw administratorRequired(caller);
      const call = {
        ...{ caller, touched, isAdministrator: isAdmin, query: request.query },
        path: pathWords.parse(request.params),
      };
      const answer = await own.answer(call, this.#parts);
      this.#audit(own, caller, touched);
      return answer;
    } catch (thrown) {
      const error = asGatewayError(thrown);
      this.#audit(own, caller, touched, error);
      throw error;
    }
  }

  #audit(own: RestRoute, caller: RestCaller, touched: Touched, error?: GatewayError): void {
    if (own.allows === 'everybody') return;
    const { principal, clientAddress } = caller;
    this.#parts.audit.record({
      action: 'admin',
      outcome: error === undefined ? 'ok' : outcomeOf(error),
      user: principal.actsFor ?? principal.user,
      realUser: principal.user,
      address: clientAddress,
      method: `${own.method} ${own.path}`,
      ...touched,
      error,
    });
  }

  #refuse(reply: FastifyReply, thrown: unknown): void {
    const error = asGatewayError(thrown);
    const { httpStatus, sqlState } = error.facts;
    if (error.code === 'INTERNAL') this.#parts.log.error({ err: error }, 'request failed');
    void reply.code(httpStatus).send({ message: messageOf(error), code: error.code, sqlState });
  }
}

const pathWords = z.record(z.string(), z.string());

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0]?.slice(0, 200) ?? '';
}

/** What does not parse, and what Fastify itself refuses, is the caller's to mend. */
function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof z.ZodError) {
    const [issue] = thrown.issues;
    const text = `${issue?.path.join('.') ?? 'the request'}: ${issue?.message ?? 'not understood'}`;
    return new GatewayError('INVALID_ARGUMENT', text, { cause: thrown });
  }
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500 && thrown instanceof Error) {
    return new GatewayError('INVALID_ARGUMENT', thrown.message, { cause: thrown });
  }
  return toGatewayError(thrown);
}
