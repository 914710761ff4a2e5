import { selectOne } from '../one-row-statement.ts';
import type { BenchContext, Mark, Part, PartReport } from '../part.ts';
import { openRawSession } from '../raw-session.ts';
import { rowSettings, rowUser } from '../row-servers.ts';
import { sideNamesOf } from '../side-names.ts';
import { runningSparkEngine } from '../spark-engine.ts';
import { median, seriesColumns, seriesRow } from '../statistics.ts';
import { turns } from '../turns.ts';
import { UntilStopped } from '../until-stopped.ts';
import { startWarmDriver } from '../warm-driver.ts';

const mostOfThriftServer = 1 / 3;
const mostOfDriver = 1.5;

const sides = {
  gateway: 'gateway',
  direct: 'our engine directly',
  peer: 'Spark Thrift Server directly',
  driver: '`select * from values (1)` with collect, in a warm driver',
} as const;
type Side = keyof typeof sides;
const sideNames = sideNamesOf(sides);

/** Runs the statement so often; milliseconds of each. */
type Repeat = (times: number) => Promise<readonly number[]>;

/** The smallest statement. */
export const selectOneRow: Part = {
  name: 'select-one',
  usesRowServers: true,
  async run(context): Promise<PartReport> {
    await using started = new UntilStopped();
    const gateway = await context.rowServers.gateway(context);
    const peer = await context.rowServers.thriftServer(context);
    const engine = await runningSparkEngine(gateway, rowUser);
    const driver = started.stopped(await startWarmDriver(context, rowSettings(context)));
    const overSession = async (port: number, password?: string): Promise<Repeat> => {
      const address = { port, user: rowUser, ...(password === undefined ? {} : { password }) };
      const session = await openRawSession(address);
      started.add(() => session.connection.end());
      return async (times) => {
        const taken: number[] = [];
        while (taken.length < times) taken.push(await selectOne(session));
        return taken;
      };
    };
    return await measure(context, {
      gateway: await overSession(gateway.port),
      direct: await overSession(engine.port, engine.token()),
      peer: await overSession(peer.port),
      driver: (times) => driver.collect(times),
    });
  },
};

async function measure(
  context: BenchContext,
  repeats: Readonly<Record<Side, Repeat>>,
): Promise<PartReport> {
  const [warmUps, each] = context.isQuick ? [30, 20] : [500, 200];
  const rounds: Readonly<Record<Side, number[]>> = {
    gateway: [],
    direct: [],
    peer: [],
    driver: [],
  };
  context.say('select-one: warming up');
  for (const side of sideNames) await repeats[side](warmUps);
  for (let round = 0; round < context.rounds; round++) {
    for (const side of turns(sideNames, round)) {
      rounds[side].push(median(await repeats[side](each)));
    }
    const shown = sideNames.map((side) => `${side} ${rounds[side].at(-1)?.toFixed(1)} ms`);
    context.say(`select-one ${round + 1}/${context.rounds}: ${shown.join(', ')}`);
  }
  return {
    title: 'The smallest statement',
    how: `\`select 1\` on an open session, from sending ExecuteStatement until CloseOperation’s answer, with GetResultSetMetadata and one FetchResults between: the same calls on every side. Beside it what Spark itself takes for a statement of one row inside a Spark program. All \`local[1]\`, with the same heap and catalog, warmed up by ${warmUps} statements. A round is the median of ${each}.`,
    table: {
      columns: seriesColumns('one statement', 'ms'),
      rows: sideNames.map((side) => seriesRow(sides[side], rounds[side], 2)),
    },
    marks: marks(rounds),
    notes: [],
  };
}

function marks({ gateway, peer, driver }: Readonly<Record<Side, readonly number[]>>): Mark[] {
  const ofThriftServer = median(gateway) / median(peer);
  const ofDriver = median(gateway) / median(driver);
  return [
    {
      what: '`select 1` through the gateway ÷ Spark Thrift Server directly',
      figure: ofThriftServer.toFixed(2),
      limit: 'at most a third',
      isMet: ofThriftServer <= mostOfThriftServer,
    },
    {
      what: '`select 1` through the gateway ÷ `select * from values (1)` with collect in a warm driver',
      figure: ofDriver.toFixed(2),
      limit: `at most ${mostOfDriver}`,
      isMet: ofDriver <= mostOfDriver,
    },
  ];
}
