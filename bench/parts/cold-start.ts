import { setTimeout as sleep } from 'node:timers/promises';
import { connectHs2 } from '../../test/support/hs2-client.ts';
import { makeTempDir, removeTempDir } from '../../test/support/temp-dir.ts';
import { startBenchGateway } from '../bench-gateway.ts';
import { connectOnceUp, firstAnswer } from '../first-answer.ts';
import type { BenchContext, Part, PartReport } from '../part.ts';
import { median, seriesColumns, seriesRow } from '../statistics.ts';
import { startThriftServer } from '../thrift-server.ts';

const most = 0.7;
/** The gateway asks Java and ZooKeeper a few things after it is ready: idle is later. */
const settleMs = 2_000;
const startLimitMs = 180_000;
const archiveLimitMs = 240_000;

/** A new user's first answer: through an idle gateway, and from a Spark Thrift Server of one's own. */
export const coldStart: Part = {
  name: 'cold',
  isLong: true,
  async run(context): Promise<PartReport> {
    const rounds = context.isQuick ? 1 : context.rounds; // each takes half a minute
    const cacheDir = makeTempDir('bench-cache');
    const seconds = { first: [] as number[], archived: [] as number[], theirs: [] as number[] };
    try {
      context.say('cold: making the class-data archive');
      const whileMade = await makeArchive(context, cacheDir);
      for (let round = 1; round <= rounds; round++) {
        seconds.archived.push(await throughGateway(context, `cold${round}`, cacheDir));
        seconds.theirs.push(await bySparkThriftServer(context));
        seconds.first.push(
          context.isQuick ? whileMade : await withoutArchive(context, `first${round}`),
        );
        context.say(`cold ${round}/${rounds}: ${lastOf(seconds)}`);
      }
    } finally {
      removeTempDir(cacheDir);
    }
    const ratio = median(seconds.archived) / median(seconds.theirs);
    return {
      title: 'Cold: a new user’s first answer',
      how: 'From connecting to an idle gateway as a user who has no engine, until the last row of `select 1`; against the time from `spark-submit` of Spark Thrift Server until the last row of `select 1`, its port tried every 20 ms. Both `local[1]` with a heap of 1 GiB.',
      table: {
        columns: seriesColumns('first answer', 's'),
        rows: [
          seriesRow('gateway, class-data archive there', seconds.archived, 2),
          seriesRow('Spark Thrift Server, from spark-submit', seconds.theirs, 2),
          seriesRow('gateway, the very first launch of an installation', seconds.first, 2),
        ],
      },
      marks: [
        {
          what: 'first answer of a new user ÷ Spark Thrift Server’s own',
          figure: ratio.toFixed(2),
          limit: `at most ${most}`,
          isMet: ratio <= most,
        },
      ],
      notes: [
        `Without an archive the ratio is ${(median(seconds.first) / median(seconds.theirs)).toFixed(2)}.`,
      ],
    };
  },
};

/** The first launch of an installation has the archive made in the background, after its first answer; seconds to that. */
async function makeArchive(context: BenchContext, cacheDir: string): Promise<number> {
  const gateway = await startBenchGateway(context, { 'torii.cache.dir': cacheDir });
  try {
    const seconds = await firstAnswerSeconds(gateway.port, 'warm');
    await gateway.process.waitFor(/"class archive made"/, archiveLimitMs, 'stderr');
    return seconds;
  } finally {
    await gateway.stop();
  }
}

async function withoutArchive(context: BenchContext, user: string): Promise<number> {
  const cacheDir = makeTempDir('bench-no-cache');
  try {
    return await throughGateway(context, user, cacheDir);
  } finally {
    removeTempDir(cacheDir);
  }
}

/** Seconds. A gateway of its own for each round: no engine of the last one shares the machine. */
async function throughGateway(
  context: BenchContext,
  user: string,
  cacheDir: string,
): Promise<number> {
  const gateway = await startBenchGateway(context, { 'torii.cache.dir': cacheDir });
  try {
    return await firstAnswerSeconds(gateway.port, user);
  } finally {
    await gateway.stop();
  }
}

/** From an idle gateway. */
async function firstAnswerSeconds(port: number, user: string): Promise<number> {
  await sleep(settleMs);
  const startMs = performance.now();
  const client = await connectHs2({ port, user });
  await firstAnswer(client);
  const tookMs = performance.now() - startMs;
  client.end();
  return tookMs / 1000;
}

async function bySparkThriftServer(context: BenchContext): Promise<number> {
  const server = await startThriftServer(context);
  try {
    const client = await connectOnceUp(server.port, 'anonymous', startLimitMs);
    await firstAnswer(client);
    const tookMs = performance.now() - server.startedMs;
    client.end();
    return tookMs / 1000;
  } finally {
    await server.stop();
  }
}

function lastOf(seconds: Readonly<Record<string, readonly number[]>>): string {
  return Object.entries(seconds)
    .map(([name, values]) => `${name} ${values.at(-1)?.toFixed(2)} s`)
    .join(', ');
}
