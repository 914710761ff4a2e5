import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, type ChildrenSeen } from '../test/support/child-processes.ts';
import { makeTempDir, removeTempDir } from '../test/support/temp-dir.ts';
import { startBenchGateway } from './bench-gateway.ts';
import { startExternalZooKeeper } from './external-zookeeper.ts';
import { type ClusterAnswer, LaunchCluster } from './launch-cluster.ts';
import { LaunchClients, type Opening } from './launch-clients.ts';
import type { FleetName } from './launch-fleets.ts';
import { LoopDelay, type LoopDelays } from './loop-delay.ts';
import { type BenchContext, requireAnswer } from './part.ts';
import { cpuSeconds } from './process-cpu.ts';
import { rssBytes } from './process-memory.ts';
import { UntilStopped } from './until-stopped.ts';

export interface OpeningsOptions {
  readonly kind: FleetName;
  /** How long an engine takes until it registers, once the cluster has taken it. */
  readonly startMs: number;
  readonly maxLaunches?: number;
  /** One session each, by connections of their own. */
  readonly users: number;
  /** Over which they begin, evenly. */
  readonly openingMs: number;
  /** How long engines are waited for after that; undefined: until all are there. */
  readonly waitMs?: number;
  /** The gateway's settings. */
  readonly conf: Readonly<Record<string, string>>;
}

/** What was seen of the gateway while its users opened their sessions. */
export interface OpenedRound {
  readonly openings: readonly Opening[];
  readonly loop: LoopDelays;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Processes that the gateway started, from its first user on. */
  readonly children: number;
}

/** All of it still runs. */
interface Opened extends Omit<OpenedRound, 'children'> {
  readonly cluster: LaunchCluster;
  readonly seen: ClusterAnswer;
  /** The gateway's. */
  readonly pid: number;
}

/** A gateway with a cluster in which nothing runs, and users who open sessions there; `afterwards` measures what comes then. */
export async function withOpenings<More extends object>(
  context: BenchContext,
  { kind, startMs, maxLaunches, users, openingMs, waitMs, conf }: OpeningsOptions,
  afterwards: (opened: Opened) => Promise<More>,
): Promise<More & Pick<OpenedRound, 'children'>> {
  await using started = new UntilStopped();
  const dir = makeTempDir('launches');
  started.add(() => removeTempDir(dir));
  const zooKeeper = started.stopped(await startExternalZooKeeper(context));
  const cluster = started.stopped(
    await LaunchCluster.start({
      ...{ kind, zooKeeper: zooKeeper.addresses, startMs },
      ...(maxLaunches === undefined ? {} : { maxLaunches }),
    }),
  );
  const loop = new LoopDelay(dir);
  const gateway = started.stopped(
    await startBenchGateway(
      loop.watching(context),
      {
        'kyuubi.ha.addresses': zooKeeper.addresses,
        'torii.clusters.path': cluster.clustersFile,
        ...conf,
      },
      cluster.environment,
    ),
  );
  const { pid } = gateway.process;
  await untilAlone(pid);
  const clients = started.stopped(new LaunchClients());
  await cluster.forget();
  await loop.take(pid);
  const cpuBefore = cpuSeconds(pid);
  const children = new ChildWatch(pid);
  const openings = await clients.run({
    ...{ port: gateway.port, durationMs: openingMs, waitMs },
    users: Array.from({ length: users }, (_, at) => `user${at}`),
  });
  const more = await afterwards({
    ...{ openings, cluster, pid, cpuSeconds: cpuSeconds(pid) - cpuBefore },
    ...{ seen: await cluster.seen(), loop: await loop.take(pid), rssBytes: rssBytes(pid) },
  });
  return { ...more, children: children.stop() };
}

export const openMs = ({ openings }: OpenedRound): number[] =>
  openings.map((opening) => opening.openMs);
export const waited = ({ openings }: OpenedRound): Opening[] =>
  openings.filter(({ place }) => place !== undefined);
export const mostQueued = (round: OpenedRound): number =>
  Math.max(0, ...waited(round).map(({ place = 0 }) => place + 1));

/** A gateway prepares itself after its start, with programs of its own. */
async function untilAlone(pid: number): Promise<void> {
  const until = performance.now() + 120_000;
  while (childrenOf(pid).present > 0) {
    requireAnswer(performance.now() < until, 'the gateway’s start', 'programs that do not end');
    await sleep(200);
  }
}

/** Counts processes that a process starts: those that are there at a look, and one for all that came and went between. */
class ChildWatch {
  readonly #pid: number;
  readonly #before: ChildrenSeen;
  readonly #timer: NodeJS.Timeout;
  #most = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#before = childrenOf(pid);
    this.#timer = setInterval(() => this.#look(), 50);
  }

  stop(): number {
    clearInterval(this.#timer);
    const { endedFaults } = this.#look();
    const hasEnded = endedFaults > this.#before.endedFaults;
    return Math.max(this.#most, hasEnded ? 1 : 0);
  }

  #look(): ChildrenSeen {
    const seen = childrenOf(this.#pid);
    this.#most = Math.max(this.#most, seen.present - this.#before.present);
    return seen;
  }
}
