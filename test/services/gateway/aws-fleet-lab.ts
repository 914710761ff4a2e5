import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../../src/core/clock.ts';
import type { Discovery, LaunchIntent } from '../../../src/discovery/discovery.ts';
import type { SeenCall } from '../../support/aws/faults.ts';
import type { FleetKind } from '../../support/aws/fleet-kinds.ts';
import { AwsFleet, type AwsFleetOptions } from '../../support/aws/pretended-fleet.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { connectHs2, type Hs2Session } from '../../support/hs2-client.ts';
import { pretendedStatement } from '../../support/pretended-engines.ts';
import { newSecret } from '../../support/secrets.ts';
import { zooKeeperHarness, type ZooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

/** Longer than anything takes that is waited for here: a lost session, an abandoned launch, a round of the reconciler. */
export const wait = { timeout: 30_000, interval: 50 };

const engineRoot = '/kyuubi_1_USER_SPARK_SQL';
export const reconcileEveryMs = 3_000;
export const reconcileGraceMs = 500;

/** Whole gateways with EMR that runs nothing, and ZooKeeper in which all of them meet. */
export class AwsFleetLab {
  readonly fleet: AwsFleet;
  readonly #zooKeeper: ZooKeeperServer;
  readonly #harness: ZooKeeperHarness;
  readonly #discovery: Discovery;
  readonly #kind: FleetKind;
  /** Those that were stopped are not stopped again. */
  readonly #running = new Set<RunningGateway>();
  /** Jobs that nobody owned when they were looked at, by their tags: for how long. */
  readonly #strays = new Map<string, { readonly sinceMs: number; untilMs: number }>();
  readonly #looking = new AbortController();
  readonly #looks: Promise<void>;

  static async start(options: Omit<AwsFleetOptions, 'zooKeeper'>): Promise<AwsFleetLab> {
    const zooKeeper = await ZooKeeperServer.start();
    const harness = await zooKeeperHarness(zooKeeper.addresses);
    const discovery = await harness.newDiscovery();
    const fleet = await AwsFleet.start({ ...options, zooKeeper: zooKeeper.addresses });
    return new AwsFleetLab(options.kind, fleet, zooKeeper, harness, discovery);
  }

  private constructor(
    kind: FleetKind,
    fleet: AwsFleet,
    zooKeeper: ZooKeeperServer,
    harness: ZooKeeperHarness,
    discovery: Discovery,
  ) {
    this.fleet = fleet;
    this.#zooKeeper = zooKeeper;
    this.#harness = harness;
    this.#discovery = discovery;
    this.#kind = kind;
    this.#looks = this.#lookForStrays();
  }

  async gateway(
    conf: Readonly<Record<string, string>> = {},
    environment: Readonly<Record<string, string>> = this.fleet.environment,
  ): Promise<RunningGateway> {
    const gateway = await startGateway({
      conf: {
        'kyuubi.ha.addresses': this.#zooKeeper.addresses,
        'kyuubi.ha.zookeeper.session.timeout': '2000',
        'kyuubi.session.engine.initialize.timeout': 'PT12S',
        'torii.engine.security.secret.file': join(this.fleet.aws.dir, 'master.secret'),
        'torii.clusters.path': this.fleet.clustersFile,
        'torii.clusters.reconcile.interval': `PT${reconcileEveryMs / 1000}S`,
        'torii.clusters.reconcile.grace': `PT${reconcileGraceMs / 1000}S`,
        'torii.clusters.reconcile.abandoned.after': 'PT13S',
        ...conf,
      },
      env: environment,
    });
    this.#running.add(gateway);
    return gateway;
  }

  async open(gateway: RunningGateway, user: string): Promise<Hs2Session> {
    const client = await connectHs2({ port: gateway.port, user, password: newSecret() });
    return client.openSession();
  }

  async answers(gateway: RunningGateway, user: string): Promise<void> {
    await this.isAnswered(await this.open(gateway, user));
  }

  async isAnswered(session: Hs2Session): Promise<void> {
    const { rows } = await session.run(pretendedStatement);
    if (rows[0]?.[0] !== 1) throw new Error(`the answer is ${JSON.stringify(rows)}`);
  }

  async kill(gateway: RunningGateway): Promise<void> {
    this.#running.delete(gateway);
    gateway.process.signal('SIGKILL');
    await gateway.process.exited;
    await gateway.stop().then(
      () => {
        throw new Error('it ended well');
      },
      (failure: unknown) => {
        if (!String(failure).includes('"signal":"SIGKILL"')) throw failure;
      },
    );
  }

  /** Every call that starts an engine for the user, as long as `isOn` says so. */
  startsFor(user: string, isOn = (): boolean => true): (call: SeenCall) => boolean {
    const { starts, userOf } = this.#kind;
    return ({ service, operation, input }) =>
      `${service}:${operation}` === starts && userOf(input) === user && isOn();
  }

  async untilAsked(user: string): Promise<void> {
    const { faults } = this.fleet.aws;
    const isMeant = this.startsFor(user);
    await until(() => faults.calls.some(isMeant), true, `no call for ${user}`);
  }

  tagsOf(user: string): string[] {
    return this.fleet.alive().flatMap((job) => (job.user === user ? [job.tag] : []));
  }

  async intentsOf(user: string): Promise<LaunchIntent[]> {
    const { intents } = await this.#discovery.survey(engineRoot);
    return intents.flatMap(({ paths, intent }) =>
      paths.space.split('/').includes(user) ? [intent] : [],
    );
  }

  /** Every job is named by an intent, and each user has as many as expected. */
  async untilTidy(expected: Readonly<Record<string, number>>): Promise<void> {
    const look = async () => {
      const found = Object.keys(expected).map((user) => [user, this.tagsOf(user).length]);
      return { strays: (await this.#straysNow()).length, ...Object.fromEntries(found) };
    };
    await until(look, { strays: 0, ...expected }, 'jobs without an owner, and those of users');
  }

  /** How long each job was alive that nobody owned, by its tag, in milliseconds. */
  strayMs(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#strays].map(([tag, { sinceMs, untilMs }]) => [tag, untilMs - sinceMs]),
    );
  }

  async stop(): Promise<void> {
    this.#looking.abort();
    await this.#looks;
    await Promise.all([...this.#running].map((gateway) => gateway.stop()));
    await this.fleet.stop();
    await this.#harness.stop();
    await this.#zooKeeper.stop();
  }

  /** Intents are written before their jobs, and so they are read after them. */
  async #straysNow(): Promise<readonly string[]> {
    const alive = this.fleet.alive().map(({ tag }) => tag);
    const { intents } = await this.#discovery.survey(engineRoot);
    const wanted = new Set(intents.map(({ intent }) => intent.tag));
    return alive.filter((tag) => !wanted.has(tag));
  }

  async #lookForStrays(): Promise<void> {
    const { signal } = this.#looking;
    while (!signal.aborted) {
      const nowMs = performance.now();
      for (const tag of await this.#straysNow()) {
        const known = this.#strays.get(tag);
        if (known === undefined) this.#strays.set(tag, { sinceMs: nowMs, untilMs: nowMs });
        else known.untilMs = nowMs;
      }
      await systemClock.sleep(100, signal).catch(() => undefined); // the end of the lab
    }
  }
}

/** Throws what was found last where it does not become what is wanted. */
export async function until<Found>(
  look: () => Found | Promise<Found>,
  wanted: Found,
  what: string,
): Promise<void> {
  const endMs = performance.now() + wait.timeout;
  for (;;) {
    const found = await look();
    if (isDeepStrictEqual(found, wanted)) return;
    if (performance.now() > endMs) throw new Error(`${what}: ${JSON.stringify(found)}`);
    await systemClock.sleep(wait.interval);
  }
}
