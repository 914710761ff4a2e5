import type { Hs2Value } from '../../support/hs2-client.ts';
import type { Outcome } from './outcome.ts';

/** A part of an answer that may differ without being wrong, how it is levelled, and why that is right. */
export interface Normalisation {
  readonly name: string;
  readonly reason: string;
  readonly apply: (outcome: Outcome, dir: string) => Outcome;
}

const normalisations: readonly Normalisation[] = [
  {
    name: 'stack trace',
    reason:
      'Spark Thrift Server puts the Java stack into the message; ours belongs into infoMessages.',
    apply: onMessage((text) =>
      text.replace(/\n\tat [\s\S]*$/, '').replace(/\n*Driver stacktrace:[\s\S]*$/, ''),
    ),
  },
  {
    name: 'Error running query',
    reason:
      'Spark Thrift Server wraps Spark’s failure into one of its own and repeats error class and exception class.',
    apply: onMessage((text) =>
      text.replace(
        /^(?:org\.apache\.hive\.service\.cli\.HiveSQLException: )?Error running query: (?:\[[A-Z0-9_.]+\] )?(?:[\w.$]+(?:Exception|Error): ?\n?)?/,
        '',
      ),
    ),
  },
  {
    name: 'job and task',
    reason:
      'The numbers of job, stage and task count what ran before; the failure in the task is what is compared.',
    apply: onMessage((text) =>
      text.replace(
        /^Job aborted due to stage failure: [\s\S]*?\(TID \d+\) \([^)]*\): (?:[\w.$]+(?:Exception|Error)(?:: |$))?/,
        '',
      ),
    ),
  },
  {
    name: 'expression ids',
    reason:
      'Spark numbers the expressions of a driver’s life from 1; plans and some errors show the numbers.',
    apply: onText((text) =>
      text.replaceAll(/#\d+L?/g, '#n').replaceAll(/plan_id=\d+/g, 'plan_id=n'),
    ),
  },
  {
    name: 'own folder',
    reason: 'Each side has a warehouse of its own.',
    apply: (outcome, dir) => onText((text) => text.replaceAll(dir, '<dir>'))(outcome),
  },
  {
    name: 'time of the change',
    reason: 'The metastore stamps each change of a table with the second in which it was made.',
    apply: onText((text) => text.replaceAll(/('?transient_lastDdlTime'? = ')\d+/g, '$1n')),
  },
  {
    name: 'trailing blanks',
    reason: 'Some messages end with a newline, which wrapping keeps or drops.',
    apply: onMessage((text) => text.trim()),
  },
];

export function normalise(outcome: Outcome, dir: string): Outcome {
  return normalisations.reduce((levelled, { apply }) => apply(levelled, dir), outcome);
}

function onMessage(change: (text: string) => string): (outcome: Outcome) => Outcome {
  return (outcome) =>
    outcome.kind === 'error' ? { ...outcome, message: change(outcome.message) } : outcome;
}

function onText(change: (text: string) => string): (outcome: Outcome) => Outcome {
  const changeValue = (value: Hs2Value) => (typeof value === 'string' ? change(value) : value);
  return (outcome) =>
    outcome.kind === 'error'
      ? { ...outcome, message: change(outcome.message) }
      : { ...outcome, rows: outcome.rows.map((row) => row.map(changeValue)) };
}
