import { serverlessFleet } from '../test/support/aws/fleet-kinds.ts';
import { AwsFleet } from '../test/support/aws/pretended-fleet.ts';
import { publishedRates } from '../test/support/aws/rate-limits.ts';
import { PretendedFleet } from '../test/support/pretended-fleet.ts';

export interface FleetOptions {
  readonly zooKeeper: string;
  /** How long an engine takes from the moment in which the cluster has taken it until it registers. */
  readonly startMs: number;
  readonly maxLaunches: number | undefined;
}

/** A cluster in which nothing runs and every engine registers. */
export interface Fleet {
  readonly clustersFile: string;
  /** What a gateway that uses it has in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** How often each thing was asked of it. */
  requests(): Readonly<Record<string, number>>;
  /** Engines' pods or jobs that are not on their way out. */
  alive(): number;
  registered(): number;
  /** What else there is to count. */
  figures(): Readonly<Record<string, number>>;
  /** Counts from now on. */
  forget(): void;
  stop(): Promise<void>;
}

export const fleets = {
  kubernetes: startKubernetesFleet,
  'emr-serverless': startServerlessFleet,
} satisfies Readonly<Record<string, (options: FleetOptions) => Promise<Fleet>>>;

export type FleetName = keyof typeof fleets;

async function startKubernetesFleet(options: FleetOptions): Promise<Fleet> {
  const { maxLaunches, ...rest } = options;
  const fleet = await PretendedFleet.start({
    ...rest,
    ...(maxLaunches === undefined ? {} : { maxLaunches }),
  });
  const { kubernetes, engines } = fleet;
  const podWatches = (): number =>
    kubernetes.openWatches.filter(({ resource }) => resource.plural === 'pods').length;
  let mostWatches = 0;
  const sampling = setInterval(() => {
    mostWatches = Math.max(mostWatches, podWatches());
  }, 100);
  return {
    clustersFile: fleet.clustersFile,
    environment: {},
    requests: () => fleet.requests(),
    alive: () => fleet.drivers().length,
    registered: () => engines.count('registered'),
    figures: () => ({ mostWatches }),
    forget: () => {
      kubernetes.faults.forgetRequests();
      mostWatches = podWatches();
    },
    stop: () => {
      clearInterval(sampling);
      return fleet.stop();
    },
  };
}

async function startServerlessFleet({
  zooKeeper,
  startMs,
  maxLaunches,
}: FleetOptions): Promise<Fleet> {
  const kind = serverlessFleet;
  const fleet = await AwsFleet.start({
    ...{ kind, zooKeeper, startMs, rates: publishedRates },
    cluster: maxLaunches === undefined ? {} : { limits: { maxLaunches } },
  });
  const { faults } = fleet.aws;
  return {
    clustersFile: fleet.clustersFile,
    environment: fleet.environment,
    requests: () => fleet.requests(),
    alive: () => fleet.alive().length,
    registered: () => fleet.engines.count('registered'),
    figures: () => {
      const lists = faults.calls.filter(
        ({ service, operation }) => `${service}:${operation}` === kind.lists,
      );
      const seconds = ((lists.at(-1)?.atMs ?? 0) - (lists[0]?.atMs ?? 0)) / 1000;
      const throttled = faults.calls.filter(({ code }) => code === 'ThrottlingException');
      return {
        listsPerSecond: lists.length < 2 ? 0 : (lists.length - 1) / seconds,
        throttled: throttled.length,
      };
    },
    forget: () => faults.forgetCalls(),
    stop: () => fleet.stop(),
  };
}
