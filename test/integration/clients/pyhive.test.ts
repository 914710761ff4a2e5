import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPython, type Seen } from '../../support/client-programs.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { startServer, type TestedServer } from '../../support/server.ts';

let server: TestedServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
  await stopAllProcesses();
});

describe.each([
  ['a socket', []],
  ['HTTP', ['http']],
])('PyHive over %s', (_, scheme) => {
  let seen: Seen;

  beforeAll(async () => {
    seen = await runPython('pyhive_client.py', ['127.0.0.1', String(server.port), ...scheme]);
  });

  it('reads every type', () => {
    expect(seen['types']).toEqual([
      ['BOOLEAN_TYPE', 'bool', true],
      ['TINYINT_TYPE', 'int', 1],
      ['SMALLINT_TYPE', 'int', 2],
      ['INT_TYPE', 'int', 3],
      ['BIGINT_TYPE', 'int', 4],
      ['FLOAT_TYPE', 'float', 1.5],
      ['DOUBLE_TYPE', 'float', 0.1],
      ['DECIMAL_TYPE', 'Decimal', '12.50'],
      ['STRING_TYPE', 'str', 'é😀'],
      ['BINARY_TYPE', 'bytes', 'c3a9'],
      ['DATE_TYPE', 'str', '2024-02-29'],
      ['TIMESTAMP_TYPE', 'datetime', '2024-02-29 12:34:56.789000'],
      ['ARRAY_TYPE', 'str', '[1,null]'],
      ['MAP_TYPE', 'str', '{"k":1}'],
      ['STRUCT_TYPE', 'str', '{"a":1}'],
      ['NULL_TYPE', 'NoneType', null],
    ]);
  });

  it('fetches over batches, one by one, in pieces and as an iterator', () => {
    expect(seen['batches']).toEqual([2500, 3_123_750, 358]);
    expect(seen['fetchStyles']).toEqual([[0], [[1], [2], [3]], [[4], [5], [6], [7], [8], [9]]]);
  });

  it('puts parameters into a statement', () => {
    expect(seen['parameters']).toEqual([["it's", 42, null]]);
  });

  it('sees no rows where there are none, and one column named Result', () => {
    expect(seen['noRows']).toEqual([[[2]], [], ['Result']]);
  });

  it('polls an asynchronous statement and reads its log', () => {
    expect(seen['asynchronous']).toEqual({
      state: 'FINISHED_STATE',
      rows: [[499_500]],
      hasLog: true,
      linesAreText: true,
    });
  });

  it('cancels a running statement', () => {
    expect(seen['cancelled']).toEqual(['CANCELED_STATE', true]);
  });

  it('is told of failures, at once and by polling', () => {
    expect(seen['failedAsynchronously']).toEqual(['ERROR_STATE', true]);
    expect(seen['parseError']).toEqual({
      thrown: 'OperationalError',
      sqlState: '42601',
      message: '', // Spark's message of a parse error begins with a newline
    });
    expect(seen['missingTable']).toEqual({
      thrown: 'OperationalError',
      sqlState: '42P01',
      message:
        '[TABLE_OR_VIEW_NOT_FOUND] The table or view `no_such_table` cannot be found. Verify the spelling and correctness of the schema and catalog.',
    });
    expect(seen['runtimeError']).toEqual({
      thrown: 'OperationalError',
      sqlState: 'HY000',
      message: 'boom',
    });
  });

  it('connects without SASL', () => {
    expect(seen['noSasl']).toEqual([['connected', '1.5']]);
  });

  it('gives a session its configuration', () => {
    expect(seen['configured']).toEqual([['spark.sql.shuffle.partitions', '3']]);
  });

  it('serves SQLAlchemy’s hive dialect', () => {
    expect(seen['sqlalchemy']).toEqual({
      rows: [
        [1, 'a'],
        [2, null],
      ],
      // The dialect knows a missing table by Hive's own words only; on Spark, with any server, it passes the error on.
      hasTable: [true, 'OperationalError'],
      columns: [
        ['id', 'INTEGER'],
        ['name', 'VARCHAR'],
      ],
      hasDefaultSchema: true,
    });
  });
});
