import { entry } from '../entry.ts';
import { age, duration, positiveInt, timeLimit, wholeNumber } from '../kinds.ts';

/** Statements and metadata calls. */
export const operationEntries = {
  statusPollingTimeoutMs: entry(
    'kyuubi.operation.status.polling.timeout',
    duration.default('PT5S'),
    {
      doc: 'How long GetOperationStatus waits for an operation to end before it answers.',
      setBy: 'session',
    },
  ),
  queryTimeoutMs: entry('kyuubi.operation.query.timeout', timeLimit.optional(), {
    doc: "A statement is cancelled after this long; a client's own limit counts where it is shorter.",
    setBy: 'session',
  }),
  idleTimeoutMs: entry('kyuubi.operation.idle.timeout', age.default('PT3H'), {
    doc: 'An operation that nobody has asked about for this long is closed.',
    setBy: 'session',
  }),
  resultMaxRows: entry('kyuubi.operation.result.max.rows', wholeNumber.default('0'), {
    doc: 'Rows of a result that a client gets at most; 0 for all.',
    setBy: 'session',
  }),
  maxPerSession: entry('torii.operation.max.per.session', positiveInt.default('1000'), {
    doc: 'Operations that a session holds at once.',
    setBy: 'server',
  }),
} as const;
