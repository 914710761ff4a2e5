import { GatewayError } from '../core/errors.ts';
import type { EngineSession } from '../engine/engine-session.ts';
import type { Operation } from './operation.ts';
import { isAtWork } from './operation-state.ts';

/** What an operation needs to know of its session. */
export interface EngineSide {
  readonly engine: EngineSession | undefined;
  readonly failure: GatewayError | undefined;
}

/** The longest a wait goes on without looking again whether the client is still there. */
const lookAgainMs = 5000;

/**
 * The engine's side of an operation, once the engine has it. Throws why it never will: the launch failed, the statement was
 * cancelled, the session ended.
 */
export async function onEngine(
  operation: Operation,
  session: EngineSide | undefined,
  gone: AbortSignal,
): Promise<EngineSession> {
  while (!operation.isOnEngine) {
    if (!isAtWork(operation.state)) throw operation.error ?? canceled(operation);
    gone.throwIfAborted();
    await operation.changed(lookAgainMs);
  }
  if (session?.failure !== undefined) throw session.failure;
  if (session?.engine === undefined)
    throw new GatewayError('SESSION_CLOSED', 'the session has ended');
  return session.engine;
}

/** A statement that was just sent is the engine's in a moment: until then nothing can be asked of it there. */
export async function answeredByEngine(operation: Operation): Promise<void> {
  while (operation.state === 'pending' && !operation.isOnEngine)
    await operation.changed(lookAgainMs);
}

/**
 * How long a status call may wait for the operation's end (HiveServer2's own pace, hiveserver2-wire 4.3): half a second at
 * first, half a second more for each ten that it has run, never over `limitMs`.
 */
export function longPollMs(operation: Operation, nowMs: number, limitMs: number): number {
  const elapsedMs = Math.max(nowMs - operation.startedMs, 0);
  return Math.min(limitMs, (Math.floor(elapsedMs / 10_000) + 1) * 500);
}

function canceled(operation: Operation): GatewayError {
  return new GatewayError('OPERATION_CANCELED', `the operation was ${operation.state}`);
}
