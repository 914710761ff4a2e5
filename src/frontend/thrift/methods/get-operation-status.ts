import type { Operation } from '../../../operation/operation.ts';
import { isAtWork, stateOfWire, wireStates } from '../../../operation/operation-state.ts';
import type { Session } from '../../../session/session.ts';
import { messageOf } from '../../../core/errors.ts';
import { decodeReply } from '../../../wire/struct-codec.ts';
import { replyOperationState } from '../../../wire/request-spans.ts';
import { forward } from '../../../operation/forward.ts';
import { operationOf, passOn, reply } from '../method.ts';
import type { MethodParts, MethodRequest, ThriftMethod } from '../method.ts';
import type { Reply } from '../client-connection.ts';
import { longPollMs } from '../../../operation/operation-wait.ts';
import { failureStatus, success } from '../status.ts';

/**
 * The engine's answer where the engine has the operation, ours where it has not (yet) or is lost. Either waits a moment for the
 * end: clients poll in a tight loop.
 */
export const getOperationStatus: ThriftMethod = {
  name: 'GetOperationStatus',
  async answer(request, parts) {
    const { operation, session, spans } = operationOf(request, parts);
    if (!isForwarded(operation, session)) await waitForChange(operation, session, parts);
    if (session?.engine === undefined || !isForwarded(operation, session))
      return ownStatus(operation, request);
    try {
      const replied = await forward(
        request.message,
        spans.handle,
        operation.engineHandle,
        session.engine,
      );
      const code =
        replied.bodyAt === undefined
          ? undefined
          : replyOperationState(replied.message, replied.bodyAt);
      const state = code === undefined ? undefined : stateOfWire(code);
      if (state === 'error' && isAtWork(operation.state))
        operation.engineSqlState = decodeReply('GetOperationStatus', replied.message).sqlState;
      if (state !== undefined) operation.moveTo(state, parts.clock.now());
      return passOn(replied);
    } catch (thrown) {
      if (operation.state === 'error') return ownStatus(operation, request); // the engine went: the session has told its operations
      throw thrown;
    }
  },
  failed: (request, error) =>
    reply('GetOperationStatus', request, { status: failureStatus(error) }),
};

function isForwarded(operation: Operation, session: Session | undefined): boolean {
  return operation.isOnEngine && operation.error === undefined && session?.failure === undefined;
}

async function waitForChange(
  operation: Operation,
  session: Session | undefined,
  parts: MethodParts,
): Promise<void> {
  const limitMs = session?.facts.operation.statusPollingTimeoutMs ?? 0;
  const now = parts.clock.now();
  const deadlineMs = now + longPollMs(operation, now, limitMs);
  while (isAtWork(operation.state) && !operation.isOnEngine) {
    const leftMs = deadlineMs - parts.clock.now();
    if (leftMs <= 0) return;
    await operation.changed(leftMs);
  }
}

function ownStatus(operation: Operation, request: MethodRequest): Reply {
  const { error } = operation;
  return reply('GetOperationStatus', request, {
    status: success,
    operationState: wireStates[operation.state],
    operationStarted: operation.startedMs,
    operationCompleted: operation.completedMs,
    hasResultSet: operation.hasResultSet,
    // Set in failures only: dbt takes any text here for one.
    ...(error === undefined
      ? {}
      : {
          sqlState: error.facts.sqlState,
          errorCode: error.facts.errorCode,
          errorMessage: messageOf(error),
        }),
  });
}
