import { messageOf, toGatewayError } from '../../core/errors.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { messageKind, readMessageHeader, writeMessageHeader } from '../../wire/message-header.ts';
import type { MessageHeader } from '../../wire/message-header.ts';
import { applicationErrorType, encodeApplicationException } from '../../wire/struct-codec.ts';
import { WireError } from '../../wire/wire-error.ts';
import type { Reply, RequestContext } from './client-connection.ts';
import type { MethodParts, MethodRequest, ThriftMethod } from './method.ts';
import { cancelOperation } from './methods/cancel-operation.ts';
import { closeOperation } from './methods/close-operation.ts';
import { closeSession } from './methods/close-session.ts';
import { delegationTokenMethods } from './methods/delegation-tokens.ts';
import { executeStatement } from './methods/execute-statement.ts';
import { fetchResults } from './methods/fetch-results.ts';
import { getInfo } from './methods/get-info.ts';
import { getOperationStatus } from './methods/get-operation-status.ts';
import { getQueryId } from './methods/get-query-id.ts';
import { getResultSetMetadata } from './methods/get-result-set-metadata.ts';
import { metadataMethods } from './methods/metadata-methods.ts';
import { openSession } from './methods/open-session.ts';
import { setClientInfo } from './methods/set-client-info.ts';

/**
 * Every method that is answered. UploadData and DownloadData are not among them: their answers can't carry a failure (the handle
 * is required), so they are answered as unknown methods.
 */
const methods: ReadonlyMap<string, ThriftMethod> = new Map(
  [
    openSession,
    closeSession,
    getInfo,
    executeStatement,
    ...metadataMethods,
    getOperationStatus,
    cancelOperation,
    closeOperation,
    getResultSetMetadata,
    fetchResults,
    ...delegationTokenMethods,
    getQueryId,
    setClientInfo,
  ].map((method) => [method.name, method]),
);

/** Answers one request. Throws only for bytes that are no message: nothing tells where the next one begins. */
export async function dispatch(
  received: Buffer,
  context: RequestContext,
  parts: MethodParts,
  log: Log,
): Promise<Reply> {
  const request = strictRequest(received, context);
  const { header } = request;
  if (header.kind !== messageKind.call) {
    return exception(
      header,
      applicationErrorType.invalidMessageType,
      `message kind ${header.kind} is no call`,
    );
  }
  const method = methods.get(header.name);
  if (method === undefined) {
    return exception(
      header,
      applicationErrorType.unknownMethod,
      `Invalid method name: '${header.name}'`,
    );
  }
  try {
    return await method.answer(request, parts);
  } catch (thrown) {
    if (thrown instanceof WireError) {
      return exception(header, applicationErrorType.protocolError, thrown.message);
    }
    const error = toGatewayError(thrown);
    if (error.code === 'INTERNAL') log.error({ method: header.name, err: error }, 'request failed');
    else
      log.debug({ method: header.name, code: error.code, error: error.message }, 'request refused');
    auditRefusal(request, error, parts);
    return method.failed(request, error);
  }
}

/** Of what is not allowed, or belongs to others; how sessions are opened is told where they are. */
function auditRefusal(
  { header, context }: MethodRequest,
  error: GatewayError,
  parts: MethodParts,
): void {
  if (!refusals.has(error.code) || header.name === openSession.name) return;
  const { principal, connection } = context;
  parts.audit.record({
    action: 'request',
    outcome: 'refused',
    user: principal?.actsFor ?? principal?.user,
    realUser: principal?.user,
    address: connection.clientAddress,
    method: header.name,
    error,
  });
}

const refusals: ReadonlySet<string> = new Set<GatewayError['code']>([
  'CONFIG_RESTRICTED',
  'FETCH_LIMIT',
  'OPERATION_LIMIT',
  'OPERATION_NOT_FOUND',
  'SESSION_NOT_FOUND',
]);

/** The answer to a request that is not even looked into. Throws for bytes that are no message. */
export function refuse(received: Buffer, context: RequestContext, error: GatewayError): Reply {
  const request = strictRequest(received, context);
  const method = methods.get(request.header.name);
  return method === undefined
    ? exception(request.header, applicationErrorType.unknownMethod, messageOf(error))
    : method.failed(request, error);
}

/** A request in Thrift's old form gets a strict header: what is passed on to an engine has one. */
function strictRequest(received: Buffer, context: RequestContext): MethodRequest {
  const header = readMessageHeader(received);
  if (received.readInt32BE(0) < 0) return { message: received, header, context };
  const message = Buffer.concat([
    writeMessageHeader(header.kind, header.name, header.seqId),
    received.subarray(header.bodyAt),
  ]);
  return { message, header: readMessageHeader(message), context };
}

function exception(header: MessageHeader, type: number, text: string): Reply {
  return {
    kind: 'message',
    message: encodeApplicationException(header.name, header.seqId, type, text),
  };
}
