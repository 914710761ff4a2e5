import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterAnswer } from '../launch-cluster.ts';
import type { Opening } from '../launch-clients.ts';
import { mostQueued, openMs, type OpenedRound, waited, withOpenings } from '../launch-round.ts';
import {
  type BenchContext,
  type Mark,
  type Part,
  type PartReport,
  requireAnswer,
} from '../part.ts';
import { cpuSeconds } from '../process-cpu.ts';
import { median, quantile, seriesRow } from '../statistics.ts';

const mostOpenMs = 100;
const reconcileEveryMs = 20_000;

interface Size {
  readonly users: number;
  readonly openingMs: number;
  readonly maxLaunches: number;
  /** How long a pod takes until its engine registers. */
  readonly startMs: number;
  readonly quietMs: number;
}
/** More come in a second than the cluster may start: the queue grows. */
const whole: Size = {
  ...{ users: 1_000, openingMs: 60_000, maxLaunches: 100, startMs: 10_000, quietMs: 60_000 },
};
const quick: Size = {
  ...{ users: 60, openingMs: 6_000, maxLaunches: 10, startMs: 3_000, quietMs: 20_000 },
};

/** What one round saw. */
interface Round extends OpenedRound {
  readonly cluster: ClusterAnswer;
  readonly quiet: ClusterAnswer;
  readonly quietCpuSeconds: number;
}

/** A thousand users whose engines are launched on Kubernetes, and the cluster watched afterwards. */
export const launches: Part = {
  name: 'launches',
  isLong: true,
  async run(context): Promise<PartReport> {
    const size = context.isQuick ? quick : whole;
    const rounds: Round[] = [];
    for (let number = 1; number <= context.rounds; number++) {
      const round = await measure(context, size);
      rounds.push(round);
      const open = quantile(openMs(round), 0.99).toFixed(1);
      context.say(
        `launches ${number}/${context.rounds}: OpenSession p99 ${open} ms, ${waited(round).length} waited`,
      );
    }
    return report(size, rounds);
  },
};

async function measure(context: BenchContext, size: Size): Promise<Round> {
  const { maxLaunches, startMs, users, openingMs, quietMs } = size;
  const conf = { 'torii.clusters.reconcile.interval': `PT${reconcileEveryMs / 1000}S` };
  const options = { kind: 'kubernetes', startMs, maxLaunches, users, openingMs, conf } as const;
  return withOpenings(context, options, async ({ cluster, pid, seen, ...opened }) => {
    for (const [what, count] of [
      [
        'sessions with an engine',
        opened.openings.filter((each) => each.readyMs !== undefined).length,
      ],
      ['pods of drivers', seen.alive],
      ['registered engines', seen.registered],
      ['pods made', seen.requests['create pods']],
    ] as const) {
      requireAnswer(count === users, `the number of ${what}`, count);
    }
    await sleep(2_000); // what the last launch left to do
    await cluster.forget();
    const quietCpuBefore = cpuSeconds(pid);
    await sleep(quietMs);
    const quiet = await cluster.seen();
    return { ...opened, cluster: seen, quiet, quietCpuSeconds: cpuSeconds(pid) - quietCpuBefore };
  });
}

function report(size: Size, rounds: readonly Round[]): PartReport {
  const row = (name: string, figure: (round: Round) => number, digits = 0): string[] =>
    seriesRow(name, rounds.map(figure), digits);
  const ofAll =
    (figure: (opening: Opening) => number, share: number) =>
    ({ openings }: Round): number =>
      quantile(openings.map(figure), share);
  const perLaunch =
    (asked: string) =>
    ({ cluster }: Round): number =>
      (cluster.requests[asked] ?? 0) / size.users;
  const asked = [...new Set(rounds.flatMap(({ cluster }) => Object.keys(cluster.requests)))];
  const askedInQuiet = [...new Set(rounds.flatMap(({ quiet }) => Object.keys(quiet.requests)))];
  const quietSeconds = size.quietMs / 1000;
  return {
    title: 'Launches on Kubernetes',
    how: `${size.users} users open one session each, evenly over ${size.openingMs / 1000} s, over connections of their own, and look at their launch every 2 s with its log until it is over; then each engine answers a statement. The gateway launches on a Kubernetes stand-in by TLS, in which pods go through their states and run nothing: ${size.startMs / 1000} s after its pod has come to a node, an engine registers in a real ZooKeeper, in one transaction with its intent. At most ${size.maxLaunches} launches are under way (\`limits.maxLaunches\`). Then ${quietSeconds} s of quiet with all engines alive. Stand-in and engines, clients, ZooKeeper and gateway are processes of their own on one machine. Processes of the gateway: /proc is looked at every 50 ms for children, and the kernel’s count of page faults of children that have ended has to stay as it was, which misses none however short it lived.`,
    table: {
      columns: ['launches', 'median', 'min', 'max', 'rounds'],
      rows: [
        row(
          'connecting and logging in, p99, ms',
          ofAll(({ loginMs }) => loginMs, 0.99),
          1,
        ),
        row(
          'OpenSession, median, ms',
          ofAll((opening) => opening.openMs, 0.5),
          1,
        ),
        row(
          'OpenSession, p99, ms',
          ofAll((opening) => opening.openMs, 0.99),
          1,
        ),
        row(
          'OpenSession, longest, ms',
          ofAll((opening) => opening.openMs, 1),
          1,
        ),
        row('until the engine was there, median, s', ofAll(readySeconds, 0.5), 1),
        row('until the engine was there, longest, s', ofAll(readySeconds, 1), 1),
        row('sessions that were told their place in the queue', (round) => waited(round).length),
        row('launches queued at most', mostQueued),
        row('processes started by the gateway', ({ children }) => children),
        row('event loop late, p99, ms', ({ loop }) => loop.p99Ms, 1),
        row('event loop late, longest, ms', ({ loop }) => loop.maxMs, 1),
        row('event loop at work, longest, ms', ({ loop }) => loop.busyMs, 1),
        row('gateway’s processor time, s', (round) => round.cpuSeconds, 1),
        row('gateway’s resident set, MiB', (round) => round.rssBytes / 2 ** 20),
        ...asked.toSorted().map((name) => row(`${name}, for a launch`, perLaunch(name), 2)),
        row('pods watched at once, watches', ({ cluster }) => cluster.figures['mostWatches'] ?? 0),
        ...askedInQuiet
          .toSorted()
          .map((name) =>
            row(`${quietSeconds} s of quiet: ${name}`, ({ quiet }) => quiet.requests[name] ?? 0),
          ),
        row(
          `${quietSeconds} s of quiet: watches at once`,
          ({ quiet }) => quiet.figures['mostWatches'] ?? 0,
        ),
        row(
          `${quietSeconds} s of quiet: gateway’s processor time, s`,
          (round) => round.quietCpuSeconds,
          1,
        ),
      ],
    },
    marks: marks(size, rounds),
    notes: [
      `The reconciler lists the pods every ${reconcileEveryMs / 1000} s here (every minute by default); a watch is asked for anew every 25 s, from where the last one ended. A list comes in pages of 200.`,
    ],
  };
}

const readySeconds = ({ readyMs = Infinity }: Opening): number => readyMs / 1000;

function marks(size: Size, rounds: readonly Round[]): Mark[] {
  const p99 = median(rounds.map((round) => quantile(openMs(round), 0.99)));
  const children = Math.max(...rounds.map((round) => round.children));
  const told = Math.min(...rounds.map((round) => waited(round).length));
  const watches = Math.max(...rounds.map(({ quiet }) => quiet.figures['mostWatches'] ?? 0));
  const beside = Math.max(...rounds.map((round) => besideWatch(round)));
  const lists = Math.max(...rounds.map(({ quiet }) => quiet.requests['list pods'] ?? 0));
  const mostLists = Math.floor(size.quietMs / reconcileEveryMs) + 1;
  return [
    {
      what: `OpenSession of ${size.users} users in ${size.openingMs / 1000} s on Kubernetes, p99`,
      figure: `${p99.toFixed(1)} ms`,
      limit: `less than ${mostOpenMs} ms`,
      isMet: p99 < mostOpenMs,
    },
    {
      what: 'processes that the gateway started for these launches',
      figure: String(children),
      limit: 'none',
      isMet: children === 0,
    },
    {
      what: 'sessions told their place in the queue of launches',
      figure: `${told} of ${size.users}`,
      limit: 'all that waited, at least one',
      isMet: told > 0,
    },
    {
      what: `${size.users} engines on one cluster: watches at once, lists beside the reconciler’s, other requests`,
      figure: `${watches}, ${Math.max(0, lists - mostLists)}, ${beside}`,
      limit: '1, 0, 0',
      isMet: watches === 1 && lists <= mostLists && beside === 0,
    },
  ];
}

/** Requests in the time of quiet that are neither the watch nor a list of pods. */
function besideWatch({ quiet }: Round): number {
  return Object.entries(quiet.requests)
    .filter(([name]) => !/^(?:watch|list) pods/.test(name))
    .reduce((sum, [, count]) => sum + count, 0);
}
