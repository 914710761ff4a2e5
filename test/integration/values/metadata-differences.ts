import type { Hs2Value, MetadataMethod } from '../../support/hs2-client.ts';
import type { Outcome, RowsOutcome } from './outcome.ts';

/** A place where the gateway's metadata is meant to differ from Spark Thrift Server's, and why. */
export interface MetadataDifference {
  readonly name: string;
  readonly reason: string;
  readonly methods: readonly MetadataMethod[];
  readonly level: (outcome: RowsOutcome) => RowsOutcome;
}

export const metadataDifferences: readonly MetadataDifference[] = [
  {
    name: 'remarks on the columns of a metadata result',
    reason:
      'Hive’s sentences about what each column of getTables and its like means: no client reads them, JDBC defines them.',
    methods: ['GetTypeInfo', 'GetSchemas', 'GetTables', 'GetTableTypes', 'GetColumns', 'GetFunctions'],
    level: (outcome) => ({
      ...outcome,
      columns: outcome.columns.map((column) => ({ ...column, comment: undefined })),
    }),
  },
  {
    name: 'order',
    reason:
      'Spark Thrift Server gives the order in which its catalog happens to list; JDBC asks for the order of names.',
    methods: ['GetSchemas', 'GetTables', 'GetFunctions', 'GetColumns', 'GetTableTypes'],
    level: (outcome) => ({
      ...outcome,
      rows: [...outcome.rows].sort((a, b) => compareText(rowText(a), rowText(b))),
    }),
  },
];

export function levelMetadata(method: MetadataMethod, outcome: Outcome): Outcome {
  if (outcome.kind === 'error') return outcome;
  return metadataDifferences
    .filter(({ methods }) => methods.includes(method))
    .reduce((levelled, { level }) => level(levelled), outcome);
}

function rowText(row: readonly Hs2Value[]): string {
  return row.map(String).join('\u0000');
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
