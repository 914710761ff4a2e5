import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHs2, type Hs2Client } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { type ResultEngine, startResultEngine } from '../../support/result-engine.ts';
import { expectedSums, sumsOf } from '../../integration/results/column-sums.ts';
import { plain } from '../../integration/results/statement.ts';

const conf = {
  'spark.driver.memory': '512m',
  'spark.driver.maxResultSize': '32m',
  'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1',
};

let engine: ResultEngine;
let client: Hs2Client;

beforeAll(async () => {
  engine = await startResultEngine('yarn', conf);
  client = await connectHs2({ port: engine.port, user: 'results' });
}, 240_000);

afterAll(async () => {
  client.end();
  await engine.stop();
  await stopAllProcesses();
}, 120_000);

describe('results that are made outside the driver', () => {
  it('come from two executors, each with a part of the rows', async () => {
    const session = await client.openSession();
    const container = "java_method('java.lang.System', 'getenv', 'CONTAINER_ID')";
    const { rows } = await session.run(`select id, ${container} from range(0, 4000, 1, 8)`);
    await session.close();
    expect(rows.map(([id]) => id)).toEqual(Array.from({ length: 4000 }, (_, id) => BigInt(id)));
    const executors = new Set(rows.map(([, name]) => String(name)));
    expect([...executors].filter((name) => name.startsWith('container_'))).toHaveLength(2);
    // Those two and the application's master.
    expect(await engine.yarn?.containers()).toBe(3);
  });

  const large = [
    { what: '10 rows', rows: 10, partitions: 2 },
    { what: '300 MB in 8 partitions', rows: 300_000, partitions: 8 },
    { what: '100 MB in one partition', rows: 100_000, partitions: 1 },
  ];
  describe.each(large)('$what, beyond spark.driver.maxResultSize', ({ rows, partitions }) => {
    it.each(['false', 'true'])('are whole, with incremental collect %s', async (collect) => {
      const text = "if(id % 10 = 0, null, concat(id, repeat('x', 1000)))";
      const statement = plain(`select id, ${text} from range(0, ${rows}, 1, ${partitions})`);
      const configuration = { 'kyuubi.operation.incremental.collect': collect };
      const expected = expectedSums(rows, (id) =>
        id % 10 === 0 ? null : `${id}${'x'.repeat(1000)}`,
      );
      expect(await sumsOf(client, statement, configuration)).toEqual(expected);
    });
  });
});
