import type { ClusterAnswer } from '../launch-cluster.ts';
import type { Opening } from '../launch-clients.ts';
import { mostQueued, openMs, type OpenedRound, waited, withOpenings } from '../launch-round.ts';
import type { BenchContext, Mark, Part, PartReport } from '../part.ts';
import { requireAnswer } from '../part.ts';
import { median, quantile, seriesRow } from '../statistics.ts';

const mostOpenMs = 100;
/** Launches that wait longer fail: the last of a thousand has its turn after 17 minutes. */
const launchTimeout = 'PT30M';

interface Size {
  readonly users: number;
  readonly openingMs: number;
  /** How long a job run is SCHEDULED. */
  readonly startMs: number;
  /** How long engines are waited for when all sessions are open. */
  readonly waitMs: number;
}
const whole: Size = { users: 1_000, openingMs: 60_000, startMs: 10_000, waitMs: 180_000 };
const quick: Size = { users: 60, openingMs: 6_000, startMs: 3_000, waitMs: 20_000 };

interface Round extends OpenedRound {
  readonly cluster: ClusterAnswer;
}

/** A thousand users whose engines are launched on EMR Serverless, as fast as AWS lets an account that has asked for no more. */
export const emrLaunches: Part = {
  name: 'emr-launches',
  isLong: true,
  async run(context): Promise<PartReport> {
    const size = context.isQuick ? quick : whole;
    const rounds: Round[] = [];
    for (let number = 1; number <= context.rounds; number++) {
      const round = await measure(context, size);
      rounds.push(round);
      const open = quantile(openMs(round), 0.99).toFixed(1);
      context.say(
        `emr-launches ${number}/${context.rounds}: OpenSession p99 ${open} ms, ${through(round).length} engines`,
      );
    }
    return report(size, rounds);
  },
};

async function measure(context: BenchContext, size: Size): Promise<Round> {
  const conf = { 'kyuubi.session.engine.initialize.timeout': launchTimeout };
  const options = { kind: 'emr-serverless', ...size, conf } as const;
  return withOpenings(context, options, ({ seen, ...opened }) => {
    const ready = opened.openings.filter(({ readyMs }) => readyMs !== undefined).length;
    requireAnswer(seen.registered >= ready, 'the number of registered engines', seen.registered);
    return Promise.resolve({ ...opened, cluster: seen });
  });
}

const through = ({ openings }: Round): Opening[] =>
  openings.filter(({ readyMs }) => readyMs !== undefined);
const failures = ({ openings }: Round): string[] =>
  openings.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
const figure =
  (name: string) =>
  ({ cluster }: Round): number =>
    cluster.figures[name] ?? 0;

function report(size: Size, rounds: readonly Round[]): PartReport {
  const row = (name: string, of: (round: Round) => number, digits = 0): string[] =>
    seriesRow(name, rounds.map(of), digits);
  const opened = (share: number) => (round: Round) => quantile(openMs(round), share);
  const readySeconds = (share: number) => (round: Round) =>
    quantile(
      through(round).map(({ readyMs = 0 }) => readyMs / 1000),
      share,
    );
  const asked = [...new Set(rounds.flatMap(({ cluster }) => Object.keys(cluster.requests)))];
  const [openingSeconds, waitSeconds] = [size.openingMs / 1000, size.waitMs / 1000];
  return {
    title: 'Launches on EMR Serverless',
    how: `${size.users} users open one session each, evenly over ${openingSeconds} s, over connections of their own, and look at their launch every 2 s with its log, until it is over or ${waitSeconds} s have gone since the last session was opened; an engine that is there answers a statement. The gateway launches on a stand-in for EMR Serverless that throttles as AWS does with an account that has asked for no more (StartJobRun: 25 at once, then one a second), and in which job runs go through their states and run nothing: an engine registers in a real ZooKeeper after ${size.startMs / 1000} s. Stand-in and engines, clients, ZooKeeper and gateway are processes of their own on one machine. Processes of the gateway are counted as for the launches on Kubernetes. A launch that waits longer than \`kyuubi.session.engine.initialize.timeout\` fails: it is ${launchTimeout} here.`,
    table: {
      columns: ['launches', 'median', 'min', 'max', 'rounds'],
      rows: [
        row('OpenSession, median, ms', opened(0.5), 1),
        row('OpenSession, p99, ms', opened(0.99), 1),
        row('OpenSession, longest, ms', opened(1), 1),
        row('sessions that were told their place in the queue', (round) => waited(round).length),
        row('launches queued at most', mostQueued),
        row('launches that got through', (round) => through(round).length),
        row('launches that failed', (round) => failures(round).length),
        row('until such an engine was there, median, s', readySeconds(0.5), 1),
        row('until such an engine was there, longest, s', readySeconds(1), 1),
        row('calls that were throttled', figure('throttled')),
        row('ListJobRuns a second', figure('listsPerSecond'), 2),
        ...asked.toSorted().map((name) => row(name, ({ cluster }) => cluster.requests[name] ?? 0)),
        row('processes started by the gateway', ({ children }) => children),
        row('event loop late, p99, ms', ({ loop }) => loop.p99Ms, 1),
        row('event loop late, longest, ms', ({ loop }) => loop.maxMs, 1),
        row('gateway’s processor time, s', (round) => round.cpuSeconds, 1),
        row('gateway’s resident set, MiB', (round) => round.rssBytes / 2 ** 20),
      ],
    },
    marks: marks(size, rounds),
    notes: [
      `One StartJobRun a second is what AWS grants, whatever calls it: ${size.users} engines take ${Math.ceil((size.users - 25) / 60)} minutes. Engines that are shared, quotas that AWS has raised (\`rates\`) and engines that live longer are what shortens that ([emr.md](emr.md)).`,
      ...new Set(rounds.flatMap(failures).map((told) => `A launch failed: ${told}`)),
    ],
  };
}

function marks({ users, openingMs }: Size, rounds: readonly Round[]): Mark[] {
  const p99 = median(rounds.map((round) => quantile(openMs(round), 0.99)));
  const most = (of: (round: Round) => number): number => Math.max(...rounds.map(of));
  const children = most((round) => round.children);
  const failed = most((round) => failures(round).length);
  const lists = most(figure('listsPerSecond'));
  // Who has an engine at once waits for nothing; everybody else has to know his place.
  const untold = most(
    ({ openings }) =>
      openings.filter(({ place, readyMs }) => place === undefined && readyMs === undefined).length,
  );
  return [
    {
      what: `OpenSession of ${users} users in ${openingMs / 1000} s on EMR Serverless, p99`,
      figure: `${p99.toFixed(1)} ms`,
      limit: `less than ${mostOpenMs} ms`,
      isMet: p99 < mostOpenMs,
    },
    {
      what: 'processes that the gateway started for these launches on EMR Serverless',
      figure: String(children),
      limit: 'none',
      isMet: children === 0,
    },
    {
      what: 'launches on EMR Serverless that failed: throttling errors, or any other, that a user saw',
      figure: String(failed),
      limit: 'none',
      isMet: failed === 0,
    },
    {
      what: 'launches that still wait for EMR Serverless and were not told their place',
      figure: `${untold} of ${users}`,
      limit: 'none',
      isMet: untold === 0,
    },
    {
      what: 'ListJobRuns a second',
      figure: lists.toFixed(2),
      limit: 'at most 1',
      isMet: lists <= 1,
    },
  ];
}
