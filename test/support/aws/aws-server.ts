import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, readAwsRequest } from './aws-request.ts';
import type { AwsService } from './aws-service.ts';
import type { Caller, Credentials } from './credentials.ts';
import type { Fault, Faults, SeenCall } from './faults.ts';
import { type RateLimits, throttled } from './rate-limits.ts';
import { encodeError, encodeReply, type HttpReply } from './reply-encoding.ts';
import { decodeRequest } from './request-decoding.ts';
import type { ServiceModel } from './service-model.ts';
import { checkShape } from './shape-check.ts';

/** A service with the model that its requests and replies are held to. */
export interface ModelledService extends AwsService {
  readonly model: ServiceModel;
}

interface ServerParts {
  readonly services: readonly ModelledService[];
  readonly credentials: Credentials;
  readonly rates: RateLimits;
  readonly faults: Faults;
  readonly now: () => number;
}

const nobody: Caller = { arn: '', accessKeyId: '' };

/** The endpoint of all services: which one is meant stands in the signature. */
export class AwsServer {
  /** Of replies that broke the model: a fault of the stand-in itself. */
  readonly troubles: Error[] = [];
  readonly #parts: ServerParts;
  readonly #server: Server;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = createServer((message, response) => {
      void readAwsRequest(message)
        .then((request) => this.#serve(request, response))
        .catch(() => response.destroy());
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = this.#server.address() as AddressInfo; // it listens on TCP
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: AwsRequest, response: ServerResponse): Promise<void> {
    const service = this.#serviceOf(request);
    if (service === undefined) return respond(response, noService);
    let reply: HttpReply | undefined;
    let seen: SeenCall | undefined;
    try {
      const { operation, input } = decodeRequest(
        service.model,
        Object.keys(service.handlers),
        request,
      );
      const isOpen = operation.authtype === 'none' || operation.auth?.includes('smithy.api#noAuth');
      const caller = isOpen ? nobody : undefined;
      seen = this.#note(service, operation.name, input, caller ?? this.#claimed(request));
      const fault = this.#parts.faults.take(seen);
      if (fault?.kind === 'cut') return void response.destroy();
      await pause(fault);
      const known = caller ?? this.#parts.credentials.check(request).caller;
      if (fault?.kind === 'throttle') throw throttled(service.name);
      if (fault?.kind === 'error')
        throw new AwsError(fault.code, fault.message ?? fault.code, fault.status);
      this.#parts.rates.take(service.name, operation.name);
      checkInput(service.model, operation.input?.shape, input);
      const output = await service.handlers[operation.name]?.(input, known);
      reply = encodeReply(service.model, operation, output ?? {});
      if (fault?.kind === 'lost-reply') return void response.destroy();
      if (fault?.kind === 'hold-reply') await fault.until;
    } catch (error) {
      const refusal = this.#asRefusal(error);
      if (seen !== undefined) seen.code = refusal.code;
      reply = encodeError(service.model, refusal);
    }
    if (seen !== undefined) seen.status = reply.status;
    respond(response, reply);
  }

  #serviceOf(request: AwsRequest): ModelledService | undefined {
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const signed = /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\//.exec(authorization)?.[1];
    const isForm = type.startsWith('application/x-www-form-urlencoded');
    const name = signed ?? (isForm ? 'sts' : 'emr-serverless'); // who signed nothing is told so
    return this.#parts.services.find(
      ({ model }) => (model.metadata.signingName ?? model.metadata.endpointPrefix) === name,
    );
  }

  /** Who the request says it is from, before that is checked. */
  #claimed(request: AwsRequest): Caller {
    const found = /Credential=([^/]+)\//.exec(request.headers['authorization'] ?? '');
    return { arn: found?.[1] ?? '', accessKeyId: found?.[1] ?? '' };
  }

  #note(
    { name }: ModelledService,
    operation: string,
    input: Readonly<Record<string, unknown>>,
    { accessKeyId }: Caller,
  ): SeenCall {
    const seen: SeenCall = {
      ...{ service: name, operation, input, caller: accessKeyId },
      atMs: this.#parts.now(),
    };
    this.#parts.faults.calls.push(seen);
    return seen;
  }

  #asRefusal(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const trouble = error instanceof Error ? error : new Error(String(error));
    this.troubles.push(trouble);
    return new AwsError('InternalServerException', trouble.message, 500);
  }
}

function checkInput(model: ServiceModel, shape: string | undefined, input: unknown): void {
  if (shape === undefined) return;
  const found = checkShape(model, shape, input);
  const wrong = found.find(({ kind }) => kind === 'type' || kind === 'unknown');
  if (wrong !== undefined) throw new AwsError('SerializationException', wrong.text);
  if (found.length === 0) return;
  const errors = `${found.length} validation error${found.length === 1 ? '' : 's'} detected`;
  throw new AwsError(
    'ValidationException',
    `${errors}: ${found.map(({ text }) => text).join('; ')}`,
  );
}

async function pause(fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'hold') await fault.until;
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
}

const noService: HttpReply = {
  status: 404,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'UnknownServiceException' },
  body: '{"message":"the stand-in does not play this service"}',
};

function respond(response: ServerResponse, { status, headers, body }: HttpReply): void {
  if (response.destroyed) return;
  // The answer to a HEAD names the length of a body that it has not.
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}
