import { checkRows } from '../checked-rows.ts';
import { collectionSeconds } from '../collection-time.ts';
import type { BenchContext, Mark, Part, PartReport } from '../part.ts';
import { RowReader } from '../row-reader.ts';
import { fetchRows, rowHeap, rowUser } from '../row-servers.ts';
import { mixed, narrow, requireWhole, type RowStatement } from '../row-statements.ts';
import type { Reading } from '../row-session.ts';
import { sideNamesOf } from '../side-names.ts';
import { median, seriesColumns, seriesRow } from '../statistics.ts';
import { turns } from '../turns.ts';
import { UntilStopped } from '../until-stopped.ts';
import { warmRuns, warmUp } from '../warm-up.ts';

const leastTimes = 5;
const mostCollectionShare = 0.05;
const clearly = 1.1;

const sides = {
  one: 'gateway, local[1]',
  two: 'gateway, local[2]',
  peer: 'Spark Thrift Server, local[1]',
} as const;
type Side = keyof typeof sides;
const sideNames = sideNamesOf(sides);

/** Seconds of each round. */
type Rounds<T> = Readonly<Record<Side, T[]>>;

interface Measured {
  readonly statement: RowStatement;
  readonly executed: Rounds<number>;
  readonly whole: Rounds<number>;
  readonly isIncremental: Readonly<Record<Side, boolean>>;
  readonly peerCollectionShare: number;
}

/** From ExecuteStatement to the last row of large results. */
export const rowsExecute: Part = {
  name: 'rows',
  usesRowServers: true,
  async run(context): Promise<PartReport> {
    await using started = new UntilStopped();
    const { rowServers } = context;
    const [one, two, peer] = await Promise.all([
      rowServers.gateway(context),
      rowServers.gateway(context, 2),
      rowServers.thriftServer(context),
    ]);
    const reader = started.stopped(new RowReader());
    await reader.open('one', { port: one.port, user: rowUser });
    await reader.open('two', { port: two.port, user: rowUser });
    await reader.open('peer', { port: peer.port, user: rowUser });
    const peerPid = peer.process.pid;
    const measured = [
      await measure(context, reader, peerPid, mixed(context.isQuick ? 200_000 : 4_000_000)),
      await measure(context, reader, peerPid, narrow(context.isQuick ? 800_000 : 16_000_000)),
    ];
    await reader.close(sideNames);
    await rowServers.stopGateway(2);
    return report(context, measured);
  },
};

function report(context: BenchContext, measured: readonly Measured[]): PartReport {
  return {
    title: 'Rows: from execute to the last row',
    how: `From sending ExecuteStatement (answered when the statement is finished, which with incremental collect is when its first rows are there) until FetchResults, asked for ${fetchRows} rows at a time, has no more. The client is a raw frame reader in a process of its own. Before, every side’s rows are read once with all their values, which have to be the same. Every side is warmed up before with each setting, until its runs no longer get faster. All with a heap of ${rowHeap(context)} and the same catalog; each side with incremental collect or without, whichever was faster for the statement before the rounds; without only if it was a tenth faster, since all rows are then on the heap at once.`,
    table: {
      columns: seriesColumns('execute to last row', 's'),
      rows: measured.flatMap(({ statement, whole }) =>
        sideNames.map((side) => seriesRow(`${statement.name}: ${sides[side]}`, whole[side], 2)),
      ),
    },
    marks: measured.flatMap(toMarks),
    notes: measured.flatMap(toNotes),
  };
}

function toMarks({ statement, whole, peerCollectionShare }: Measured): Mark[] {
  const times = median(whole.peer) / median(whole.one);
  const withTwo = median(whole.two) / median(whole.one);
  return [
    {
      what: `${statement.name}, execute to last row: Spark Thrift Server’s time ÷ the gateway’s, local[1]`,
      figure: times.toFixed(1),
      limit: `at least ${leastTimes}`,
      isMet: times >= leastTimes,
    },
    {
      what: `${statement.name}, execute to last row: the gateway’s time with local[2] ÷ local[1]`,
      figure: withTwo.toFixed(2),
      limit: 'below 1',
      isMet: withTwo < 1,
    },
    {
      what: `${statement.name}: Spark Thrift Server’s garbage collection, share of its time`,
      figure: `${(peerCollectionShare * 100).toFixed(1)} %`,
      limit: `under ${mostCollectionShare * 100} %, or its heap is too small`,
      isMet: peerCollectionShare < mostCollectionShare,
    },
  ];
}

function toNotes({ statement, executed, isIncremental }: Measured): string[] {
  const ways = sideNames.map(
    (side) =>
      `${sides[side]} ${isIncremental[side] ? 'with' : 'without'} incremental collect, ExecuteStatement answered after ${median(executed[side]).toFixed(2)} s`,
  );
  return [
    `${statement.name}, ${statement.rows} rows: \`${statement.sql}\``,
    `${statement.name}: ${ways.join('; ')}.`,
  ];
}

async function measure(
  context: BenchContext,
  reader: RowReader,
  peerPid: number,
  statement: RowStatement,
): Promise<Measured> {
  const run = (side: Side): Promise<Reading & { readonly executeMs: number }> =>
    reader.run(side, statement.sql, fetchRows);
  context.say(`rows, ${statement.name}: comparing all values`);
  const checkedBytes = await checkRows(reader, statement, ['peer', 'one', 'two'], sides);
  const isIncremental = {
    one: await betterSetting(context, reader, 'one', run),
    two: await betterSetting(context, reader, 'two', run),
    peer: await betterSetting(context, reader, 'peer', run),
  };
  const whole: Rounds<number> = { one: [], two: [], peer: [] };
  const executed: Rounds<number> = { one: [], two: [], peer: [] };
  let collectedSeconds = 0;
  for (let round = 0; round < context.rounds; round++) {
    for (const side of turns(sideNames, round)) {
      const before = side === 'peer' ? collectionSeconds(context.javaHome, peerPid) : 0;
      const { executeMs, ...reading } = await run(side);
      if (side === 'peer')
        collectedSeconds += collectionSeconds(context.javaHome, peerPid) - before;
      requireWhole(statement, reading, checkedBytes[side]);
      whole[side].push((executeMs + reading.ms) / 1000);
      executed[side].push(executeMs / 1000);
    }
    const shown = sideNames.map((side) => `${sides[side]} ${whole[side].at(-1)?.toFixed(2)} s`);
    context.say(`rows, ${statement.name} ${round + 1}/${context.rounds}: ${shown.join(', ')}`);
  }
  const peerSeconds = whole.peer.reduce((sum, seconds) => sum + seconds, 0);
  const peerCollectionShare = collectedSeconds / peerSeconds;
  return { statement, executed, whole, isIncremental, peerCollectionShare };
}

const incrementalSettings: Readonly<Record<Side, string>> = {
  one: 'kyuubi.operation.incremental.collect',
  two: 'kyuubi.operation.incremental.collect',
  peer: 'spark.sql.thriftServer.incrementalCollect',
};

/** Whether a side is faster with incremental collect, which its session then has. */
async function betterSetting(
  context: BenchContext,
  reader: RowReader,
  side: Side,
  run: (side: Side) => Promise<Reading & { readonly executeMs: number }>,
): Promise<boolean> {
  const set = (isOn: boolean): Promise<number> =>
    reader.execute(side, `set ${incrementalSettings[side]}=${isOn}`);
  if (context.isQuick) {
    await set(true);
    return true;
  }
  const taken = async (isOn: boolean): Promise<number> => {
    await set(isOn);
    const seconds = await warmUp(async () => {
      const { executeMs, ms } = await run(side);
      return (executeMs + ms) / 1000;
    });
    const shown = seconds.map((value) => value.toFixed(2)).join(', ');
    const way = isOn ? 'with' : 'without';
    context.say(`rows, ${sides[side]}: warmed up ${way} incremental collect: ${shown} s`);
    return Math.min(...seconds.slice(-warmRuns));
  };
  // With it last, since it is what is mostly measured.
  const off = await taken(false);
  const on = await taken(true);
  // Without it all rows are on the heap at once, whose collection would be measured, too: it has to be clearly faster.
  const isIncremental = on < off * clearly;
  await set(isIncremental);
  return isIncremental;
}
