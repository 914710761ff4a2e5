import type { Hs2Value, MetadataMethod } from '../../support/hs2-client.ts';
import type { ServerKind } from '../../support/server.ts';
import { sparkVersion } from '../../support/spark-homes.ts';
import type { Outcome, RowsOutcome } from './outcome.ts';

/** A place where the gateway's metadata is meant to differ from Spark Thrift Server's, and why. */
export interface MetadataDifference {
  readonly name: string;
  readonly reason: string;
  readonly methods: readonly MetadataMethod[];
  readonly level: (outcome: RowsOutcome, server: ServerKind) => RowsOutcome;
}

const countsFromZero = sparkVersion().startsWith('3.');

const metadataDifferences: readonly MetadataDifference[] = [
  {
    name: 'remarks on the columns of a metadata result',
    reason:
      'Hive’s sentences about what each column of getTables and its like means: no client reads them, JDBC defines them.',
    methods: [
      'GetTypeInfo',
      'GetSchemas',
      'GetTables',
      'GetTableTypes',
      'GetColumns',
      'GetFunctions',
    ],
    level: (outcome) => ({
      ...outcome,
      columns: outcome.columns.map((column) => ({ ...column, comment: undefined })),
    }),
  },
  {
    name: 'catalog',
    reason:
      'Spark Thrift Server knows no catalogs and leaves them empty; the engine lists every one, so it names this one.',
    methods: ['GetSchemas', 'GetTables', 'GetColumns', 'GetFunctions'],
    level: (outcome, server) =>
      changeColumns(outcome, ['TABLE_CAT', 'TABLE_CATALOG', 'FUNCTION_CAT'], (value) => {
        if (server === 'gateway') return value;
        return value === null || value === '' ? 'spark_catalog' : value;
      }),
  },
  {
    name: 'ordinal position',
    reason: 'JDBC counts columns from 1; Spark Thrift Server before 4 counts them from 0.',
    methods: ['GetColumns'],
    level: (outcome, server) =>
      changeColumns(outcome, ['ORDINAL_POSITION'], (value) =>
        server === 'spark-thrift-server' && countsFromZero && typeof value === 'number'
          ? value + 1
          : value,
      ),
  },
  {
    name: 'nullability in words',
    reason:
      'Spark Thrift Server says YES even where its own NULLABLE says 0; ours agrees with NULLABLE.',
    methods: ['GetColumns'],
    level: (outcome, server) => {
      const nullable = outcome.columns.findIndex(({ name }) => name === 'NULLABLE');
      return changeColumns(outcome, ['IS_NULLABLE'], (value, row) => {
        if (server === 'gateway') return value;
        return row[nullable] === 0 ? 'NO' : 'YES';
      });
    },
  },
  {
    name: 'size of a varchar',
    reason:
      'Spark Thrift Server gives the length of a CHAR but none of a VARCHAR; JDBC asks for both.',
    methods: ['GetColumns'],
    level: (outcome, server) => {
      const type = outcome.columns.findIndex(({ name }) => name === 'TYPE_NAME');
      return changeColumns(outcome, ['COLUMN_SIZE'], (value, row) => {
        if (server === 'gateway' || value !== null) return value;
        const length = /^VARCHAR\((\d+)\)$/.exec(String(row[type]))?.[1];
        return length === undefined ? null : Number(length);
      });
    },
  },
  {
    name: 'built-in functions once',
    reason:
      'Spark Thrift Server lists every built-in function again for each database, under its name.',
    methods: ['GetFunctions'],
    level: (outcome) => {
      const levelled = changeColumns(outcome, ['FUNCTION_SCHEM'], () => '');
      const seen = new Map(levelled.rows.map((row) => [rowText(row), row]));
      return { ...levelled, rows: [...seen.values()] };
    },
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

export function levelMetadata(
  method: MetadataMethod,
  outcome: Outcome,
  server: ServerKind,
): Outcome {
  if (outcome.kind === 'error') return outcome;
  return metadataDifferences
    .filter(({ methods }) => methods.includes(method))
    .reduce((levelled, { level }) => level(levelled, server), outcome);
}

function changeColumns(
  outcome: RowsOutcome,
  names: readonly string[],
  change: (value: Hs2Value, row: readonly Hs2Value[]) => Hs2Value,
): RowsOutcome {
  const isChanged = outcome.columns.map(({ name }) => names.includes(name));
  const rows = outcome.rows.map((row) =>
    row.map((value, column) => (isChanged[column] ? change(value, row) : value)),
  );
  return { ...outcome, rows };
}

function rowText(row: readonly Hs2Value[]): string {
  return row.map(String).join('\u0000');
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
