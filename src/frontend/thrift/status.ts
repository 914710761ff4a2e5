import { messageOf } from '../../core/errors.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { Struct } from '../../wire/struct-codec.ts';

type Status = Struct<'TStatus'>;

/** Success is code 0 everywhere: some clients take 1 for an error (hiveserver2-wire rule 13). */
export const success: Status = { statusCode: 0 };

/**
 * A failure as a TStatus. `infoMessages` is never an empty list: one entry in HiveServer2's exception encoding, without
 * stack (hiveserver2-wire 4.9).
 */
export function failureStatus(error: GatewayError): Status {
  const message = messageOf(error);
  return {
    statusCode: 3,
    infoMessages: [`*java.lang.RuntimeException:${message}:0:-1`],
    sqlState: error.facts.sqlState,
    errorCode: error.facts.errorCode,
    errorMessage: message,
  };
}
