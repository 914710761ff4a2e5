import { createHash, randomUUID } from 'node:crypto';
import type { ReconcileConfig } from './config/gateway-config.ts';
import type { Settings } from './config/entry.ts';
import type { Clock } from './core/clock.ts';
import { toGatewayError } from './core/errors.ts';
import type { Discovery } from './discovery/discovery.ts';
import type { EngineClusters } from './engine/engine-clusters.ts';
import { engineRoots, fleetRoot } from './engine/engine-ref.ts';
import { Engines } from './engine/engines.ts';
import type { EngineSettings } from './engine/engines.ts';
import { ClusterLauncher } from './launch/cluster-launcher.ts';
import { EngineBills } from './launch/engine-bills.ts';
import type { EngineBill } from './launch/engine-bills.ts';
import type { JobPlatform } from './launch/job-platform.ts';
import type { EngineLauncher } from './launch/launcher.ts';
import type { MainResource } from './launch/main-resource.ts';
import { Reconciler } from './launch/reconciler.ts';
import type { ClusterSpec } from './preset/cluster-spec.ts';
import { shortDigest } from './preset/digest.ts';
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
  /**
   * Writes down the end of an engine, for which one gateway of the fleet is asked; false when that could not be done now.
   * Undefined where nobody wants to know.
   */
  readonly tellBill: ((cluster: ClusterSpec, bill: EngineBill) => Promise<boolean>) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** One cluster at work. */
interface Running {
  /** Of its description: another one needs another set of parts. */
  readonly digest: string;
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
    await this.#lookForForgotten();
  }

  /** Engines that only a cluster could tell of which nobody has any more: they leave no bill, and somebody should know. */
  async #lookForForgotten(): Promise<void> {
    const { tellBill, discovery, placements, log } = this.#options;
    if (tellBill === undefined) return;
    const folder = `${fleetRoot(this.#options)}_bills`;
    try {
      for (const name of await discovery.noteNames(folder)) {
        const spec = placements.clusters().get(name);
        if (spec !== undefined && spec.kind !== 'local') continue;
        const path = `${folder}/${name}`;
        const { length: engines } = await discovery.noteNames(path);
        if (engines > 0)
          log.warn({ cluster: name, engines, path }, 'engines of no cluster unbilled');
      }
    } catch (thrown) {
      log.warn({ path: folder, err: toGatewayError(thrown) }, 'notes of bills not looked through');
    }
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
    // Prices change nothing of how a cluster is spoken to.
    const digest = shortDigest({ ...spec, prices: undefined });
    const before = this.#running.get(spec.name);
    if (before?.digest === digest) return 'ready';
    try {
      this.#running.set(spec.name, await this.#make(spec, digest));
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

  async #make(spec: ClusterSpec, digest: string): Promise<Running> {
    const { engines, settingsOf, ownEngines, kindOf, watched, clock, log } = this.#options;
    const settings = settingsOf(spec);
    if (spec.kind === 'local') {
      engines.set(spec.name, ownEngines(spec, settings));
      const nothing = (): Promise<void> => Promise.resolve();
      return { digest, retire: nothing, stop: nothing };
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
      const launcher: ClusterLauncher = this.#launcher(spec, kind, fleet, () => bills);
      const bills = this.#bills(spec, launcher, discovery);
      const reconciler = this.#reconciler(spec, launcher, discovery);
      launcher.start();
      stops.push(() => launcher.stop());
      for (const each of [bills, reconciler]) {
        each?.start();
        stops.push(() => each?.stop() ?? Promise.resolve());
      }
      const here = new Engines({
        discovery,
        launcher: watched?.(launcher) ?? launcher,
        clock,
        settings,
      });
      engines.set(spec.name, here);
      const retire = async (): Promise<void> => {
        // Others of this gateway take their places.
        await Promise.all([reconciler?.stop(), bills?.stop()]);
        const { signal } = this.#stopping;
        while (here.searching > 0 && !signal.aborted) {
          await clock.sleep(drainPollMs, signal).catch(() => {});
        }
        await stop();
      };
      return { digest, retire, stop };
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
    const id = await discovery.sharedText(`${fleetRoot(this.#options)}_fleet`, randomUUID());
    return createHash('sha256').update(id).digest('hex').slice(0, 12);
  }

  #launcher(
    spec: ClusterSpec,
    kind: ClusterKind,
    fleet: string,
    bills: () => EngineBills | undefined,
  ): ClusterLauncher {
    const { secretKeys, serverOnlyPrefixes, clock, log } = this.#options;
    return new ClusterLauncher({
      cluster: spec.name,
      ...kind,
      fleet,
      limits: spec.limits,
      environment: spec.environment,
      secretKeys,
      serverOnlyPrefixes,
      onTaken: (job) => bills()?.taken(job),
      onEnded: (job) => bills()?.ended(job),
      clock,
      log,
    });
  }

  #bills(
    spec: ClusterSpec,
    launcher: ClusterLauncher,
    discovery: Discovery,
  ): EngineBills | undefined {
    const { tellBill, placements, clock, log } = this.#options;
    if (tellBill === undefined) return undefined;
    return new EngineBills({
      cluster: spec.name,
      jobs: launcher,
      discovery,
      folder: this.#pathOf(spec, 'bills'),
      lockPath: this.#pathOf(spec, 'bills_lock'),
      // The prices may have changed since the cluster was set up.
      tell: (bill) => tellBill(placements.clusters().get(spec.name) ?? spec, bill),
      clock,
      log,
    });
  }

  #reconciler(
    spec: ClusterSpec,
    launcher: ClusterLauncher,
    discovery: Discovery,
  ): Reconciler | undefined {
    const { reconcile, clock, log } = this.#options;
    const { mode, periodMs, graceMs, abandonedAfterMs } = reconcile;
    if (mode === 'off') return undefined;
    return new Reconciler({
      cluster: spec.name,
      jobs: {
        list: (signal) => launcher.listed(signal),
        kill: (tag, signal) => launcher.kill(tag, signal),
      },
      discovery,
      roots: engineRoots(this.#options),
      lockPath: this.#pathOf(spec, 'reconcile_lock'),
      mode,
      periodMs,
      graceMs,
      abandonedAfterMs,
      clock,
      log,
    });
  }

  /** What the gateways of a fleet share of one cluster beside its engines. */
  #pathOf(spec: ClusterSpec, what: string): string {
    return `${fleetRoot(this.#options)}_${what}/${spec.name}`;
  }
}

const discoveryStartMs = 30_000;
