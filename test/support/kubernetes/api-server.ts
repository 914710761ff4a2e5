import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse as parseYaml } from 'yaml';
import type { Access } from './access.ts';
import { ApiError, expired, notFound } from './api-error.ts';
import { type ApiRequest, readRequest } from './api-request.ts';
import { discoveryAnswer } from './discovery-answers.ts';
import { inFormOf, toCoreEvent } from './event-forms.ts';
import type { Fault, Faults, SeenRequest } from './faults.ts';
import type { DeleteOptions, ObjectApi, PatchKind, Target } from './object-api.ts';
import { type Fields, isFields, type KubeObject } from './objects.ts';
import { type LogAsk, type LogSource, readLogAsk } from './pod-log.ts';
import type { Pod } from './pod.ts';
import { apiVersionOf, newEvents, pods } from './resources.ts';
import { fieldSelector, labelSelector, type Selector } from './selectors.ts';
import { storedAs, type WatchOptions, WatchStream } from './watch-stream.ts';

const patchKinds: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};
const bodyLimitBytes = 3 * 1024 * 1024;

export interface ApiServerParts {
  readonly api: ObjectApi;
  readonly access: Access;
  readonly faults: Faults;
  readonly logs: LogSource;
  readonly watch: WatchOptions;
}

/** The API over HTTP: who asks, whether it may, what it gets. */
export class ApiServer {
  readonly #parts: ApiServerParts;
  readonly #servers: Server[] = [];
  readonly #watches = new Set<WatchStream>();

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
  }

  /** Listens at one more address and gives back the port; with a key and certificate it speaks TLS. */
  async listen(
    host: string,
    port: number,
    tls?: { readonly key: string; readonly cert: string },
  ): Promise<number> {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.#answer(request, response);
    const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    this.#servers.push(server);
    // a server on a port has such an address
    return (server.address() as AddressInfo).port;
  }

  get openWatches(): readonly ApiRequest[] {
    return [...this.#watches].map(({ request }) => request);
  }

  breakWatches(matches: (request: ApiRequest) => boolean = () => true): void {
    for (const watch of [...this.#watches]) if (matches(watch.request)) watch.break();
  }

  async stop(): Promise<void> {
    for (const watch of [...this.#watches]) watch.end();
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let seen: SeenRequest | undefined;
    try {
      const body = await readBody(incoming);
      const user = this.#parts.access.userOf(incoming.headers.authorization);
      const request = readRequest(incoming);
      if (request === undefined) {
        const answer = discoveryAnswer(incoming, body, user, this.#parts.access);
        return send(response, incoming.method === 'POST' ? 201 : 200, answer);
      }
      seen = { ...request, user, atMs: Date.now(), status: undefined };
      this.#parts.faults.requests.push(seen);
      response.on('finish', () => {
        if (seen !== undefined) seen.status = response.statusCode;
      });
      const fault = this.#parts.faults.take(request);
      if (fault !== undefined && (await goesWrong(fault, response))) return;
      this.#parts.access.check(user, request);
      await this.#serve(request, incoming, body, response, fault);
    } catch (error) {
      const told =
        error instanceof ApiError
          ? error
          : new ApiError(500, `Internal error occurred: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else sendError(response, told);
    }
  }

  async #serve(
    request: ApiRequest,
    incoming: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    if (request.verb === 'watch') return this.#watch(request, incoming, response);
    if (request.subresource === 'log') return this.#log(request, response);
    if (request.subresource !== '' && request.subresource !== 'status') {
      throw new ApiError(404, 'the server could not find the requested resource');
    }
    const answer = this.#do(request, incoming, body);
    if (fault?.kind === 'lost-reply') {
      response.destroy();
      return;
    }
    send(response, request.verb === 'create' ? 201 : 200, answer);
  }

  #do(request: ApiRequest, incoming: IncomingMessage, body: Buffer): unknown {
    const { api } = this.#parts;
    const { verb, namespace, name, query } = request;
    const resource = storedAs(request.resource);
    const target: Target = { resource, namespace, name, isStatus: request.subresource !== '' };
    const shown = (object: KubeObject) => inFormOf(request.resource, object);
    switch (verb) {
      case 'create': {
        const object = readObject(body, incoming);
        const given =
          request.resource === newEvents && isFields(object) ? toCoreEvent(object) : object;
        return shown(api.create(resource, namespace, given, query.get('dryRun') === 'All'));
      }
      case 'get':
        return shown(api.store.get(resource, namespace, name));
      case 'list':
        return this.#list(request);
      case 'update':
        return shown(api.update(target, readObject(body, incoming)));
      case 'patch': {
        const type = mediaType(incoming);
        const kind = patchKinds[type];
        if (kind === undefined) {
          throw new ApiError(
            415,
            `the body of the request was in an unknown format - accepted media types include: ${Object.keys(patchKinds).join(', ')}`,
          );
        }
        return shown(api.patch(target, kind, readObject(body, incoming)));
      }
      case 'delete': {
        const { object, isGone } = api.delete(target, readDeleteOptions(body, request));
        if (resource.returnsDeleted || !isGone) return object;
        const details = {
          name,
          ...(resource.group === '' ? {} : { group: resource.group }),
          kind: resource.plural,
          uid: object.metadata.uid,
        };
        return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
      }
      case 'deletecollection': {
        const options = readDeleteOptions(body, request);
        const all = api.store.list(resource, namespace).filter(selectorOf(request));
        const gone = all.map(
          ({ metadata }) =>
            api.delete({ resource, namespace: metadata.namespace, name: metadata.name }, options)
              .object,
        );
        return { ...listHead(request, api.store.version), items: gone };
      }
      case 'watch':
        throw new Error('a watch is no single answer');
    }
  }

  #list(request: ApiRequest): unknown {
    const { store } = this.#parts.api;
    const { query, namespace, resource } = request;
    const asked = Number(query.get('resourceVersion') ?? 0);
    if (asked > store.version)
      throw new ApiError(504, `Too large resource version: ${asked}, current: ${store.version}`);
    const all = store
      .list(storedAs(resource), namespace)
      .filter(selectorOf(request))
      .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
    const from = readContinue(query.get('continue'), store.oldest);
    const rest = from === undefined ? all : all.filter((object) => sortKey(object) > from.after);
    const limit = Number(query.get('limit') ?? 0);
    const page = limit > 0 ? rest.slice(0, limit) : rest;
    const last = page.at(-1);
    const head = listHead(request, from?.version ?? store.version);
    if (last !== undefined && page.length < rest.length) {
      const token = JSON.stringify({ version: store.version, after: sortKey(last) });
      head.metadata['continue'] = Buffer.from(token).toString('base64url');
      head.metadata['remainingItemCount'] = rest.length - page.length;
    }
    return { ...head, items: page.map((object) => inFormOf(resource, object)) };
  }

  #watch(request: ApiRequest, incoming: IncomingMessage, response: ServerResponse): void {
    // Offered over WebSocket, too, by a real server; a plain answer makes clients ask again without.
    if (incoming.headers.upgrade !== undefined) return send(response, 200, {});
    const selects = selectorOf(request);
    const { api, watch } = this.#parts;
    const stream = new WatchStream(request, api.store, response, selects, watch);
    this.#watches.add(stream);
    response.on('close', () => this.#watches.delete(stream));
  }

  #log({ namespace, name, query }: ApiRequest, response: ServerResponse): void {
    const found = this.#parts.api.store.find(pods, namespace, name);
    if (found === undefined) throw notFound(pods, name);
    // the schema has let it in as a pod
    const pod = found as Pod;
    const ask: LogAsk = readLogAsk(pod, query);
    const reading = this.#parts.logs.read(pod, ask);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    const stop = reading.pipe(
      (text) => response.write(text),
      () => response.end(),
    );
    response.on('close', stop);
  }
}

/** Resolves to whether the request has had its answer. */
async function goesWrong(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'status': {
      const { code, message = 'the test wants it so', reason, retryAfterSeconds } = fault;
      const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
      throw new ApiError(code, message, details, reason);
    }
    case 'cut':
      response.destroy();
      return true;
    case 'delay':
      await sleep(fault.ms);
      return false;
    case 'hold':
      await fault.until;
      return false;
    case 'lost-reply':
      return false;
  }
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  const text = JSON.stringify(answer);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function sendError(response: ServerResponse, error: ApiError): void {
  const seconds = error.details?.retryAfterSeconds;
  if (seconds !== undefined) response.setHeader('retry-after', String(seconds));
  send(response, error.code, error.toStatus());
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimitBytes) {
      throw new ApiError(413, `Request entity too large: limit is ${bodyLimitBytes}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const mediaType = ({ headers }: IncomingMessage) =>
  (headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';

function readObject(body: Buffer, request: IncomingMessage): unknown {
  const type = mediaType(request);
  const text = body.toString('utf8');
  try {
    if (type.endsWith('json')) return JSON.parse(text);
    if (type.endsWith('yaml')) return parseYaml(text);
  } catch (error) {
    throw new ApiError(400, `the object provided is unrecognized: ${String(error)}`);
  }
  throw new ApiError(
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  );
}

function readDeleteOptions(body: Buffer, { query }: ApiRequest): DeleteOptions {
  const given: Fields = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  // the fields that are read are few and checked where they are used
  return {
    ...given,
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
  } as DeleteOptions;
}

function selectorOf({ query, resource, verb, name }: ApiRequest): Selector {
  const byLabel = labelSelector(query.get('labelSelector') ?? '');
  const byField = fieldSelector(query.get('fieldSelector') ?? '', resource.kind);
  return (object) =>
    byLabel(object) &&
    byField(inFormOf(resource, object)) &&
    (verb !== 'watch' || name === '' || object.metadata.name === name);
}

function listHead({ resource }: ApiRequest, version: number) {
  const metadata: Fields = { resourceVersion: String(version) };
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata };
}

const sortKey = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;

function readContinue(token: string | null, oldest: number) {
  if (token === null || token === '') return undefined;
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    read = undefined;
  }
  if (!isFields(read)) throw new ApiError(400, 'continue key is not valid');
  const version = Number(read['version']);
  if (version < oldest) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
  return { version, after: String(read['after']) };
}
