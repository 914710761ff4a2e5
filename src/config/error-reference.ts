import { errorTable } from '../core/errors.ts';
import type { RetryAdvice } from '../core/errors.ts';

const advice: Readonly<Record<RetryAdvice, string>> = {
  never: 'no',
  later: 'yes, later',
  'new-session': 'yes, in a new session',
};

/** The reference of everything that a client can be told has failed, from the one table that knows it. */
export function renderErrorReference(): string {
  const rows = Object.entries(errorTable).map(
    ([code, facts]) =>
      `| \`${code}\` | ${facts.sqlState} | ${facts.errorCode} | ${facts.httpStatus} | ${advice[facts.retry]} |`,
  );
  return [
    '# Errors',
    '',
    'Generated from `src/core/errors.ts`. Failures of a statement in Spark carry the SQLSTATE and the message that Spark gives;',
    'these are the gateway’s own. JDBC shows the third column as `code=`.',
    '',
    '| error | SQLSTATE | code | HTTP status | does a retry help? |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
