import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHs2, type Hs2Client, type Hs2Column } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import {
  type ResultEngine,
  type ResultMaster,
  startResultEngine,
} from '../../support/result-engine.ts';
import { fetchBatch, fetchFromStart, type Orientation } from './batches.ts';
import { sumsOf } from './column-sums.ts';
import { type ColumnTopic, topicRows, topics } from './every-type.ts';
import { Oracle } from './oracle.ts';
import { plain, requireSame, type Statement, statementOf, withResult } from './statement.ts';

const conf = {
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.ansi.enabled': 'false', // Spark 4 has it on; columns here overflow and fail to parse on purpose
  'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1',
};

const fetchSizes = [7, 8, 999, 1000, 1001, 100_000];
/** Some hundred rows of every partition, for what takes a call for each row. */
const fewRows = 'pmod(id, 17) = 3';
/** Up to V5 a result is a list of rows, from V6 on one of columns. */
const protocols = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const incremental = { 'kyuubi.operation.incremental.collect': 'true' };

/** Small as they are, sorted rows come in several partitions. */
const severalSorted = [
  'set spark.sql.shuffle.partitions=4',
  'set spark.sql.adaptive.coalescePartitions.enabled=false',
];
/** A limit above a sort of all rows, as Spark does it where the rows that are kept are too many for one heap. */
const sorted = 'set spark.sql.execution.topKSortFallbackThreshold=10';

/** What is compared of one engine's results. */
export interface SizesCompared {
  readonly master: ResultMaster;
  readonly topics: readonly ColumnTopic[];
  /** Of rows in the results that are read whole, by sums. */
  readonly counts: readonly number[];
}

/** Defines the tests: every reading of a result gives the rows of Spark Thrift Server, which all these engines share. */
export function compareSizesOf(compared: readonly SizesCompared[]): void {
  let oracle: Oracle;

  beforeAll(async () => {
    oracle = await Oracle.start(conf);
  }, 180_000);

  afterAll(async () => {
    await oracle.stop();
    await stopAllProcesses();
  }, 60_000);

  describe.each(compared)('results of an engine on $master', (each) => {
    describeEngine(each, () => oracle);
  });
}

function describeEngine(compared: SizesCompared, theOracle: () => Oracle): void {
  const { master } = compared;
  let oracle: Oracle;
  let engine: ResultEngine;
  let client: Hs2Client;

  beforeAll(async () => {
    oracle = theOracle();
    engine = await startResultEngine(master, conf);
    client = await connectHs2({ port: engine.port, user: 'results' });
  }, 240_000);

  afterAll(async () => {
    client.end();
    await engine.stop();
  }, 120_000);

  /** Reads one result again and again, in batches of each size, and compares each reading with the oracle's rows. */
  async function compareSizes(
    statement: Statement,
    sizes: readonly number[],
    configuration: Readonly<Record<string, string>> = {},
  ): Promise<number> {
    const theirs = await oracle.answer(statement);
    await withResult(client, statement, configuration, async (operation, columns) => {
      await operation.fetch(10); // so that the first reading starts anew, too
      for (const size of sizes) {
        const batches = await fetchFromStart(operation, columns, size);
        const rows = batches.flatMap((batch) => batch.rows);
        requireSame(statement, `batches of ${size}`, { columns, rows }, theirs);
        const lengths = batches.map((batch) => batch.rows.length);
        // Rows that come as partitions end may come in less than was asked for; the empty batch is the end all the same.
        if (configuration !== incremental)
          expect(lengths).toEqual(lengthsOf(theirs.rows.length, size));
        expect(batches.map(({ start }) => Number(start))).toEqual(startsOf(lengths));
      }
    });
    return theirs.rows.length;
  }

  describe.each(compared.topics)('of $name', (topic: ColumnTopic) => {
    it('are the same values at every fetch size', async () => {
      expect(await compareSizes(statementOf(topic), fetchSizes)).toBe(topicRows);
    });

    it('are the same values row by row, where there is one row, and where there is none', async () => {
      expect(await compareSizes(statementOf(topic, fewRows), [1])).toBeGreaterThan(250);
      expect(await compareSizes(statementOf(topic, 'id = 20011'), [1, 7])).toBe(1);
      expect(await compareSizes(statementOf(topic, 'id < 0'), [1, 7])).toBe(0);
    });

    it('are the same values with incremental collect', async () => {
      expect(await compareSizes(statementOf(topic), [1001, 8], incremental)).toBe(topicRows);
    });

    it.each(protocols)('are the same values in protocol V%i', async (version) => {
      const statement = { ...statementOf(topic, fewRows), protocol: version - 1 };
      const theirs = await oracle.answer({ ...statement, protocol: version < 6 ? 4 : 9 });
      await withResult(client, statement, {}, async (operation, columns) => {
        const rows = (await fetchFromStart(operation, columns, 99)).flatMap((one) => one.rows);
        const declared = theirs.columns.map((column) => declaredTo(version, column));
        requireSame(statement, `V${version}`, { columns, rows }, { ...theirs, columns: declared });
      });
    });
  });

  it.each([0, 1, 999, 1000, 1001, 5000, 100_000, 150_000])('end at LIMIT %i', async (limit) => {
    const from = 'select id, if(id % 7 = 0, null, string(id)) from range(0, 400000, 1, 4)';
    const limited = plain(`${from} limit ${limit}`);
    expect(await compareSizes(limited, [1001, 100_000])).toBe(limit);
    await compareSizes(limited, [100_000], incremental);
  });

  it.each([1, 999, 1001, 99_999, 100_001, 399_990])('begin at OFFSET %i', async (offset) => {
    const from = 'select id, if(id % 7 = 0, null, string(id)) from range(0, 400000, 1, 4)';
    const rows = await compareSizes(plain(`${from} limit 1003 offset ${offset}`), [7, 1000]);
    expect(rows).toBe(Math.min(1003, 400_000 - offset));
  });

  it.each([1, 999, 2001, 8000])('begin at OFFSET %i without a LIMIT', async (offset) => {
    const from = 'select id, if(id % 7 = 0, null, string(id)) from range(0, 8000, 1, 4)';
    const rows = await compareSizes(plain(`${from} offset ${offset}`), [1000]);
    expect(rows).toBe(8000 - offset);
  });

  it.each(['limit 30000', 'offset 1001', 'limit 1003 offset 999'])(
    'keep ORDER BY under %s',
    async (cut) => {
      const from =
        'select id, string(id) from range(0, 40000, 1, 4) order by pmod(id * 7919, 40009)';
      for (const adaptive of [true, false]) {
        const settings = [...severalSorted, `set spark.sql.adaptive.enabled=${adaptive}`];
        await compareSizes({ ...plain(`${from} ${cut}`), settings }, [999]);
        await compareSizes({ ...plain(`${from} ${cut}`), settings: [...settings, sorted] }, [999]);
      }
    },
  );

  it.each([1, 7, 1000, 1001, topicRows - 1, topicRows, topicRows + 1])(
    'end at a result.max.rows of %i',
    async (maxRows) => {
      const [topic] = topics;
      if (topic === undefined) throw new Error('no topics');
      const statement = statementOf(topic);
      const theirs = await oracle.answer(statement);
      const expected = theirs.rows.slice(0, maxRows);
      for (const collect of ['false', 'true']) {
        const configuration = {
          'kyuubi.operation.result.max.rows': `${maxRows}`,
          'kyuubi.operation.incremental.collect': collect,
        };
        await withResult(client, statement, configuration, async (operation, columns) => {
          const rows = (await fetchFromStart(operation, columns, 999)).flatMap((one) => one.rows);
          const what = `${maxRows} rows at most, incremental collect ${collect}`;
          requireSame(statement, what, { columns, rows }, { ...theirs, rows: expected });
        });
      }
    },
  );

  it('go back and forth as Spark Thrift Server does', async () => {
    const [topic] = topics;
    if (topic === undefined) throw new Error('no topics');
    const statement = statementOf(topic);
    const walk = (of: Hs2Client) =>
      withResult(of, statement, {}, async (operation, columns) => {
        const seen = [];
        for (const [orientation, maxRows] of moves) {
          const batch = await fetchBatch(operation, columns, maxRows, orientation);
          seen.push({ orientation, maxRows, start: batch.start, columns, rows: batch.rows });
        }
        return seen;
      });
    const [ours, theirs] = [await walk(client), await walk(oracle.client)];
    for (const [index, their] of theirs.entries()) {
      const our = ours[index];
      if (our === undefined) throw new Error('a move without an answer');
      const what = `${their.orientation} of ${their.maxRows}, move ${index + 1}`;
      requireSame(statement, what, our, their);
      expect({ what, start: our.start }).toEqual({ what, start: their.start });
    }
  });

  it.each(compared.counts)(
    'are %i rows, each in its place',
    { timeout: 300_000 },
    async (count) => {
      const text = `select id, concat('r', id % 1000) from range(0, ${count}, 1, 10)`;
      // Else the oracle keeps all of them in its heap.
      const settings = ['set spark.sql.thriftServer.incrementalCollect=true'];
      const theirs = await sumsOf(oracle.client, { ...plain(text), settings });
      expect(theirs.rows).toBe(count);
      expect(await sumsOf(client, plain(text))).toEqual(theirs);
    },
  );
}

const moves: readonly (readonly [Orientation, number])[] = [
  ['FETCH_NEXT', 999],
  ['FETCH_FIRST', 10],
  ['FETCH_NEXT', 7],
  ['FETCH_NEXT', 1001],
  ['FETCH_PRIOR', 7],
  ['FETCH_PRIOR', 100_000],
  ['FETCH_NEXT', 3],
  ['FETCH_NEXT', 100_000],
  ['FETCH_NEXT', 5],
  ['FETCH_NEXT', 5],
  ['FETCH_PRIOR', 8],
  ['FETCH_FIRST', 100_000],
  ['FETCH_PRIOR', 1],
  ['FETCH_FIRST', 1],
  ['FETCH_NEXT', 1000],
];

/** Spark Thrift Server names intervals to clients of a protocol that has none, which then fail on the number. */
function declaredTo(version: number, column: Hs2Column): Hs2Column {
  return version < 8 && column.type.startsWith('INTERVAL') ? { ...column, type: 'STRING' } : column;
}

function lengthsOf(rows: number, size: number): number[] {
  const whole = Array.from({ length: Math.floor(rows / size) }, () => size);
  return rows % size === 0 ? [...whole, 0] : [...whole, rows % size, 0];
}

function startsOf(lengths: readonly number[]): number[] {
  let start = 0;
  return lengths.map((length) => (start += length) - length);
}
