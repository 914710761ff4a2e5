import { GatewayError } from '../core/errors.ts';
import { type Rows, rowsOf } from '../wire/client-rows.ts';
import { failureOf, fetchNext, fetchType } from '../wire/client-status.ts';
import { decodeReply, encodeCall } from '../wire/struct-codec.ts';
import type { RequestOf, ResponseOf } from '../wire/struct-codec.ts';
import type { EngineSession } from './engine-session.ts';

type Method = 'ExecuteStatement' | 'FetchResults';

/** Runs a statement of the gateway's own and reads its first rows. Throws ENGINE_REFUSED with what the engine says. */
export async function runOnEngine(session: EngineSession, statement: string): Promise<Rows> {
  if (session.handle === undefined) throw new Error('a session that is not open on its engine');
  const { operationHandle } = await ask(session, 'ExecuteStatement', {
    sessionHandle: { sessionId: session.handle },
    statement,
    runAsync: false,
  });
  if (!operationHandle) throw new GatewayError('ENGINE_REFUSED', 'the engine named no operation');
  const { results } = await ask(session, 'FetchResults', {
    operationHandle,
    orientation: fetchNext,
    maxRows: 10,
    fetchType: fetchType.rows,
  });
  return results ? rowsOf(results) : [];
}

async function ask<M extends Method>(
  session: EngineSession,
  method: M,
  request: RequestOf<M>,
): Promise<ResponseOf<M>> {
  const frame = await session.call(encodeCall(method, 0, request));
  if (frame === undefined) throw new Error('a reply that nobody was to relay');
  const reply = decodeReply(method, frame.subarray(4));
  const failure = failureOf(reply.status);
  if (failure !== undefined) throw new GatewayError('ENGINE_REFUSED', failure.message);
  return reply;
}
