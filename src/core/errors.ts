export type RetryAdvice = 'never' | 'later' | 'new-session';

/**
 * Every failure a client can see. The table alone knows the SQLSTATE, the vendor code that JDBC shows as `code=`,
 * the HTTP status and whether a retry helps.
 */
export const errorTable = {
  CONFIG_INVALID: { sqlState: '22023', errorCode: 90001, httpStatus: 400, retry: 'never' },
  CONFIG_RESTRICTED: { sqlState: '42501', errorCode: 90002, httpStatus: 403, retry: 'never' },
  FEATURE_NOT_SUPPORTED: { sqlState: '0A000', errorCode: 90003, httpStatus: 501, retry: 'never' },
  INVALID_ARGUMENT: { sqlState: '22023', errorCode: 90004, httpStatus: 400, retry: 'never' },
  INVALID_ENCODING: { sqlState: '22021', errorCode: 90005, httpStatus: 400, retry: 'never' },
  INTERNAL: { sqlState: 'XX000', errorCode: 90006, httpStatus: 500, retry: 'later' },
  SHUTTING_DOWN: { sqlState: '57P01', errorCode: 90007, httpStatus: 503, retry: 'new-session' },

  AUTHENTICATION_FAILED: { sqlState: '28000', errorCode: 90101, httpStatus: 401, retry: 'never' },
  PROXY_USER_DENIED: { sqlState: '08S01', errorCode: 90102, httpStatus: 403, retry: 'never' },
  SHARE_LEVEL_DENIED: { sqlState: '42501', errorCode: 90103, httpStatus: 403, retry: 'never' },
  CONNECTION_DENIED: { sqlState: '28000', errorCode: 90104, httpStatus: 403, retry: 'never' },
  /** Nobody could say whether name and password are right. */
  AUTHENTICATION_UNAVAILABLE: {
    sqlState: '08001',
    errorCode: 90106,
    httpStatus: 503,
    retry: 'later',
  },
  LOGIN_THROTTLED: { sqlState: '28000', errorCode: 90108, httpStatus: 429, retry: 'later' },
  /** Asked by somebody who is no administrator, or has not proved to be one. */
  ADMINISTRATOR_REQUIRED: { sqlState: '42501', errorCode: 90109, httpStatus: 403, retry: 'never' },
  CONNECTION_LIMIT: { sqlState: '08004', errorCode: 90105, httpStatus: 429, retry: 'later' },

  SESSION_NOT_FOUND: { sqlState: '08003', errorCode: 90201, httpStatus: 404, retry: 'new-session' },
  SESSION_CLOSED: { sqlState: '08003', errorCode: 90202, httpStatus: 410, retry: 'new-session' },
  OPERATION_NOT_FOUND: { sqlState: 'HY000', errorCode: 90203, httpStatus: 404, retry: 'never' },
  OPERATION_CANCELED: { sqlState: '57014', errorCode: 90204, httpStatus: 409, retry: 'never' },
  OPERATION_LIMIT: { sqlState: '53000', errorCode: 90205, httpStatus: 429, retry: 'later' },
  FETCH_ORIENTATION: { sqlState: 'HY106', errorCode: 90206, httpStatus: 400, retry: 'never' },
  FETCH_LIMIT: { sqlState: '54000', errorCode: 90207, httpStatus: 400, retry: 'never' },

  ENGINE_LAUNCH_FAILED: {
    sqlState: '08001',
    errorCode: 90301,
    httpStatus: 502,
    retry: 'new-session',
  },
  ENGINE_LAUNCH_TIMEOUT: {
    sqlState: '08001',
    errorCode: 90302,
    httpStatus: 504,
    retry: 'new-session',
  },
  ENGINE_LAUNCH_BUSY: { sqlState: '53000', errorCode: 90303, httpStatus: 503, retry: 'later' },
  ENGINE_UNREACHABLE: {
    sqlState: '08001',
    errorCode: 90304,
    httpStatus: 502,
    retry: 'new-session',
  },
  ENGINE_LOST: { sqlState: '08S01', errorCode: 90305, httpStatus: 502, retry: 'new-session' },
  ENGINE_NOT_FOUND: { sqlState: '08003', errorCode: 90307, httpStatus: 404, retry: 'never' },
  ENGINE_REFUSED: { sqlState: '08004', errorCode: 90306, httpStatus: 502, retry: 'new-session' },

  DISCOVERY_UNAVAILABLE: { sqlState: '08001', errorCode: 90401, httpStatus: 503, retry: 'later' },
  LOCK_TIMEOUT: { sqlState: '08001', errorCode: 90402, httpStatus: 504, retry: 'later' },
} as const satisfies Record<string, ErrorFacts>;

export interface ErrorFacts {
  readonly sqlState: string;
  readonly errorCode: number;
  readonly httpStatus: number;
  readonly retry: RetryAdvice;
}

export type ErrorCode = keyof typeof errorTable;

/** A failure that a client may see: what was being done, to what, with which limit, and what to do about it. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** SQLSTATE and vendor code as the engine gave them, where a failure only passes through. */
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, options: ErrorDetails = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.hint = options.hint;
    this.facts = { ...errorTable[code], ...options.facts };
  }
}

export interface ErrorDetails {
  readonly cause?: unknown;
  /** What the reader can do now, as a sentence. */
  readonly hint?: string;
  readonly facts?: Partial<Pick<ErrorFacts, 'sqlState' | 'errorCode'>>;
}

/** Whatever was thrown, as a failure that can be shown to a client. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('INTERNAL', `internal error: ${reasonOf(thrown)}`, { cause: thrown });
}

/** The message with its hint, as one text for clients that show only that. */
export function messageOf(error: GatewayError): string {
  return error.hint === undefined ? error.message : `${error.message}\nHint: ${error.hint}`;
}

/** What whatever was thrown says of itself. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
