import { mayUseAs } from '../../auth/ownership.ts';
import type { UserNames } from '../../auth/user-names.ts';
import type { Clock } from '../../core/clock.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { MayUse } from '../../core/owner.ts';
import type { Operations } from '../../operation/operations.ts';
import type { Operation } from '../../operation/operation.ts';
import type { Session } from '../../session/session.ts';
import type { Sessions } from '../../session/sessions.ts';
import type { AuditLog } from '../../telemetry/audit-log.ts';
import type { MessageHeader } from '../../wire/message-header.ts';
import { locateRequest, readHandle } from '../../wire/request-spans.ts';
import type { RequestSpans } from '../../wire/request-spans.ts';
import { encodeReply } from '../../wire/struct-codec.ts';
import type { MethodName, ResponseOf } from '../../wire/struct-codec.ts';
import type { Reply, RequestContext } from './client-connection.ts';

/** One request, not yet looked into beyond its header. */
export interface MethodRequest {
  readonly message: Buffer;
  readonly header: MessageHeader;
  readonly context: RequestContext;
}

/** What methods work with. */
export interface MethodParts {
  readonly sessions: Sessions;
  readonly operations: Operations;
  readonly names: UserNames;
  /** May use what belongs to others. */
  readonly administrators: ReadonlySet<string>;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** Rows per fetch that clients are told of. */
  readonly defaultFetchRows: number;
  /** Rows that a client may ask for at once; undefined is no limit. */
  readonly fetchMaxRows: number | undefined;
  /** Version of the gateway, for GetInfo where the gateway answers it. */
  readonly version: string;
}

/** One method of TCLIService. */
export interface ThriftMethod {
  readonly name: MethodName;
  answer(request: MethodRequest, parts: MethodParts): Promise<Reply>;
  /** The reply that carries the failure. */
  failed(request: MethodRequest, error: GatewayError): Reply;
}

export function reply<M extends MethodName>(
  method: M,
  request: MethodRequest,
  response: ResponseOf<M>,
): Reply {
  return { kind: 'message', message: encodeReply(method, request.header.seqId, response) };
}

/** What the caller may use. */
export function mayUse({ context }: MethodRequest, parts: MethodParts): MayUse {
  return mayUseAs(context.principal, parts.administrators);
}

/** The session that a request names, and where it names it. */
export function sessionOf(
  request: MethodRequest,
  parts: MethodParts,
): { session: Session; spans: RequestSpans } {
  const spans = locateRequest(request.message, request.header.bodyAt);
  const handle = readHandle(request.message, spans.handle);
  const { context } = request;
  return {
    session: parts.sessions.find(handle, mayUse(request, parts), context.connection),
    spans,
  };
}

/** The operation that a request names, its session, and where it names it. Using it keeps both from idling out. */
export function operationOf(
  request: MethodRequest,
  parts: MethodParts,
): { operation: Operation; session: Session | undefined; spans: RequestSpans } {
  const spans = locateRequest(request.message, request.header.bodyAt);
  const handle = readHandle(request.message, spans.handle);
  const { context } = request;
  const operation = parts.operations.find(handle, mayUse(request, parts));
  const session = parts.sessions.byId(operation.sessionId);
  operation.lastUsedMs = parts.clock.now();
  if (session !== undefined) {
    session.lastUsedMs = operation.lastUsedMs;
    parts.sessions.attach(session, context.connection);
  }
  return { operation, session, spans };
}

/** The engine's reply as it came; undefined where a relay took it. */
export function passOn(replied: { readonly frame: Buffer } | undefined): Reply {
  return replied === undefined ? { kind: 'relayed' } : { kind: 'frame', frame: replied.frame };
}
