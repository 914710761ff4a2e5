import { createHash, randomUUID } from 'node:crypto';
import type { ReconcileConfig } from './config/gateway-config.ts';
import type { Settings } from './config/entry.ts';
import type { Clock } from './core/clock.ts';
import { toGatewayError } from './core/errors.ts';
import type { Discovery } from './discovery/discovery.ts';
import type { EngineClusters } from './engine/engine-clusters.ts';
import { engineRoots } from './engine/engine-ref.ts';
import { Engines } from './engine/engines.ts';
import type { EngineSettings } from './engine/engines.ts';
import { ClusterLauncher } from './launch/cluster-launcher.ts';
import type { JobPlatform, JobView } from './launch/job-platform.ts';
import type { EngineLauncher } from './launch/launcher.ts';
import type { MainResource } from './launch/main-resource.ts';
import { Reconciler } from './launch/reconciler.ts';
import type { ClusterSpec } from './preset/cluster-spec.ts';
import type { Placements } from './preset/placement.ts';
import type { Log } from './telemetry/log.ts';

/** What the kind of a cluster decides. */
export interface ClusterKind {
  readonly platform: JobPlatform;
  /** Settings that it demands, whatever anybody else says. */
  readonly kindConf: Settings;
  readonly mainOf: (conf: Settings) => MainResource;
}

export interface GatewayClustersOptions {
  readonly placements: Placements;
  readonly engines: EngineClusters;
  /** The gateway's own store, for clusters that name no other. */
  readonly discovery: Discovery;
  readonly newDiscovery: (addresses: string) => Discovery;
  readonly settingsOf: (spec: ClusterSpec) => EngineSettings;
  /** Undefined for a cluster whose engines run on the gateway's own host. */
  readonly kindOf: (spec: ClusterSpec, fleet: string) => Promise<ClusterKind | undefined>;
  readonly ownEngines: (spec: ClusterSpec, settings: EngineSettings) => Engines;
  /** What stands between the engines of a cluster and its launcher. */
  readonly watched?: (launcher: EngineLauncher) => EngineLauncher;
  readonly namespace: string;
  readonly spaceVersion: string;
  readonly reconcile: ReconcileConfig;
  readonly secretKeys: RegExp;
  readonly serverOnlyPrefixes: readonly string[];
  /** Told once for the whole fleet of each engine that has ended. */
  readonly onEngineEnd: (cluster: string, job: JobView) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** One cluster at work. */
interface Running {
  /** What of its description decides how it is spoken to: another text, another set of parts. */
  readonly description: string;
  /** Lets launches that are under way come to their ends, then ends. */
  retire(): Promise<void>;
  stop(): Promise<void>;
}

/** How long a cluster that could not be set up is left alone. */
const retryMs = 15_000;
/** How often a cluster that is replaced is asked whether its last launch is over. */
const drainPollMs = 1_000;

/** Makes the parts of each configured cluster, anew where its description changes, and ends them. */
export class GatewayClusters {
  readonly #options: GatewayClustersOptions;
  readonly #running = new Map<string, Running>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #change: Promise<void> = Promise.resolve();

  constructor(options: GatewayClustersOptions) {
    this.#options = options;
  }

  /** A cluster that can't be set up now keeps neither the gateway nor the others from starting: it is tried again. */
  async start(): Promise<void> {
    this.#options.placements.onChange(() => this.#follow());
    this.#follow();
    await this.#change;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#change;
    await Promise.all([
      ...this.#retiring,
      ...[...this.#running.values()].map((each) => each.stop()),
    ]);
  }

  /** One change after the other. */
  #follow(): void {
    this.#change = this.#change.then(() => this.#apply());
  }

  async #apply(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const specs = [...this.#options.placements.clusters().values()];
    const results = await Promise.all(specs.map((spec) => this.#setUp(spec)));
    if (results.includes('failed')) void this.#tryLater();
  }

  async #tryLater(): Promise<void> {
    try {
      await this.#options.clock.sleep(retryMs, this.#stopping.signal);
    } catch {
      return; // the gateway stops
    }
    this.#follow();
  }

  async #setUp(spec: ClusterSpec): Promise<'ready' | 'failed'> {
    const { engines, log } = this.#options;
    const description = describe(spec);
    const before = this.#running.get(spec.name);
    if (before?.description === description) return 'ready';
    try {
      this.#running.set(spec.name, await this.#make(spec, description));
    } catch (thrown) {
      const err = toGatewayError(thrown);
      engines.setTrouble(spec.name, err);
      log.error({ cluster: spec.name, err, retryMs }, 'cluster not set up');
      return 'failed';
    }
    log.info({ cluster: spec.name, kind: spec.kind }, 'cluster ready');
    if (before !== undefined) this.#retire(before);
    return 'ready';
  }

  #retire(running: Running): void {
    const retired = running.retire().finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }

  async #make(spec: ClusterSpec, description: string): Promise<Running> {
    const { engines, settingsOf, ownEngines, kindOf, watched, clock, log } = this.#options;
    const settings = settingsOf(spec);
    if (spec.kind === 'local') {
      engines.set(spec.name, ownEngines(spec, settings));
      const nothing = (): Promise<void> => Promise.resolve();
      return { description, retire: nothing, stop: nothing };
    }
    const stops: (() => Promise<void>)[] = [];
    const stop = async (): Promise<void> => {
      for (const end of stops.splice(0).toReversed()) {
        await end().catch((thrown: unknown) =>
          log.warn({ cluster: spec.name, err: toGatewayError(thrown) }, 'stop failed'),
        );
      }
    };
    try {
      const discovery = await this.#discoveryOf(spec, stops);
      const fleet = await this.#fleetOf(discovery);
      const kind = await kindOf(spec, fleet);
      if (kind === undefined) throw new Error(`no launcher for clusters of kind ${spec.kind}`);
      const launcher = this.#launcher(spec, kind, fleet, () => reconciler?.isLeader !== false);
      const reconciler = this.#reconciler(spec, launcher, discovery);
      launcher.start();
      stops.push(() => launcher.stop());
      reconciler?.start();
      stops.push(() => reconciler?.stop() ?? Promise.resolve());
      const here = new Engines({
        discovery,
        launcher: watched?.(launcher) ?? launcher,
        clock,
        settings,
      });
      engines.set(spec.name, here);
      const retire = async (): Promise<void> => {
        await reconciler?.stop(); // another of this gateway's takes its place
        const { signal } = this.#stopping;
        while (here.searching > 0 && !signal.aborted) {
          await clock.sleep(drainPollMs, signal).catch(() => {});
        }
        await stop();
      };
      return { description, retire, stop };
    } catch (thrown) {
      await stop();
      throw thrown;
    }
  }

  async #discoveryOf(spec: ClusterSpec, stops: (() => Promise<void>)[]): Promise<Discovery> {
    const { discovery, newDiscovery } = this.#options;
    if (spec.zookeeper === undefined) return discovery;
    const own = newDiscovery(spec.zookeeper);
    stops.push(() => own.stop());
    await own.start(AbortSignal.timeout(discoveryStartMs));
    return own;
  }

  /**
   * What tells this fleet's jobs from those of others on the same cluster: a text in ZooKeeper that all gateways of the same
   * namespace share. Two fleets with the same namespace in different ensembles have different ones.
   */
  async #fleetOf(discovery: Discovery): Promise<string> {
    const { namespace, spaceVersion } = this.#options;
    const name = namespace.replace(/^\/+|\/+$/g, '');
    const id = await discovery.sharedText(`/${name}_${spaceVersion}_fleet`, randomUUID());
    return createHash('sha256').update(id).digest('hex').slice(0, 12);
  }

  #launcher(
    spec: ClusterSpec,
    kind: ClusterKind,
    fleet: string,
    tellsEnds: () => boolean,
  ): ClusterLauncher {
    const { secretKeys, serverOnlyPrefixes, onEngineEnd, clock, log } = this.#options;
    return new ClusterLauncher({
      cluster: spec.name,
      ...kind,
      fleet,
      limits: spec.limits,
      environment: spec.environment,
      secretKeys,
      serverOnlyPrefixes,
      onEnded: (job) => {
        if (tellsEnds()) onEngineEnd(spec.name, job);
      },
      clock,
      log,
    });
  }

  #reconciler(
    spec: ClusterSpec,
    launcher: ClusterLauncher,
    discovery: Discovery,
  ): Reconciler | undefined {
    const { reconcile, namespace, spaceVersion, clock, log } = this.#options;
    const { mode, periodMs, graceMs, abandonedAfterMs } = reconcile;
    if (mode === 'off') return undefined;
    const name = namespace.replace(/^\/+|\/+$/g, '');
    return new Reconciler({
      cluster: spec.name,
      jobs: {
        list: (signal) => launcher.listed(signal),
        kill: (tag, signal) => launcher.kill(tag, signal),
      },
      discovery,
      roots: engineRoots({ namespace, spaceVersion }),
      lockPath: `/${name}_${spaceVersion}_reconcile_lock/${spec.name}`,
      mode,
      periodMs,
      graceMs,
      abandonedAfterMs,
      clock,
      log,
    });
  }
}

const discoveryStartMs = 30_000;

/** Sets and maps have no JSON of their own. */
function describe(spec: ClusterSpec): string {
  return JSON.stringify(spec, (_key, value: unknown) => {
    if (value instanceof Map || value instanceof Set) return [...value] as unknown[];
    return value;
  });
}
