import { checkRows } from '../checked-rows.ts';
import { cpuSeconds } from '../process-cpu.ts';
import { rssBytes } from '../process-memory.ts';
import { startHaproxy } from '../haproxy.ts';
import { startLoopbackSender } from '../loopback-sender.ts';
import type { BenchContext, Mark, Part, PartReport } from '../part.ts';
import { RowReader } from '../row-reader.ts';
import { fetchRows, rowHeap, rowUser } from '../row-servers.ts';
import { mixed, requireSameRows, requireWhole, type RowStatement } from '../row-statements.ts';
import type { Reading } from '../row-session.ts';
import { sideNamesOf } from '../side-names.ts';
import { runningSparkEngine } from '../spark-engine.ts';
import { median, seriesRow } from '../statistics.ts';
import { turns } from '../turns.ts';
import { UntilStopped } from '../until-stopped.ts';

const leastMegabytes = 250;
const leastTimes = 10;
const leastRawMegabytes = 400;
const leastShareOfHaproxy = 0.5;
const mostCpuSeconds = 1.4;

const smallFetchRows = 1_000;
const streams = Array.from({ length: 8 }, (_, at) => `stream ${at + 1}`);
const stallAfterBytes = 1e6;
/** So many that a reply is as large as the engine makes it. */
const stalledFetchRows = 100_000;

const sides = {
  gateway: 'gateway',
  direct: 'our engine directly',
  haproxy: 'haproxy (TCP mode) before our engine',
  loopback: 'bare loopback, a sender of the same bytes',
  peer: 'Spark Thrift Server directly',
} as const;
type Side = keyof typeof sides;
const sideNames = sideNamesOf(sides);

/** Where to read, whose CPU to count, and what a reading's size has to be. */
interface Setting {
  readonly reader: RowReader;
  readonly statement: RowStatement;
  readonly gatewayPid: number;
  readonly haproxyPid: number;
  readonly checkedBytes: Readonly<Record<Side, number>>;
}

interface Rounds {
  /** MB/s of the first reading, and of those after it. */
  readonly first: Readonly<Record<Side, number[]>>;
  readonly again: Readonly<Record<Side, number[]>>;
  readonly cpuSeconds: Readonly<Record<'gateway' | 'haproxy', number[]>>;
  readonly small: Readonly<Record<'gateway' | 'direct', number[]>>;
  readonly streams: number[];
  /** The slowest stream's time beside the fastest's. */
  readonly streamTimes: number[];
  readonly besideStalled: number[];
  readonly stalledGrowthMb: number[];
}

/** Fetching a result that is ready. */
export const rowsFetch: Part = {
  name: 'fetch',
  usesRowServers: true,
  async run(context): Promise<PartReport> {
    await using started = new UntilStopped();
    const statement = mixed(context.isQuick ? 200_000 : 4_000_000);
    const gateway = await context.rowServers.gateway(context);
    const peer = await context.rowServers.thriftServer(context);
    const engine = await runningSparkEngine(gateway, rowUser);
    const haproxy = started.stopped(await startHaproxy(engine.port));
    const reader = started.stopped(new RowReader());
    const own = { port: gateway.port, user: rowUser };
    for (const session of ['gateway', ...streams]) await reader.open(session, own);
    const password = (): string => engine.token();
    await reader.open('direct', { port: engine.port, user: rowUser, password: password() });
    await reader.open('haproxy', { port: haproxy.port, user: rowUser, password: password() });
    await reader.open('peer', { port: peer.port, user: rowUser });
    // A ready result is what incrementalCollect does without.
    await reader.execute('peer', 'set spark.sql.thriftServer.incrementalCollect=false');
    context.say('fetch: comparing all values');
    const servers = ['peer', 'gateway', 'direct', 'haproxy'] as const;
    const checked = await checkRows(reader, statement, servers, sides);
    const replies = statement.rows / fetchRows;
    const sender = started.stopped(
      await startLoopbackSender({
        rows: statement.rows,
        replyRows: fetchRows,
        replyBytes: Math.round(checked.gateway / replies),
      }),
    );
    await reader.open('loopback', { port: sender.port, user: rowUser });
    await reader.execute('loopback', 'the sender’s own');
    const [sent] = await reader.read(['loopback'], fetchRows);
    const setting: Setting = {
      reader,
      statement,
      gatewayPid: gateway.process.pid,
      haproxyPid: haproxy.process.pid,
      checkedBytes: { ...checked, loopback: sent?.wireBytes ?? 0 },
    };
    const rounds = await measure(context, setting);
    await reader.close([...sideNames, ...streams]);
    return report(context, setting, rounds);
  },
};

async function measure(context: BenchContext, setting: Setting): Promise<Rounds> {
  const rounds: Rounds = {
    first: { gateway: [], direct: [], haproxy: [], loopback: [], peer: [] },
    again: { gateway: [], direct: [], haproxy: [], loopback: [], peer: [] },
    cpuSeconds: { gateway: [], haproxy: [] },
    small: { gateway: [], direct: [] },
    streams: [],
    streamTimes: [],
    besideStalled: [],
    stalledGrowthMb: [],
  };
  const streamBytes = await startStreams(setting);
  for (let round = 0; round < context.rounds; round++) {
    for (const side of turns(sideNames, round)) await measureSide(context, setting, rounds, side);
    for (const side of ['gateway', 'direct'] as const) {
      rounds.small[side].push(megabytesPerSecond(await readAgain(setting, side, smallFetchRows)));
    }
    await measureStreams(setting, rounds, streamBytes);
    await measureBesideStalled(setting, rounds, streamBytes);
    const shown = sideNames.map((side) => `${side} ${rounds.first[side].at(-1)?.toFixed(0)} MB/s`);
    context.say(`fetch ${round + 1}/${context.rounds}: ${shown.join(', ')}`);
  }
  return rounds;
}

/** A fresh result that is read, and then read again: often enough that its CPU time shows. */
async function measureSide(
  context: BenchContext,
  setting: Setting,
  { first, again, cpuSeconds: cpu }: Rounds,
  side: Side,
): Promise<void> {
  const { reader, statement, checkedBytes, gatewayPid, haproxyPid } = setting;
  await reader.execute(side, statement.sql);
  const pids = { gateway: gatewayPid, haproxy: haproxyPid };
  const proxy = side === 'gateway' || side === 'haproxy' ? side : undefined;
  const before = proxy && cpuSeconds(pids[proxy]);
  const [fresh] = await reader.read([side], fetchRows);
  const readings = fresh === undefined ? [] : [fresh];
  const times = side === 'peer' ? 1 : context.isQuick ? 6 : 4;
  while (readings.length < times) readings.push(await readAgain(setting, side, fetchRows));
  for (const reading of readings) requireWhole(statement, reading, checkedBytes[side]);
  const [own, ...others] = readings.map(megabytesPerSecond);
  first[side].push(own ?? NaN);
  if (others.length > 0) again[side].push(median(others));
  if (proxy === undefined || before === undefined) return;
  const bytes = readings.reduce((sum, { wireBytes }) => sum + wireBytes, 0);
  cpu[proxy].push((cpuSeconds(pids[proxy]) - before) / (bytes / 1e9));
}

async function readAgain({ reader }: Setting, side: Side, maxRows: number): Promise<Reading> {
  const [reading] = await reader.read([side], maxRows, { again: true });
  if (reading === undefined) throw new Error('nothing was read');
  return reading;
}

/** Eight streams have together what one has otherwise. */
function streamStatement({ rows }: RowStatement): RowStatement {
  return mixed(rows / streams.length);
}

/** Bytes of one stream's result, once all are ready. */
async function startStreams({ reader, statement }: Setting): Promise<number> {
  const part = streamStatement(statement);
  const sizes: number[] = [];
  for (const stream of streams) {
    await reader.execute(stream, part.sql);
    const { digest, wireBytes } = await reader.verify(stream, fetchRows);
    requireSameRows(part, { [stream]: digest });
    sizes.push(wireBytes);
  }
  return median(sizes);
}

async function measureStreams(
  { reader, statement }: Setting,
  { streams: rates, streamTimes }: Rounds,
  streamBytes: number,
): Promise<void> {
  const readings = await reader.read(streams, fetchRows, { again: true });
  for (const reading of readings) requireWhole(streamStatement(statement), reading, streamBytes);
  const times = readings.map(({ ms }) => ms);
  const bytes = readings.reduce((sum, { wireBytes }) => sum + wireBytes, 0);
  rates.push(megabytesPerSecond({ wireBytes: bytes, ms: Math.max(...times) }));
  streamTimes.push(Math.max(...times) / Math.min(...times));
}

/** A reader that stops after a beginning, beside one that goes on. */
async function measureBesideStalled(
  setting: Setting,
  { besideStalled, stalledGrowthMb }: Rounds,
  streamBytes: number,
): Promise<void> {
  const { reader, statement, checkedBytes, gatewayPid } = setting;
  const [stalled = ''] = streams;
  const before = rssBytes(gatewayPid);
  await reader.stall(stalled, stalledFetchRows, stallAfterBytes);
  const reading = await readAgain(setting, 'gateway', fetchRows);
  stalledGrowthMb.push((rssBytes(gatewayPid) - before) / 1e6);
  requireWhole(statement, reading, checkedBytes.gateway);
  besideStalled.push(megabytesPerSecond(reading));
  const rest = await reader.finish(stalled);
  if (rest === undefined) throw new Error('the stalled reader read nothing');
  requireWhole(streamStatement(statement), rest, streamBytes);
}

function megabytesPerSecond({ wireBytes, ms }: Pick<Reading, 'wireBytes' | 'ms'>): number {
  return wireBytes / 1e6 / (ms / 1000);
}

function report(context: BenchContext, setting: Setting, rounds: Rounds): PartReport {
  const { first, again } = rounds;
  const { statement, checkedBytes } = setting;
  const againSides = sideNames.filter((side) => again[side].length > 0);
  return {
    title: 'Rows: fetching a result that is ready',
    how: `The statement is finished; then FetchResults, asked for ${fetchRows} rows at a time, until there are no more. MB are 10^6 bytes on the wire. The client is a raw frame reader in a process of its own, which before reads each side’s rows once with all their values: they have to be the same. A fresh result is read, and read again from its first row. Heaps of ${rowHeap(context)}, \`local[1]\`.`,
    table: {
      columns: ['fetch', 'median', 'min', 'max', 'rounds'],
      rows: [
        ...sideNames.map((side) => seriesRow(`${sides[side]}, MB/s`, first[side], 0)),
        ...againSides.map((side) => seriesRow(`again: ${sides[side]}, MB/s`, again[side], 0)),
        seriesRow('gateway, CPU s/GB', rounds.cpuSeconds.gateway, 2),
        seriesRow('haproxy, CPU s/GB', rounds.cpuSeconds.haproxy, 2),
        seriesRow('gateway, 8 streams together, MB/s', rounds.streams, 0),
        seriesRow('gateway, 8 streams, slowest’s time ÷ fastest’s', rounds.streamTimes, 2),
        seriesRow('gateway, beside a reader that has stopped, MB/s', rounds.besideStalled, 0),
        seriesRow('gateway’s RSS growth meanwhile, MB', rounds.stalledGrowthMb, 1),
      ],
    },
    marks: marks(rounds),
    notes: [
      `${statement.rows} rows, ${(checkedBytes.gateway / 1e6).toFixed(0)} MB: \`${statement.sql}\``,
      `With ${smallFetchRows} rows at a time: gateway ${median(rounds.small.gateway).toFixed(0)} MB/s, our engine directly ${median(rounds.small.direct).toFixed(0)} MB/s.`,
      `The 8 streams read an eighth of the rows each, at the same time. The reader that has stopped did so after ${stallAfterBytes / 1e6} MB of a reply with up to ${stalledFetchRows} rows, and reads the rest later.`,
    ],
  };
}

function marks({ first, again, cpuSeconds: cpu }: Rounds): Mark[] {
  const rate = median(first.gateway);
  const times = rate / median(first.peer);
  const raw = median(again.gateway);
  const haproxy = median(again.haproxy);
  const cpuPerGigabyte = median(cpu.gateway);
  return [
    {
      what: 'fetch of a ready result through the gateway',
      figure: `${rate.toFixed(0)} MB/s`,
      limit: `at least ${leastMegabytes} MB/s`,
      isMet: rate >= leastMegabytes,
    },
    {
      what: 'fetch of a ready result through the gateway ÷ Spark Thrift Server',
      figure: times.toFixed(1),
      limit: `at least ${leastTimes}`,
      isMet: times >= leastTimes,
    },
    {
      what: 'fetch again through the gateway, raw reader',
      figure: `${raw.toFixed(0)} MB/s`,
      limit: `at least ${leastRawMegabytes} MB/s, or half of haproxy’s ${haproxy.toFixed(0)} MB/s`,
      isMet: raw >= leastRawMegabytes || raw >= haproxy * leastShareOfHaproxy,
    },
    {
      what: 'fetch through the gateway: its CPU time',
      figure: `${cpuPerGigabyte.toFixed(2)} s/GB`,
      limit: `at most ${mostCpuSeconds} s/GB (haproxy ${median(cpu.haproxy).toFixed(2)})`,
      isMet: cpuPerGigabyte <= mostCpuSeconds,
    },
  ];
}
