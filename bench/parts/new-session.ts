import { connectHs2 } from '../../test/support/hs2-client.ts';
import { checkSelectOne } from '../first-answer.ts';
import { type BenchContext, type Part, type PartReport, requireAnswer } from '../part.ts';
import { median, seriesColumns, seriesRow } from '../statistics.ts';

const dbmsName = 17; // CLI_DBMS_NAME

interface Times {
  readonly connected: number[];
  readonly open: number[];
  readonly info: number[];
  readonly answer: number[];
}

/** A new session where an engine runs already. */
export const newSession: Part = {
  name: 'session',
  isLong: true,
  usesRowServers: true,
  async run(context): Promise<PartReport> {
    const gateway = await context.rowServers.gateway(context);
    const peer = await context.rowServers.thriftServer(context);
    return await measure(context, gateway.port, peer.port);
  },
};

async function measure(
  context: BenchContext,
  ourPort: number,
  theirPort: number,
): Promise<PartReport> {
  const [warmUps, each] = context.isQuick ? [20, 15] : [60, 40];
  context.say('session: warming both up');
  await sessionsOn(ourPort, warmUps);
  await sessionsOn(theirPort, warmUps);
  const ours: Times = { connected: [], open: [], info: [], answer: [] };
  const theirs: Times = { connected: [], open: [], info: [], answer: [] };
  for (let round = 1; round <= context.rounds; round++) {
    addMedians(ours, await sessionsOn(ourPort, each));
    addMedians(theirs, await sessionsOn(theirPort, each));
    context.say(
      `session ${round}/${context.rounds}: to GetInfo ${ours.info.at(-1)?.toFixed(1)} and ${theirs.info.at(-1)?.toFixed(1)} ms, to select 1 ${ours.answer.at(-1)?.toFixed(1)} and ${theirs.answer.at(-1)?.toFixed(1)} ms`,
    );
  }
  return {
    title: 'A new session on a running engine',
    how: `From sending OpenSession on an open connection until its reply, until the reply of a first GetInfo that the engine answers, and (in sessions of their own) until the last row of a first \`select 1\`. Both warmed up by ${2 * warmUps} sessions. A round is the median of ${each} sessions of each kind.`,
    table: {
      columns: seriesColumns('a new session', 'ms'),
      rows: [
        seriesRow('OpenSession’s reply: gateway', ours.open, 2),
        seriesRow('OpenSession’s reply: Spark Thrift Server', theirs.open, 2),
        seriesRow('to the first GetInfo: gateway', ours.info, 2),
        seriesRow('to the first GetInfo: Spark Thrift Server', theirs.info, 2),
        seriesRow('from connecting to the first GetInfo: gateway', ours.connected, 2),
        seriesRow('from connecting to the first GetInfo: Spark Thrift Server', theirs.connected, 2),
        seriesRow('to the first `select 1`: gateway', ours.answer, 2),
        seriesRow('to the first `select 1`: Spark Thrift Server', theirs.answer, 2),
      ],
    },
    marks: [
      faster('new session, from connecting to the first GetInfo', ours.connected, theirs.connected),
      faster('new session to the first `select 1`', ours.answer, theirs.answer),
    ],
    notes: [
      'The gateway answers OpenSession before the engine’s session is there; GetInfo waits for that. It connects and logs in to the engine after OpenSession, what a client of Spark Thrift Server did before it.',
    ],
  };
}

function faster(what: string, ours: readonly number[], theirs: readonly number[]) {
  const ratio = median(ours) / median(theirs);
  return {
    what: `${what} ÷ Spark Thrift Server’s`,
    figure: ratio.toFixed(2),
    limit: 'below 1',
    isMet: ratio < 1,
  };
}

function addMedians(to: Times, round: Times): void {
  to.connected.push(median(round.connected));
  to.open.push(median(round.open));
  to.info.push(median(round.info));
  to.answer.push(median(round.answer));
}

/** Milliseconds of every session; each is closed before the next is opened. */
async function sessionsOn(port: number, count: number): Promise<Times> {
  const times: Times = { connected: [], open: [], info: [], answer: [] };
  for (let done = 0; done < count; done++) {
    const connectMs = performance.now();
    await withClient(port, async (client) => {
      const startMs = performance.now();
      const session = await client.openSession();
      times.open.push(performance.now() - startMs);
      const info = await session.info(dbmsName);
      times.info.push(performance.now() - startMs);
      times.connected.push(performance.now() - connectMs);
      requireAnswer(/spark/i.test(info), 'GetInfo', info);
      await session.close();
    });
    await withClient(port, async (client) => {
      const startMs = performance.now();
      const session = await client.openSession();
      await checkSelectOne(session);
      times.answer.push(performance.now() - startMs);
      await session.close();
    });
  }
  return times;
}

async function withClient(
  port: number,
  use: (client: Awaited<ReturnType<typeof connectHs2>>) => Promise<void>,
): Promise<void> {
  const client = await connectHs2({ port, user: 'bench' });
  try {
    await use(client);
  } finally {
    client.end();
  }
}
