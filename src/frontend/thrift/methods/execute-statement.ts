import { copyHandleId } from '../../../core/handle.ts';
import { GatewayError, toGatewayError } from '../../../core/errors.ts';
import type { Operation } from '../../../operation/operation.ts';
import { operationTypes } from '../../../operation/operation.ts';
import { serverCommand } from '../../../operation/server-command.ts';
import type { ServerCommand } from '../../../operation/server-command.ts';
import { describeEngine, describeSession } from '../../../session/describe.ts';
import type { Session } from '../../../session/session.ts';
import { engineExecuteRequest, readExecuteFields } from '../../../wire/execute-request.ts';
import type { ExecuteFields } from '../../../wire/execute-request.ts';
import {
  locateReplyHandle,
  readHandle,
  replyStatusCode,
  spliceHandle,
} from '../../../wire/request-spans.ts';
import { decodeReply } from '../../../wire/struct-codec.ts';
import { engineHandleOf, engineReply } from '../../../operation/forward.ts';
import type { EngineReply } from '../../../operation/forward.ts';
import { passOn, reply, sessionOf } from '../method.ts';
import type { MethodParts, MethodRequest, ThriftMethod } from '../method.ts';
import type { Reply } from '../client-connection.ts';
import { failureStatus, success } from '../status.ts';
import { auditStatement } from '../statement-audit.ts';
import { requireRoom } from './metadata-methods.ts';

type EngineSession = NonNullable<Session['engine']>;

/** The key by which the engine takes over the handle that the gateway chose (kyuubi-contract 4.3). */
const handleKey = 'kyuubi.operation.handle';

const shownBytes = 2000;

export const executeStatement: ThriftMethod = {
  name: 'ExecuteStatement',
  async answer(request, parts) {
    const { session, spans } = sessionOf(request, parts);
    const fields = readExecuteFields(request.message, spans.requestAt);
    if (!fields.isUtf8) {
      throw new GatewayError('INVALID_ENCODING', 'the statement is not valid UTF-8', {
        hint: 'Send statements as UTF-8 text.',
      });
    }
    if (session.failure !== undefined) throw session.failure;
    requireRoom(session);
    const command = serverCommand(fields.statement);
    if (command !== undefined) return describe(command, fields, request, session, parts);

    const operation = session.newOperation(operationTypes.statement, { kind: 'engine' });
    operation.statement = beginningOf(fields.statement);
    parts.operations.add(operation);
    auditStatement(fields.statement, operation, session, parts);
    const send = (engine: EngineSession): Promise<EngineReply> =>
      sendStatement(request, spans.requestAt, fields, operation, engine);
    try {
      if (session.engine !== undefined)
        return await sendNow(send, session.engine, operation, fields, session, parts);
      if (!fields.runAsync)
        return await sendNow(send, await session.whenReady(), operation, fields, session, parts);
    } catch (thrown) {
      operation.moveTo('error', parts.clock.now(), toGatewayError(thrown));
      forget(operation, session, parts);
      throw thrown;
    }
    void sendLater(send, operation, session, parts);
    return reply('ExecuteStatement', request, {
      status: success,
      operationHandle: handleOf(operation),
    });
  },
  failed: (request, error) => reply('ExecuteStatement', request, { status: failureStatus(error) }),
};

/** What a list of operations shows of a statement; a copy, since the rest of the request is not kept. */
function beginningOf(statement: Buffer): Buffer {
  return Buffer.from(statement.subarray(0, shownBytes));
}

/** The operation as its handle is written. */
function handleOf(operation: Operation): {
  operationId: { guid: Buffer; secret: Buffer };
  operationType: number;
  hasResultSet: boolean;
} {
  return {
    operationId: operation.id,
    operationType: operation.type,
    hasResultSet: operation.hasResultSet,
  };
}

async function sendStatement(
  request: MethodRequest,
  requestAt: number,
  fields: ExecuteFields,
  operation: Operation,
  engine: EngineSession,
): Promise<EngineReply> {
  const overlay = new Map([...fields.confOverlay, [handleKey, operation.uuid]]);
  const message = engineExecuteRequest(request.message, requestAt, {
    seqId: request.header.seqId,
    engineSession: engineHandleOf(engine),
    confOverlay: overlay,
  });
  return engineReply(await engine.call(message));
}

async function sendNow(
  send: (engine: EngineSession) => Promise<EngineReply>,
  engine: EngineSession,
  operation: Operation,
  fields: ExecuteFields,
  session: Session,
  parts: MethodParts,
): Promise<Reply> {
  const now = parts.clock.now();
  operation.moveTo('pending', now);
  const replied = await send(engine);
  const found =
    replied.bodyAt === undefined ? undefined : locateReplyHandle(replied.message, replied.bodyAt);
  const failed =
    replied.bodyAt === undefined || (replyStatusCode(replied.message, replied.bodyAt) ?? 0) > 1;
  if (found === undefined || failed) {
    if (replied.bodyAt !== undefined)
      operation.engineSqlState = decodeReply('ExecuteStatement', replied.message).status.sqlState;
    operation.moveTo('error', parts.clock.now());
    forget(operation, session, parts);
    return passOn(replied);
  }
  adopt(operation, replied, found);
  operation.moveTo(fields.runAsync ? 'running' : 'finished', parts.clock.now());
  return passOn(replied);
}

/** The client has its handle already; the statement goes out once the engine is there, unless it was cancelled by then. */
async function sendLater(
  send: (engine: EngineSession) => Promise<EngineReply>,
  operation: Operation,
  session: Session,
  parts: MethodParts,
): Promise<void> {
  try {
    const engine = await session.whenReady();
    if (!operation.moveTo('pending', parts.clock.now())) return;
    const { message } = await send(engine);
    const { status, operationHandle } = decodeReply('ExecuteStatement', message);
    if (status.statusCode > 1 || operationHandle === undefined) {
      const facts = {
        ...(status.sqlState === undefined ? {} : { sqlState: status.sqlState }),
        ...(status.errorCode === undefined ? {} : { errorCode: status.errorCode }),
      };
      throw new GatewayError(
        'ENGINE_REFUSED',
        status.errorMessage ?? 'the engine refused the statement',
        { facts },
      );
    }
    operation.engineHandle = copyHandleId(operationHandle.operationId);
    operation.isOnEngine = true;
    operation.moveTo('running', parts.clock.now());
  } catch (thrown) {
    operation.moveTo('error', parts.clock.now(), toGatewayError(thrown));
  }
}

function adopt(
  operation: Operation,
  replied: EngineReply,
  found: NonNullable<ReturnType<typeof locateReplyHandle>>,
): void {
  const theirs = readHandle(replied.message, found.handle);
  operation.engineHandle = copyHandleId(theirs);
  operation.hasResultSet = found.hasResultSet;
  operation.isOnEngine = true;
  spliceHandle(replied.message, found.handle, operation.id);
}

function forget(operation: Operation, session: Session, parts: MethodParts): void {
  session.operations.delete(operation);
  parts.operations.remove(operation);
}

async function describe(
  command: ServerCommand,
  { statement }: ExecuteFields,
  request: MethodRequest,
  session: Session,
  parts: MethodParts,
): Promise<Reply> {
  if (command === 'describe-engine') await session.whenReady();
  const result =
    command === 'describe-session' ? describeSession(session) : describeEngine(session);
  const operation = session.newOperation(operationTypes.statement, { kind: 'gateway', result });
  operation.statement = beginningOf(statement);
  auditStatement(statement, operation, session, parts);
  operation.moveTo('finished', parts.clock.now());
  parts.operations.add(operation);
  return reply('ExecuteStatement', request, {
    status: success,
    operationHandle: handleOf(operation),
  });
}
