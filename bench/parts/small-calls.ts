import { startBenchGateway } from '../bench-gateway.ts';
import { latencies, type Way } from '../call-latency.ts';
import { startEngineStandIn } from '../engine-stand-in.ts';
import { startExternalZooKeeper } from '../external-zookeeper.ts';
import { startHaproxy } from '../haproxy.ts';
import type { BenchContext, Mark, Part, PartReport } from '../part.ts';
import type { RawAddress } from '../raw-connection.ts';
import {
  checkFinished,
  checkInfo,
  finishedStatement,
  getInfoFrame,
  openRawSession,
  type RawSession,
  statusFrame,
} from '../raw-session.ts';
import { rowUser } from '../row-servers.ts';
import { runningSparkEngine } from '../spark-engine.ts';
import { median, seriesColumns, seriesRow } from '../statistics.ts';
import { UntilStopped } from '../until-stopped.ts';

const times = 2;
const extraMicroseconds = 20;
const blockCalls = 100;
const wayNames = ['direct', 'haproxy', 'gateway'] as const;
type WayName = (typeof wayNames)[number];
type Addresses = Readonly<Record<WayName, RawAddress>>;
/** Medians of the rounds, in microseconds. */
type Rounds = Readonly<Record<WayName, number[]>>;

/** GetInfo and GetOperationStatus: what the gateway adds, beside what haproxy adds. */
export const smallCalls: Part = {
  name: 'small-calls',
  isLong: true,
  usesRowServers: true,
  async run(context): Promise<PartReport> {
    const measured = [
      ...(await withStandIn(context, (addresses) => measure(context, 'stand-in', addresses))),
      ...(await withSpark(context, (addresses) => measure(context, 'Spark engine', addresses))),
    ];
    const promised = measured.filter(({ engine }) => engine === 'stand-in');
    return {
      title: 'Small calls: added latency',
      how: 'One raw connection to an engine directly, one through haproxy in TCP mode (one thread) and one through the gateway, taking turns in blocks of 100 calls; every reply is compared. A round is the median of all calls. The stand-in is a process that answers with fixed bytes, so that the proxies’ share is seen best.',
      table: {
        columns: seriesColumns('one call', 'µs'),
        rows: measured.flatMap(({ engine, method, rounds }) =>
          wayNames.map((way) => seriesRow(`${method}, ${engine}: ${way}`, rounds[way], 1)),
        ),
      },
      marks: promised.map(toMark),
      notes: measured.map(
        ({ engine, method, rounds }) =>
          `${method}, ${engine}: haproxy adds ${added(rounds, 'haproxy').toFixed(1)} µs, the gateway ${added(rounds, 'gateway').toFixed(1)} µs.`,
      ),
    };
  },
};

interface Measured {
  readonly engine: string;
  readonly method: string;
  readonly rounds: Rounds;
}

function toMark({ method, rounds }: Measured): Mark {
  const ours = added(rounds, 'gateway');
  const limit = times * added(rounds, 'haproxy') + extraMicroseconds;
  return {
    what: `${method}: latency that the gateway adds at p50`,
    figure: `${ours.toFixed(1)} µs`,
    limit: `at most ${times} × haproxy’s + ${extraMicroseconds} µs = ${limit.toFixed(1)} µs`,
    isMet: ours <= limit,
  };
}

/** Median over the rounds of what was added in each. */
function added(rounds: Rounds, way: WayName): number {
  return median(rounds[way].map((value, round) => value - (rounds.direct[round] ?? NaN)));
}

async function measure(
  context: BenchContext,
  engine: string,
  addresses: Addresses,
): Promise<Measured[]> {
  await using sessions = new UntilStopped();
  const open = new Map<WayName, RawSession>();
  for (const way of wayNames) {
    const session = await openRawSession(addresses[way]);
    sessions.add(() => session.connection.end());
    open.set(way, session);
  }
  const infoWays = [...open].map(([name, session]) => ({
    name,
    connection: session.connection,
    frame: getInfoFrame(session),
    check: checkInfo,
  }));
  const statusWays: Way[] = [];
  for (const [name, session] of open) {
    const frame = statusFrame(await finishedStatement(session));
    statusWays.push({ name, connection: session.connection, frame, check: checkFinished });
  }
  return [
    { engine, method: 'GetInfo', rounds: await rounds(context, infoWays) },
    { engine, method: 'GetOperationStatus', rounds: await rounds(context, statusWays) },
  ];
}

async function rounds(context: BenchContext, ways: readonly Way[]): Promise<Rounds> {
  const blocks = context.isQuick ? 15 : 40;
  await latencies(ways, 20, blockCalls); // both ends compile what they run often
  const all: Rounds = { direct: [], haproxy: [], gateway: [] };
  for (let round = 1; round <= context.rounds; round++) {
    const medians = await latencies(ways, blocks, blockCalls);
    for (const way of wayNames) all[way].push(medians.get(way) ?? NaN);
    const shown = wayNames.map((way) => `${way} ${medians.get(way)?.toFixed(0)} µs`);
    context.say(`small-calls ${round}/${context.rounds}: ${shown.join(', ')}`);
  }
  return all;
}

async function withStandIn<T>(
  context: BenchContext,
  use: (addresses: Addresses) => Promise<T>,
): Promise<T> {
  await using started = new UntilStopped();
  const zooKeeper = started.stopped(await startExternalZooKeeper(context));
  const engine = started.stopped(await startEngineStandIn(zooKeeper.addresses, ['bench']));
  const haproxy = started.stopped(await startHaproxy(engine.port));
  const gateway = started.stopped(
    await startBenchGateway(context, { 'kyuubi.ha.addresses': zooKeeper.addresses }),
  );
  const user = 'bench';
  return await use({
    direct: { port: engine.port, user },
    haproxy: { port: haproxy.port, user },
    gateway: { port: gateway.port, user },
  });
}

/** The real engine asks for a token, which we can make because the gateway's secret is ours to read. */
async function withSpark<T>(
  context: BenchContext,
  use: (addresses: Addresses) => Promise<T>,
): Promise<T> {
  await using started = new UntilStopped();
  const gateway = await context.rowServers.gateway(context);
  const user = rowUser;
  const first = await openRawSession({ port: gateway.port, user });
  checkInfo(await first.connection.exchange(getInfoFrame(first)));
  started.add(() => first.connection.end());
  const engine = await runningSparkEngine(gateway, user);
  const haproxy = started.stopped(await startHaproxy(engine.port));
  return await use({
    direct: { port: engine.port, user, password: engine.token() },
    haproxy: { port: haproxy.port, user, password: engine.token() },
    gateway: { port: gateway.port, user },
  });
}
