import types from '#thrift/types';
import { connectHs2 } from '../../test/support/hs2-client.ts';
import { readFetchHead } from '../../test/support/fetch-reply.ts';
import {
  type BenchContext,
  type Mark,
  type Part,
  type PartReport,
  requireAnswer,
} from '../part.ts';
import {
  type Fetched,
  type FetchOrder,
  type RowClient,
  startHiveJdbc,
  startPyHive,
} from '../row-clients-process.ts';
import { classesArchived } from '../row-clients-quiet.ts';
import { fetchRows, rowHeap, rowUser } from '../row-servers.ts';
import { mixed, type RowStatement } from '../row-statements.ts';
import { runningSparkEngine } from '../spark-engine.ts';
import { median, seriesColumns, seriesRow } from '../statistics.ts';
import { turns } from '../turns.ts';
import { UntilStopped } from '../until-stopped.ts';

const leastShare = 0.95;
const wayNames = ['direct', 'gateway'] as const;
type WayName = (typeof wayNames)[number];
/** Where to log in; a password is made for each connection, as an engine's lasts only for some minutes. */
type Ways = Readonly<Record<WayName, () => Pick<FetchOrder, 'port' | 'user' | 'password'>>>;

/** Rows a second of each round. */
type Rates = Readonly<Record<WayName, number[]>>;

interface MeasuredClient {
  readonly name: string;
  readonly result: RowStatement;
  readonly rowBytes: number;
  readonly rates: Rates;
}

/** What people's own clients see: the same result from our engine directly and through the gateway. */
export const rowClients: Part = {
  name: 'row-clients',
  usesRowServers: true,
  async run(context): Promise<PartReport> {
    await using started = new UntilStopped();
    const user = rowUser;
    const gateway = await context.rowServers.gateway(context);
    await classesArchived(gateway);
    const engine = await runningSparkEngine(gateway, user);
    const ways: Ways = {
      direct: () => ({ port: engine.port, user, password: engine.token() }),
      gateway: () => ({ port: gateway.port, user, password: 'none' }),
    };
    // As many rows as take some seconds.
    const clients = [
      { name: 'PyHive', rows: 400_000, start: startPyHive },
      { name: 'Hive JDBC', rows: 6_000_000, start: startHiveJdbc },
    ];
    const measured: MeasuredClient[] = [];
    for (const { name, rows: wanted, start } of clients) {
      const result = mixed(context.isQuick ? wanted / 20 : wanted);
      const client = started.stopped(await start(context));
      const rowBytes = (await wireBytes(gateway.port, user, result.sql)) / result.rows;
      const rates = await measure(context, name, client, ways, result);
      measured.push({ name, result, rowBytes, rates });
      await client.stop();
    }
    return report(context, measured);
  },
};

function report(context: BenchContext, measured: readonly MeasuredClient[]): PartReport {
  const rows = measured.flatMap(({ name, rates, rowBytes }) =>
    wayNames.map((way) => [
      ...seriesRow(
        `${name}, ${way}`,
        rates[way].map((rate) => rate / 1e3),
        1,
      ),
      ((median(rates[way]) * rowBytes) / 1e6).toFixed(1),
    ]),
  );
  return {
    title: 'Rows to PyHive and Hive JDBC',
    how: `Fetch of a ready result of seven columns, ${fetchRows} rows a call, every value read, by one running process of each client: from the engine directly (with a token of its own) and through the gateway, taking turns. The engine has a heap of ${rowHeap(context)}. PyHive's time is that of its fetch calls. MB are the replies' bytes on the wire.`,
    table: { columns: [...seriesColumns('fetch', 'thousand rows/s'), 'median, MB/s'], rows },
    marks: measured.map(toMark),
    notes: measured.map(
      ({ name, result }) => `${name}: ${result.rows} rows a round, \`${result.sql}\`.`,
    ),
  };
}

function toMark({ name, rates }: MeasuredClient): Mark {
  const share = median(rates.gateway) / median(rates.direct);
  return {
    what: `${name}: rows/s through the gateway ÷ directly from the engine`,
    figure: `${(100 * share).toFixed(1)} %`,
    limit: `at least ${100 * leastShare} %`,
    isMet: share >= leastShare,
  };
}

async function measure(
  context: BenchContext,
  name: string,
  client: RowClient,
  ways: Ways,
  result: RowStatement,
): Promise<Rates> {
  const fetchOver = (way: WayName): Promise<Fetched> =>
    client.fetch({ ...ways[way](), statement: result.sql, fetchRows });
  const right = await fetchOver('direct'); // and everybody compiles what runs often
  checkFetched(name, right, result, right.checksum);
  checkFetched(name, await fetchOver('gateway'), result, right.checksum);
  const rates: Rates = { direct: [], gateway: [] };
  for (let round = 0; round < context.rounds; round++) {
    for (const way of turns(wayNames, round)) {
      const fetched = await fetchOver(way);
      checkFetched(name, fetched, result, right.checksum);
      rates[way].push(fetched.rows / (fetched.nanoseconds / 1e9));
    }
    const shown = wayNames.map((way) => `${way} ${((rates[way].at(-1) ?? 0) / 1e3).toFixed(0)}`);
    context.say(
      `row-clients ${name} ${round + 1}/${context.rounds}, thousand rows/s: ${shown.join(', ')}`,
    );
  }
  return rates;
}

function checkFetched(
  name: string,
  fetched: Fetched,
  { rows }: RowStatement,
  checksum: string,
): void {
  const isRight =
    fetched.rows === rows &&
    fetched.keySum === (rows * (rows - 1)) / 2 && // the first column counts the rows from 0
    fetched.checksum === checksum;
  requireAnswer(isRight, `a result of ${rows} rows, read by ${name},`, fetched);
}

/** How many bytes the result's replies have in all. */
async function wireBytes(port: number, user: string, statement: string): Promise<number> {
  const client = await connectHs2({ port, user });
  try {
    const session = await client.openSession();
    const operation = await session.execute(statement);
    let bytes = 0;
    for (;;) {
      const reply = await client.connection.callForBytes('FetchResults', {
        operationHandle: operation.handle,
        orientation: types.TFetchOrientation.FETCH_NEXT,
        maxRows: fetchRows as never, // Int64 in the generated types, a plain number on its way in
        fetchType: 0,
      });
      const head = readFetchHead(reply);
      requireAnswer(head.statusCode === types.TStatusCode.SUCCESS_STATUS, 'FetchResults', head);
      if (head.rows === 0) break;
      bytes += reply.length;
    }
    await session.close();
    return bytes;
  } finally {
    client.end();
  }
}
