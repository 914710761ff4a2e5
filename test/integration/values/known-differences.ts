import type { Difference } from './differences.ts';

/** A statement whose answer is meant to differ from Spark Thrift Server's, what it differs in, and why. */
export interface KnownDifference {
  readonly topic: string;
  readonly asked: string;
  readonly what: string;
  readonly reason: string;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    topic: 'tables-and-commands',
    asked: 'explain select 1',
    what: 'row 1, column 1 (plan)',
    reason:
      'The engine answers a select without a table from the driver, without a job: its plan is a local scan.',
  },
];

export function isKnown(difference: Difference): boolean {
  return knownDifferences.some(
    ({ topic, asked, what }) =>
      topic === difference.topic && asked === difference.asked && what === difference.what,
  );
}
