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
  stop(): Promise<void>;
}

/** Makes the parts of each configured cluster, anew where its description changes, and ends them. */
export class GatewayClusters {
  readonly #options: GatewayClustersOptions;
  readonly #running = new Map<string, Running>();
  #change: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: GatewayClustersOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#options.placements.onChange(() => this.#follow());
    await this.#apply();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#change;
    await Promise.all([...this.#running.values()].map((each) => each.stop()));
  }

  /** One change after the other; a cluster that can't be set up keeps no other from it. */
  #follow(): void {
    this.#change = this.#change.then(() => this.#apply());
  }

  async #apply(): Promise<void> {
    if (this.#isStopped) return;
    const { placements, log } = this.#options;
    for (const spec of placements.clusters().values()) {
      const description = describe(spec);
      const before = this.#running.get(spec.name);
      if (before?.description === description) continue;
      try {
        const running = await this.#make(spec, description);
        this.#running.set(spec.name, running);
        await before?.stop();
        log.info({ cluster: spec.name, kind: spec.kind }, 'cluster ready');
      } catch (thrown) {
        log.error({ cluster: spec.name, err: toGatewayError(thrown) }, 'cluster not set up');
      }
    }
  }

  async #make(spec: ClusterSpec, description: string): Promise<Running> {
    const { engines, settingsOf, ownEngines, kindOf, clock, log } = this.#options;
    const settings = settingsOf(spec);
    if (spec.kind === 'local') {
      engines.set(spec.name, ownEngines(spec, settings));
      return { description, stop: () => Promise.resolve() };
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
      if (reconciler !== undefined) {
        reconciler.start();
        stops.push(() => reconciler.stop());
      }
      engines.set(spec.name, new Engines({ discovery, launcher, clock, settings }));
      return { description, stop };
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
