import { newUser, serviceDn, Slapd, suffix } from '../../test/support/slapd.ts';
import { makeTempDir, removeTempDir } from '../../test/support/temp-dir.ts';
import { startBenchGateway } from '../bench-gateway.ts';
import { startEngineStandIn } from '../engine-stand-in.ts';
import { startExternalZooKeeper } from '../external-zookeeper.ts';
import { type Fault, FaultyRelay, flapEveryMs, slowMs } from '../faulty-relay.ts';
import { callsMeanwhile, LoginLoad, type LoginTime, timedLogin } from '../login-load.ts';
import { LoopDelay, type LoopDelays } from '../loop-delay.ts';
import {
  type BenchContext,
  type Mark,
  type Part,
  type PartReport,
  requireAnswer,
} from '../part.ts';
import { openRawSession, type RawSession } from '../raw-session.ts';
import { median, quantile, seriesRow } from '../statistics.ts';
import { UntilStopped } from '../until-stopped.ts';

const leastLoginsPerSecond = 200;
const mostHeldMs = 50;
/** A login that a directory can not decide because it is down. */
const mostFailureMs = 1_000;

const users = Array.from({ length: 200 }, (_, at) => newUser(`user${at}`));
const [sessionUser = newUser('nobody')] = users;
/** Clients that log in at the same time while there is a fault. */
const clients = 8;

const faults = {
  slow: `answers ${slowMs / 1000} s late`,
  down: 'port closed',
  flapping: `all its connections closed each ${flapEveryMs} ms`,
} as const satisfies Partial<Record<Fault, string>>;
type TestedFault = keyof typeof faults;
const faultNames = Object.keys(faults) as TestedFault[]; // the keys above, and no others

interface Setting {
  readonly port: number;
  readonly pid: number;
  readonly relay: FaultyRelay;
  readonly loop: LoopDelay;
  readonly load: LoginLoad;
  /** Open all the time. */
  readonly session: RawSession;
}

/** What one round saw. */
interface Phase {
  readonly times: readonly LoginTime[];
  readonly seconds: number;
  readonly callMs: readonly number[];
  readonly loop: LoopDelays;
}
type Phases = Readonly<Record<'none' | TestedFault, Phase[]>>;

/** Logins against a directory that is well, slow, down, and flapping. */
export const logins: Part = {
  name: 'logins',
  isLong: true,
  async run(context): Promise<PartReport> {
    await using started = new UntilStopped();
    const dir = makeTempDir('logins');
    started.add(() => removeTempDir(dir));
    const slapd = started.stopped(await Slapd.start({ users, hasTls: true }));
    const relay = started.stopped(await FaultyRelay.start(slapd.port));
    const zooKeeper = started.stopped(await startExternalZooKeeper(context));
    started.stopped(await startEngineStandIn(zooKeeper.addresses, [sessionUser.uid]));
    const loop = new LoopDelay(dir);
    const gateway = started.stopped(
      await startBenchGateway(loop.watching(context), {
        'kyuubi.ha.addresses': zooKeeper.addresses,
        'kyuubi.authentication': 'LDAP',
        'kyuubi.authentication.ldap.url': `ldap://127.0.0.1:${relay.port}`,
        'kyuubi.authentication.ldap.baseDN': suffix,
        'kyuubi.authentication.ldap.binddn': serviceDn,
        'kyuubi.authentication.ldap.bindpw': `\${file:${slapd.passwordFile}}`,
        'torii.authentication.ldap.cache.lifetime': '0',
        'torii.authentication.ldap.retry.pause': 'PT0.5S',
      }),
    );
    const { uid: user, password } = sessionUser;
    const session = await openRawSession({ port: gateway.port, user, password });
    started.add(() => session.connection.end());
    const load = started.stopped(new LoginLoad());
    const setting = { port: gateway.port, pid: gateway.process.pid, relay, loop, load, session };
    return report(await measure(context, setting));
  },
};

async function measure(context: BenchContext, setting: Setting): Promise<Phases> {
  const phases: Phases = { none: [], slow: [], down: [], flapping: [] };
  await loginsOfAll(setting); // the pool is warm, and both ends have compiled what they run often
  for (let round = 1; round <= context.rounds; round++) {
    const well = await phase(setting, 'none', () => loginsOfAll(setting));
    for (const { refusal } of well.times) requireAnswer(refusal === undefined, 'a login', refusal);
    phases.none.push(well);
    for (const fault of faultNames) {
      const durationMs = context.isQuick ? 3_000 : 8_000;
      const { port, load } = setting;
      const order = { port, users, repeated: { durationMs, clients } };
      phases[fault].push(await phase(setting, fault, () => load.run(order)));
    }
    await recovered(setting);
    const shown = `${rateOf(well).toFixed(0)} a second; held for ${well.loop.maxMs.toFixed(0)} ms`;
    context.say(`logins ${round}/${context.rounds}: ${shown}`);
  }
  return phases;
}

/** Each user once, all at the same time. */
function loginsOfAll({ load, port }: Setting): Promise<readonly LoginTime[]> {
  return load.run({ port, users });
}

async function phase(
  { relay, loop, pid, session }: Setting,
  fault: Fault,
  work: () => Promise<readonly LoginTime[]>,
): Promise<Phase> {
  await relay.have(fault);
  await loop.take(pid);
  const startMs = performance.now();
  const { result: times, callMs } = await callsMeanwhile(session, work());
  const seconds = (performance.now() - startMs) / 1000;
  for (const { refusal } of times) {
    const isClear = refusal === undefined || /LDAP/.test(refusal);
    requireAnswer(isClear, `a login while the directory is ${fault}`, refusal);
  }
  return { times, seconds, callMs, loop: await loop.take(pid) };
}

/** The directory is well again, and the gateway has seen it. */
async function recovered(setting: Setting): Promise<void> {
  await setting.relay.have('none');
  const until = performance.now() + 30_000;
  for (;;) {
    const { refusal } = await timedLogin(setting.port, sessionUser);
    if (refusal === undefined) break;
    requireAnswer(performance.now() < until, 'a login after all faults', refusal);
  }
  await loginsOfAll(setting);
}

const rateOf = ({ times, seconds }: Phase): number => times.length / seconds;
const failuresOf = (phase: Phase): number[] =>
  phase.times.filter(({ refusal }) => refusal !== undefined).map(({ ms }) => ms);
/** For a phase without one: nothing took any time. */
const longest = (ms: readonly number[]): number => Math.max(0, ...ms);

function report(phases: Phases): PartReport {
  const each = (fault: keyof Phases, figure: (phase: Phase) => number): number[] =>
    phases[fault].map(figure);
  const loopRows = (fault: keyof Phases, when: string): string[][] => [
    seriesRow(
      `${when}: event loop late, p99, ms`,
      each(fault, ({ loop }) => loop.p99Ms),
      1,
    ),
    seriesRow(
      `${when}: event loop late, longest, ms`,
      each(fault, ({ loop }) => loop.maxMs),
      1,
    ),
    seriesRow(
      `${when}: event loop at work, longest, ms`,
      each(fault, ({ loop }) => loop.busyMs),
      1,
    ),
    seriesRow(`${when}: call of an open session, p99, ms`, each(fault, callP99), 1),
    seriesRow(`${when}: call of an open session, longest, ms`, each(fault, callLongest), 1),
  ];
  return {
    title: 'Logins by LDAP',
    how: `OpenLDAP’s slapd on this machine, behind a relay that can have faults; the gateway finds users by the service account’s search, remembers no login, and takes a server that failed back into turn after half a second. ${users.length} users log in over binary connections of their own, all at once, with the pool warm. With a fault, ${clients} clients log in again and again, whose logins are accepted or have to fail with a reason that names LDAP. All the while one open session asks GetInfo, whose every answer is compared. How late the event loop is, is told by perf_hooks within the gateway’s process; that contains what other processes take of the processors. What it is at work is its own thread’s processor time from one timer to the next, due every 5 ms.`,
    table: {
      columns: ['logins', 'median', 'min', 'max', 'rounds'],
      rows: [
        seriesRow('well: logins a second', each('none', rateOf), 0),
        ...loopRows('none', 'well'),
        ...faultNames.flatMap((fault) => [
          seriesRow(`${fault}: accepted`, each(fault, accepted), 0),
          seriesRow(
            `${fault}: failed`,
            each(fault, (seen) => failuresOf(seen).length),
            0,
          ),
          seriesRow(
            `${fault}: longest until a login has failed, ms`,
            each(fault, (seen) => longest(failuresOf(seen))),
            0,
          ),
          ...loopRows(fault, fault),
        ]),
      ],
    },
    marks: marks(phases),
    notes: faultNames.map((fault) => `${fault}: ${faults[fault]}.`),
  };
}

const accepted = (phase: Phase): number => phase.times.length - failuresOf(phase).length;
const callP99 = ({ callMs }: Phase): number => quantile(callMs, 0.99);
const callLongest = ({ callMs }: Phase): number => longest(callMs);

function marks(phases: Phases): Mark[] {
  const rate = median(phases.none.map(rateOf));
  const failureMs = median(phases.down.map((seen) => longest(failuresOf(seen))));
  return [
    {
      what: `LDAP logins of ${users.length} users, none remembered`,
      figure: `${rate.toFixed(0)} a second`,
      limit: `at least ${leastLoginsPerSecond} a second`,
      isMet: rate >= leastLoginsPerSecond,
    },
    {
      what: 'LDAP down: longest until a login has failed',
      figure: `${failureMs.toFixed(0)} ms`,
      limit: `at most ${mostFailureMs} ms`,
      isMet: failureMs <= mostFailureMs,
    },
    ...(['none', ...faultNames] as const).map((fault) => {
      const heldMs = median(phases[fault].map(({ loop }) => loop.maxMs));
      const busyMs = median(phases[fault].map(({ loop }) => loop.busyMs));
      return {
        what: `event loop’s longest block, LDAP ${fault === 'none' ? 'well' : fault}`,
        figure: `${heldMs.toFixed(1)} ms, at work for ${busyMs.toFixed(1)} ms`,
        limit: `at most ${mostHeldMs} ms`,
        isMet: heldMs <= mostHeldMs,
      };
    }),
  ];
}
