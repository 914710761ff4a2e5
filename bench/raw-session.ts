import types from '#thrift/types';
import { decodeReply, type Hs2Method, type Hs2Reply } from '../test/support/hs2-wire.ts';
import { requireAnswer } from './part.ts';
import { framedCall, type RawAddress, RawConnection } from './raw-connection.ts';

const dbmsName = types.TGetInfoType.CLI_DBMS_NAME;

/** A session over a raw connection, and the calls that are measured on it. */
export interface RawSession {
  readonly connection: RawConnection;
  readonly handle: types.TSessionHandle;
}

export async function openRawSession(address: RawAddress): Promise<RawSession> {
  const connection = await RawConnection.open(address);
  const request = framedCall('OpenSession', {
    client_protocol: types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
    username: address.user,
    configuration: {},
  });
  const { status, sessionHandle } = decode('OpenSession', await connection.exchange(request));
  requireAnswer(status.statusCode === 0 && !!sessionHandle, 'OpenSession', status);
  // The check above has thrown where there is none.
  return { connection, handle: sessionHandle as types.TSessionHandle };
}

export function getInfoFrame({ handle }: RawSession): Buffer {
  return framedCall('GetInfo', { sessionHandle: handle, infoType: dbmsName });
}

/** Throws where the reply does not name Spark. */
export function checkInfo(reply: Buffer): void {
  const { status, infoValue } = decode('GetInfo', reply);
  const isRight = status.statusCode === 0 && /spark/i.test(infoValue.stringValue ?? '');
  requireAnswer(isRight, 'GetInfo', { status, infoValue });
}

/** A statement that has run to its end, whose status is then asked for. */
export async function finishedStatement(session: RawSession): Promise<types.TOperationHandle> {
  const request = framedCall('ExecuteStatement', {
    sessionHandle: session.handle,
    statement: 'select 1',
    confOverlay: {},
    runAsync: false,
    queryTimeout: 0 as never, // Int64 in the generated types, a plain number on its way in
  });
  const reply = decode('ExecuteStatement', await session.connection.exchange(request));
  requireAnswer(
    reply.status.statusCode === 0 && !!reply.operationHandle,
    'ExecuteStatement',
    reply.status,
  );
  return reply.operationHandle as types.TOperationHandle; // checked above
}

export function statusFrame(operationHandle: types.TOperationHandle): Buffer {
  return framedCall('GetOperationStatus', { operationHandle, getProgressUpdate: false });
}

/** Throws where the reply is not that of a finished statement. */
export function checkFinished(reply: Buffer): void {
  const { status, operationState } = decode('GetOperationStatus', reply);
  const isRight =
    status.statusCode === 0 && operationState === types.TOperationState.FINISHED_STATE;
  requireAnswer(isRight, 'GetOperationStatus', { status, operationState });
}

function decode<M extends Hs2Method>(method: M, frame: Buffer): Hs2Reply<M> {
  return decodeReply(method, frame.subarray(4));
}
