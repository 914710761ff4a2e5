import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHs2, type Hs2Client } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { startResultEngine } from '../../support/result-engine.ts';
import { startServer, type TestedServer } from '../../support/server.ts';
import {
  type SparkThriftServer,
  startSparkThriftServer,
} from '../../support/spark-thrift-server.ts';
import { compareMetadata, compareTopic, type Comparison } from './differential.ts';
import { report } from './differences.ts';
import { isKnown, knownDifferences } from './known-differences.ts';
import type { Side } from './outcome.ts';
import { readTopics } from './topics.ts';

const conf = {
  'spark.sql.shuffle.partitions': '2',
  'spark.sql.session.timeZone': 'UTC',
  // The first compiler alone, as Spark Thrift Server has it: most of the time goes into code that runs once.
  'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1',
  'spark.sql.ansi.enabled': 'false', // Spark 4 has it on; the topic of ANSI errors sets it
};

const topics = readTopics();
let oracle: SparkThriftServer;
let tested: TestedServer;
let oracleClient: Hs2Client;
let testedClient: Hs2Client;

beforeAll(async () => {
  [oracle, tested] = await Promise.all([startSparkThriftServer({ conf }), startTested()]);
  oracleClient = await connectHs2({ port: oracle.port, user: 'values', allowsNoColumns: true });
  testedClient = await connectHs2({ port: tested.port, user: 'values' });
}, 180_000);

afterAll(async () => {
  oracleClient.end();
  testedClient.end();
  await Promise.all([oracle.stop(), tested.stop()]);
  await stopAllProcesses();
}, 60_000);

/** TORII_TEST_MASTER=yarn puts the engine's tasks into executors on YARN. */
async function startTested(): Promise<TestedServer> {
  if (process.env['TORII_TEST_MASTER'] !== 'yarn') return await startServer(conf);
  // As many partitions as the oracle's one core makes: sums of doubles and SORT BY depend on their number.
  const onePartition = { ...conf, 'spark.default.parallelism': '1' };
  return { kind: 'gateway', ...(await startResultEngine('yarn', onePartition)) };
}

/** Each topic has sessions of its own, so that no setting reaches another. */
async function inSessions(compare: (ours: Side, theirs: Side) => Promise<Comparison>) {
  const [ourSession, theirSession] = await Promise.all([
    testedClient.openSession(),
    oracleClient.openSession(),
  ]);
  const comparison = await compare(
    { server: tested.kind, session: ourSession, dir: tested.dir, alternates: true },
    { server: 'spark-thrift-server', session: theirSession, dir: oracle.dir, alternates: false },
  );
  await Promise.all([ourSession.close(), theirSession.close()]);
  return comparison;
}

describe('values are those of Spark Thrift Server', () => {
  it('for some hundreds of statements', () => {
    const count = topics.reduce((sum, { statements }) => sum + statements.length, 0);
    expect(count).toBeGreaterThan(600);
  });

  it.each(topics)('for $name', { timeout: 240_000 }, async (topic) => {
    const { differences, rows, errors } = await inSessions((ours, theirs) =>
      compareTopic(topic, ours, theirs),
    );
    const unexplained = differences.filter((difference) => !isKnown(difference));
    if (unexplained.length > 0) expect.fail(report(unexplained));
    // A difference that is gone has no place in the list; Spark Thrift Server never differs from itself.
    const expected = knownDifferences.filter((known) => known.topic === topic.name).length;
    expect(differences.length).toBe(tested.kind === 'gateway' ? expected : 0);
    expect(rows + errors).toBe(topic.statements.length);
    if (topic.name.endsWith('errors'))
      expect(errors).toBeGreaterThan(topic.statements.length * 0.7);
    else expect(errors).toBeLessThanOrEqual(topic.statements.length * 0.15);
  });

  it('for metadata calls', { timeout: 120_000 }, async () => {
    const { differences, rows } = await inSessions(compareMetadata);
    if (differences.length > 0) expect.fail(report(differences));
    expect(rows).toBeGreaterThan(35);
  });
});
