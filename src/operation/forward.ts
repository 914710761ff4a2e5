import { GatewayError } from '../core/errors.ts';
import type { HandleId } from '../core/handle.ts';
import type { EngineSession } from '../engine/engine-session.ts';
import { messageKind, readMessageHeader } from '../wire/message-header.ts';
import { spliceHandle } from '../wire/request-spans.ts';
import type { HandleSpans } from '../wire/request-spans.ts';
import type { EngineSide } from './operation-wait.ts';
import type { ReplyRelay } from '../wire/reply-relay.ts';

/** A reply of the engine that came whole: its frame, and where its result struct begins (undefined for an exception). */
export interface EngineReply {
  readonly frame: Buffer;
  readonly message: Buffer;
  readonly bodyAt: number | undefined;
}

/**
 * Makes the client's request the engine's, in place, and sends it on. The sequence id stays the client's, so that the reply
 * can be passed on as it is.
 */
export async function forward(
  message: Buffer,
  at: HandleSpans,
  handle: HandleId,
  engine: EngineSession,
  options: { readonly urgent?: boolean } = {},
): Promise<EngineReply> {
  spliceHandle(message, at, handle);
  return engineReply(await engine.call(message, options));
}

/** As `forward`, for rows: a large reply is passed on as it arrives. Undefined: it was. */
export async function forwardRelayed(
  message: Buffer,
  at: HandleSpans,
  handle: HandleId,
  engine: EngineSession,
  rows: { readonly seqId: number; readonly orientation: number; readonly maxRows: number },
  relay: ReplyRelay,
): Promise<EngineReply | undefined> {
  spliceHandle(message, at, handle);
  const frame = await engine.fetch({ message, operation: handle, ...rows }, relay);
  return frame === undefined ? undefined : engineReply(frame);
}

export function engineReply(frame: Buffer | undefined): EngineReply {
  if (frame === undefined) throw new Error('a reply that nobody was to relay');
  const message = frame.subarray(4);
  const header = readMessageHeader(message);
  return { frame, message, bodyAt: header.kind === messageKind.reply ? header.bodyAt : undefined };
}

/** The session's handle on its engine. */
export function engineHandleOf(engine: EngineSession): HandleId {
  if (engine.handle === undefined)
    throw new GatewayError('INTERNAL', 'the session was not opened on its engine');
  return engine.handle;
}

/** The engine's side, at once where it is there: the common case takes no turn of the event loop. */
export function engineOf(
  session: EngineSide & { whenReady(): Promise<EngineSession> },
): EngineSession | Promise<EngineSession> {
  if (session.failure !== undefined) throw session.failure;
  return session.engine ?? session.whenReady();
}
