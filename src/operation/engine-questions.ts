import type { EngineSession } from '../engine/engine-session.ts';
import type { Operation } from './operation.ts';
import { stateOfWire } from './operation-state.ts';
import { readMessageHeader } from '../wire/message-header.ts';
import { replyOperationState } from '../wire/request-spans.ts';
import { encodeCall } from '../wire/struct-codec.ts';
import type { Struct } from '../wire/struct-codec.ts';

/** Asks the engine for the state of an operation that no client has asked about. */
export async function refreshState(
  operation: Operation,
  engine: EngineSession,
  nowMs: number,
): Promise<void> {
  const call = encodeCall('GetOperationStatus', 0, { operationHandle: engineHandleOf(operation) });
  const frame = await engine.call(call, { urgent: true });
  if (frame === undefined) return;
  const message = frame.subarray(4);
  const code = replyOperationState(message, readMessageHeader(message).bodyAt);
  const state = code === undefined ? undefined : stateOfWire(code);
  if (state !== undefined) operation.moveTo(state, nowMs);
}

/** Lets the engine forget an operation that no client has closed. */
export async function closeOnEngine(operation: Operation, engine: EngineSession): Promise<void> {
  const call = encodeCall('CloseOperation', 0, { operationHandle: engineHandleOf(operation) });
  await engine.call(call, { urgent: true });
}

function engineHandleOf({
  engineHandle,
  type,
  hasResultSet,
}: Operation): Struct<'TOperationHandle'> {
  return { operationId: engineHandle, operationType: type, hasResultSet };
}
