import thriftTypes from '#thrift/types';
import type { Struct } from './struct-codec.ts';

/** Where an operation stands, as a client needs to know it. */
export type OperationPhase =
  'waiting' | 'running' | 'finished' | 'canceled' | 'timed-out' | 'failed';

/** Why a call or an operation failed, in the server's words. */
export interface ServerFailure {
  readonly message: string;
  readonly sqlState: string | undefined;
  readonly errorCode: number | undefined;
}

/** The highest protocol this client speaks: V11. */
export const clientProtocol: number = thriftTypes.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V11;

export const fetchNext: number = thriftTypes.TFetchOrientation.FETCH_NEXT;

/** `fetchType` of FetchResults. */
export const fetchType = { rows: 0, log: 1 } as const;

/** The kind of operation that Kyuubi's JDBC driver gives the launch of an engine. */
export const unknownOperation: number = thriftTypes.TOperationType.UNKNOWN;

/** The failure that a status tells of, if it tells of one. */
export function failureOf(status: Struct<'TStatus'>): ServerFailure | undefined {
  const { TStatusCode } = thriftTypes;
  if (
    status.statusCode === TStatusCode.SUCCESS_STATUS ||
    status.statusCode === TStatusCode.SUCCESS_WITH_INFO_STATUS
  ) {
    return undefined;
  }
  return serverFailure(status, `the server answered with status code ${status.statusCode}`);
}

/** The failure that an operation ended with. */
export function operationFailure(status: Struct<'TGetOperationStatusResp'>): ServerFailure {
  return serverFailure(status, 'the operation failed and the server gave no reason');
}

export function phaseOf(status: Struct<'TGetOperationStatusResp'>): OperationPhase {
  const { TOperationState } = thriftTypes;
  switch (status.operationState) {
    case TOperationState.INITIALIZED_STATE:
    case TOperationState.PENDING_STATE:
      return 'waiting';
    case TOperationState.RUNNING_STATE:
      return 'running';
    case TOperationState.FINISHED_STATE:
      return 'finished';
    case TOperationState.CANCELED_STATE:
    case TOperationState.CLOSED_STATE:
      return 'canceled';
    case TOperationState.TIMEDOUT_STATE:
      return 'timed-out';
    default:
      return 'failed';
  }
}

function serverFailure(
  from: { readonly errorMessage?: string; readonly sqlState?: string; readonly errorCode?: number },
  otherwise: string,
): ServerFailure {
  const message = from.errorMessage?.trim();
  return {
    message: message === undefined || message === '' ? otherwise : message,
    sqlState: from.sqlState,
    errorCode: from.errorCode,
  };
}
