import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JdbcDriver, runJdbc, type Seen } from '../../support/client-programs.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { sparkVersion } from '../../support/spark-homes.ts';
import { startServer, type TestedServer } from '../../support/server.ts';

interface TestedDriver {
  readonly driver: JdbcDriver;
  readonly name: string;
  /** How each driver words the end of a statement that was cancelled, and a session that could not open. */
  readonly cancelled: string;
  readonly refused: { readonly sqlState: string; readonly code: number; readonly prefix: string };
  readonly readsZooKeeper: boolean;
}

const drivers: readonly TestedDriver[] = [
  {
    driver: 'hive-2.3',
    name: 'Hive JDBC',
    cancelled: 'Query was cancelled',
    refused: { sqlState: '42704', code: 90306, prefix: '' },
    readsZooKeeper: true,
  },
  {
    driver: 'hive-4.0.1',
    name: 'Hive JDBC',
    cancelled: 'Query was cancelled.',
    refused: { sqlState: '42704', code: 90306, prefix: '' },
    readsZooKeeper: true,
  },
  {
    driver: 'kyuubi-1.7.1',
    name: 'Kyuubi Project Hive JDBC Shaded Client',
    cancelled: 'Query was cancelled',
    // Kyuubi's driver waits for the launch and so learns the reason while it connects.
    refused: {
      sqlState: '08S01',
      code: 0,
      prefix: 'Could not open client transport with JDBC Uri: URL: ',
    },
    // The ZooKeeper client inside it can't look an address up on Java 14 and later, whatever the server.
    readsZooKeeper: false,
  },
];

const noSuchTable = (name: string) =>
  `[TABLE_OR_VIEW_NOT_FOUND] The table or view \`${name}\` cannot be found. Verify the spelling and correctness of the schema and catalog.`;

let server: TestedServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
  await stopAllProcesses();
});

const overHttp = ';transportMode=http;httpPath=cliservice';

describe.each([
  ...drivers.map((driver) => ({ ...driver, over: 'a socket', transport: '' })),
  ...drivers.map((driver) => ({ ...driver, over: 'HTTP', transport: overHttp })),
])(
  'JDBC by $driver over $over',
  ({ driver, name, cancelled, refused, readsZooKeeper, transport }) => {
    let base: string;
    let seen: Seen;

    beforeAll(async () => {
      base = `jdbc:hive2://127.0.0.1:${server.port}/`;
      const urls = [base, `${base}default;auth=noSasl`];
      const discovery = 'default;serviceDiscoveryMode=zooKeeper;zooKeeperNamespace=kyuubi';
      if (readsZooKeeper) urls.push(`jdbc:hive2://${server.zooKeeper ?? ''}/${discovery}`);
      seen = await runJdbc(driver, urls, transport);
    });

    it('knows what it is connected to', () => {
      expect(seen['product']).toEqual({
        product: 'Spark SQL',
        version: sparkVersion(),
        driver: name,
        autoCommit: true,
        readOnly: false,
      });
    });

    it('reads every type, with its name, precision, class and text', () => {
      expect(seen['types']).toEqual([
        ['bool', 'boolean', 16, 1, 0, 'Boolean', 'true', false],
        ['tiny', 'tinyint', -6, 3, 0, 'Byte', '1', false],
        ['small', 'smallint', 5, 5, 0, 'Short', '2', false],
        ['int_', 'int', 4, 10, 0, 'Integer', '3', false],
        ['big', 'bigint', -5, 19, 0, 'Long', '4', false],
        ['flt', 'float', 6, 7, 7, 'Double', '1.5', false],
        ['dbl', 'double', 8, 15, 15, 'Double', '0.1', false],
        ['dec', 'decimal', 3, 10, 2, 'BigDecimal', '12.50', false],
        ['str', 'string', 12, 2_147_483_647, 0, 'String', 'é😀', false],
        ['vch', 'string', 12, 2_147_483_647, 0, 'String', 'ab', false],
        ['bin', 'binary', -2, 2_147_483_647, 0, 'byte[]', '00ff', false],
        ['day', 'date', 91, 10, 0, 'Date', '2024-02-29', false],
        ['at', 'timestamp', 93, 29, 9, 'Timestamp', '2024-02-29 12:34:56.789', false],
        ['arr', 'array', 2003, 2_147_483_647, 0, 'String', '[1,null]', false],
        ['map_', 'map', 2000, 2_147_483_647, 0, 'String', '{"k":1}', false],
        ['str_', 'struct', 2002, 2_147_483_647, 0, 'String', '{"a":1,"b":"x"}', false],
        ['ym', 'interval_year_month', 1111, 11, 0, 'HiveIntervalYearMonth', '1-2', false],
        [
          ...['ds', 'interval_day_time', 1111, 29, 0],
          ...['HiveIntervalDayTime', '1 02:03:04.500000000', false],
        ],
        ['nothing', 'void', 0, 0, 0, null, null, true],
        ['no_int', 'int', 4, 10, 0, null, null, true],
      ]);
    });

    it('runs prepared statements', () => {
      expect(seen['prepared']).toEqual([42, "it's", '1.25', null, true]);
    });

    it('fetches over batches, and no more than maxRows', () => {
      expect(seen['batches']).toEqual({ count: 2500, sum: 3_123_750, nulls: 358, limited: 10 });
    });

    it('sees the columns of an empty result', () => {
      expect(seen['empty']).toEqual({ columns: 2, hasRow: false });
    });

    it('runs statements that give no rows', () => {
      expect(seen['noResult']).toEqual({
        create: true,
        insert: true,
        rows: [
          ['1', 'a'],
          ['2', null],
        ],
        query: true,
      });
    });

    it('browses catalogs, schemas, tables, columns, types and functions', () => {
      expect(seen['metadata']).toEqual({
        catalogs: ['spark_catalog'],
        schemas: ['default', 'jdbc_meta', 'global_temp'],
        schemasLike: ['jdbc_meta'],
        tables: [
          ['jdbc_meta', 't1', 'TABLE'],
          ['jdbc_meta', 'v1', 'VIEW'],
        ],
        views: [['v1', 'VIEW']],
        tableTypes: ['TABLE', 'VIEW'],
        columns: [
          ['jdbc_meta', 't1', 'id', '4', 'INT', 'key', 'YES'],
          ['jdbc_meta', 't1', 'price', '3', 'DECIMAL(8,2)', '', 'YES'],
          ['jdbc_meta', 't1', 'names', '2003', 'ARRAY<STRING>', '', 'YES'],
        ],
        typeInfo: [
          ['VOID', '0'],
          ['BOOLEAN', '16'],
          ['STRING', '12'],
          ['BINARY', '-2'],
          ['TINYINT', '-6'],
          ['SMALLINT', '5'],
          ['INT', '4'],
          ['BIGINT', '-5'],
          ['FLOAT', '6'],
          ['DOUBLE', '8'],
          ['DECIMAL', '3'],
          ['DATE', '91'],
          ['TIMESTAMP', '93'],
          ['ARRAY', '2003'],
          ['MAP', '2000'],
          ['STRUCT', '2002'],
          ['CHAR', '1'],
          ['VARCHAR', '12'],
          ['INTERVAL_YEAR_MONTH', '1111'],
          ['INTERVAL_DAY_TIME', '1111'],
        ],
        functions: ['abs'],
        primaryKeys: [],
      });
    });

    it('is told Spark’s message and SQLSTATE', () => {
      const missing = { sqlState: '42P01', code: 0, message: noSuchTable('no_such_table') };
      expect(seen['error']).toEqual(missing);
      expect(seen['runtimeError']).toEqual({ sqlState: 'HY000', code: 0, message: 'boom' });
    });

    it('cancels a statement from another thread, and goes on', () => {
      const outcome = { sqlState: '01000', code: 0, message: cancelled, within10s: true };
      expect(seen['cancel']).toEqual(outcome);
      expect(seen).not.toHaveProperty('cancelFailed');
      expect(seen['afterCancel']).toBe('alive');
    });

    it('gives up a statement after its time-out', () => {
      expect(seen['queryTimeout']).toEqual({
        timeout: true,
        sqlState: null,
        code: 0,
        message: 'Query timed out after 2 seconds',
        within12s: true,
      });
    });

    it('changes its schema, is valid, and keeps temporary views to itself', () => {
      expect(seen['schema']).toEqual(['default', 'jdbc_schema', 'jdbc_schema']);
      expect(seen['isValid']).toBe(true);
      expect(seen['temporaryView']).toBe('7');
      const missing = { sqlState: '42P01', code: 0, message: noSuchTable('jdbc_view') };
      expect(seen['otherSession']).toEqual(missing);
    });

    it('closes what is closed already', () => {
      expect(seen['closeTwice']).toBe(true);
    });

    it('takes user, settings and variables from its URL', () => {
      const found = { setting: ['3'], variable: 'from_link', closed: true };
      expect(seen['urlSettings']).toEqual(found);
    });

    it('is told that a database does not exist', () => {
      const reason =
        '[SCHEMA_NOT_FOUND] The schema `no_such_db` cannot be found. Verify the spelling and correctness of the schema and catalog.';
      expect(seen['unknownDatabase']).toEqual({
        sqlState: refused.sqlState,
        code: refused.code,
        message: refused.prefix.replace('URL', `${base}no_such_db${transport}`) + reason,
      });
    });

    it('connects without SASL', () => {
      expect(seen['noSasl']).toBe('connected');
    });

    it('finds the gateway in ZooKeeper, where it can reach a ZooKeeper at all', () => {
      expect(seen['zooKeeper']).toBe(readsZooKeeper ? 'connected' : undefined);
    });
  },
);
