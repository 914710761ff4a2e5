import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedConfig } from './config/gateway-config.ts';
import { GatewayError, toGatewayError } from './core/errors.ts';
import { type Finding, failed, ok, type ProbeStep, warning } from './core/finding.ts';
import { runOnEngine } from './engine/engine-statement.ts';
import { Gateway } from './gateway.ts';
import type { DoctorParts } from './gateway-doctor-kinds.ts';
import type { EngineLauncher, LaunchState } from './launch/launcher.ts';
import { type LaunchMoment, WatchedLauncher } from './launch/watched-launcher.ts';
import type { ClusterSpec } from './preset/cluster-spec.ts';
import type { Placements } from './preset/placement.ts';
import type { Session } from './session/session.ts';
import type { Sessions } from './session/sessions.ts';

export interface ProbeParts extends DoctorParts {
  readonly cluster: ClusterSpec;
  /** Undefined: whoever runs the command. */
  readonly user: string | undefined;
  readonly preset: string | undefined;
}

type Tell = (step: ProbeStep) => void;

/** The number of TProtocolVersion V10, which all engines speak. */
const protocol = 9;
/** How long an engine that was told to end may still be there. */
const endLimitMs = 90_000;
/** Between two looks at the launch log, beside being woken. */
const lookMs = 500;

/**
 * Starts an engine as a session's is started, by a gateway without doors, with the share level CONNECTION: it belongs to this
 * probe alone. Ends it whatever happens; what may be left is among the findings.
 */
export async function probeLaunch(
  parts: ProbeParts,
  tell: Tell,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { cluster, loaded } = parts;
  if (
    cluster.kind !== 'local' &&
    (cluster.zookeeper ?? loaded.config.discovery.addresses) === undefined
  ) {
    const why = 'no engine was started: none could register in the ZooKeeper inside the gateway';
    return [failed(check, why, 'Set kyuubi.ha.addresses, or `zookeeper` of the cluster.')];
  }
  const dir = await mkdtemp(join(tmpdir(), 'torii-doctor-'));
  try {
    return await new Probe(parts, dir, tell).run(signal);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const check = 'probe engine';

class Probe {
  readonly #parts: ProbeParts;
  readonly #gateway: Gateway;
  readonly #tell: Tell;
  readonly #startedMs: number;
  /** Of the launch, once it was tried. */
  #launcher: EngineLauncher | undefined;
  #tag: string | undefined;
  #ref: string | undefined;

  constructor(parts: ProbeParts, dir: string, tell: Tell) {
    const { loaded, environment, osUser, clock, log } = parts;
    this.#parts = parts;
    this.#tell = tell;
    this.#startedMs = clock.monotonicMs();
    this.#gateway = new Gateway({
      ...{ environment, osUser, clock, log },
      loaded: probeConfig(loaded, dir),
      onDrained: () => undefined,
      reload: () => loaded,
      probe: {
        placements: (placements) => aloneOn(parts.cluster, placements),
        launcher: (launcher) => {
          const watched = new WatchedLauncher(launcher, (moment) =>
            this.#onMoment(moment, watched),
          );
          return watched;
        },
      },
    });
  }

  async run(signal: AbortSignal): Promise<readonly Finding[]> {
    let sessions: Sessions | undefined;
    let session: Session | undefined;
    const findings: Finding[] = [];
    try {
      sessions = await this.#gateway.startWithoutDoors(signal);
      session = await this.#open(sessions);
      findings.push(await this.#use(session, signal));
    } catch (thrown) {
      findings.push(signal.aborted ? warning(check, 'it was broken off') : troubleOf(thrown));
    } finally {
      try {
        if (session !== undefined) await sessions?.close(session, probeOver);
        findings.push(...(await this.#end()));
      } finally {
        await this.#gateway.stop();
      }
    }
    return findings;
  }

  async #open(sessions: Sessions): Promise<Session> {
    const { cluster, user, osUser, preset } = this.#parts;
    const clientAddress = '127.0.0.1';
    const { session, plan } = await sessions.open({
      principal: { user: user ?? osUser, isAuthenticated: true },
      configuration: new Map([
        ['kyuubi.session.cluster', cluster.name],
        ...(preset === undefined ? [] : [['torii.session.preset', preset] as const]),
      ]),
      clientAddress,
      protocol,
      connection: { clientAddress, holdsSessions: false },
    });
    const withPreset = plan.preset === undefined ? '' : ` with the preset ${plan.preset}`;
    this.#step('planned', `for ${plan.user}${withPreset}`);
    return session;
  }

  /** Waits for the engine and asks it something. */
  async #use(session: Session, signal: AbortSignal): Promise<Finding> {
    const { clock } = this.#parts;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const engine = await Promise.race([this.#ready(session), aborted.promise]);
      const { host, port } = engine.node;
      this.#step('connected', `${host}:${port}`);
      const upMs = clock.monotonicMs();
      const rows = await Promise.race([runOnEngine(engine, 'select 1'), aborted.promise]);
      const tookMs = clock.monotonicMs() - upMs;
      this.#step('first statement', 'select 1');
      if (Number(rows[0]?.[0]) !== 1)
        return failed(check, `"select 1" answered ${rows.length} rows`);
      const up = seconds(upMs - this.#startedMs);
      return ok(check, `it was up after ${up} and answered "select 1" in ${seconds(tookMs)}`);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Tells what the cluster says of the job, as its states come. */
  async #ready(session: Session) {
    const prefix = `[${this.#parts.cluster.kind} ${this.#parts.cluster.name}] `;
    const ready = session.whenReady();
    let isOver = false;
    const over = ready.then(
      () => (isOver = true),
      () => (isOver = true), // the caller hears of it below
    );
    let cursor = 0;
    for (;;) {
      const wasOver = isOver;
      const { lines, next } = session.launchLog.read(cursor, 0);
      cursor = next;
      for (const line of lines) {
        if (line.startsWith(prefix)) this.#step('cluster', line.slice(prefix.length));
      }
      if (wasOver) return ready;
      await Promise.race([over, session.launch.changed(lookMs)]);
    }
  }

  /** Sees the job to its end; says what is left where it does not come. */
  async #end(): Promise<readonly Finding[]> {
    const [launcher, tag] = [this.#launcher, this.#tag];
    if (launcher === undefined || tag === undefined) return [];
    const limit = AbortSignal.timeout(endLimitMs);
    const look = async (): Promise<LaunchState | undefined> =>
      (await launcher.inspect(new Set([tag]), limit)).get(tag);
    let state: LaunchState | undefined;
    try {
      state = await look();
      if (state?.kind !== 'ended') state = await launcher.ended(tag, limit);
    } catch {
      // What it was last is told below.
    }
    const job = this.#ref ?? `the job of launch ${tag}`;
    if (state?.kind === 'ended') {
      if (this.#ref === undefined) {
        // Refused, or its answer was lost: whether there ever was one is told with the launch.
        return [ok(`${check}, its end`, `the cluster has no job of launch ${tag} that is alive`)];
      }
      this.#step('ended', state.reason);
      return [ok(`${check}, its end`, `${job} has ended`)];
    }
    const seen = `${job} was told to end and was still ${state?.kind ?? 'unknown'} after ${seconds(endLimitMs)}`;
    return [failed(`${check}, its end`, seen, 'Look at it, and end it by hand if it stays.')];
  }

  #onMoment(moment: LaunchMoment, launcher: EngineLauncher): void {
    switch (moment.kind) {
      case 'submitted':
        this.#launcher = launcher;
        this.#tag = moment.tag;
        return this.#step('submitted', `as launch ${moment.tag}`);
      case 'accepted':
        this.#ref = moment.ref;
        return this.#step('accepted', moment.ref);
      case 'registered':
        return this.#step('registered', 'in ZooKeeper');
      case 'killed':
        return this.#step('told to end', '');
    }
  }

  #step(step: string, seen: string): void {
    const atMs = Math.round(this.#parts.clock.monotonicMs() - this.#startedMs);
    this.#tell({ step, atMs, seen });
  }
}

const probeOver = new GatewayError('SESSION_CLOSED', 'the probe is over');

function troubleOf(thrown: unknown): Finding {
  const { message, hint } = toGatewayError(thrown);
  return failed(check, message, hint);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** One cluster, and share level and pool of nobody else. */
function aloneOn(cluster: ClusterSpec, placements: Placements): Placements {
  const shared = ['kyuubi.session.engine.share.level', 'kyuubi.engine.pool.size'];
  const alone = (settings: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
    new Map([
      ...[...settings].filter(([key]) => !shared.includes(key)),
      ['kyuubi.engine.share.level', 'CONNECTION'],
    ]);
  return {
    place: (question) => placements.place(question),
    apply: (placement, session) => {
      const placed = placements.apply(placement, session);
      return {
        ...placed,
        launchConf: alone(placed.launchConf),
        settings: alone(placed.settings),
      };
    },
    resolve: (conf, references, signal) => placements.resolve(conf, references, signal),
    clusters: () => new Map([...placements.clusters()].filter(([name]) => name === cluster.name)),
    onChange: () => undefined, // a probe is over before that matters
  };
}

/** Of its own is all that gateways keep on their host; what they do for all of them is left to them. */
function probeConfig(loaded: LoadedConfig, dir: string): LoadedConfig {
  const { config } = loaded;
  const { audit, reconcile, installation, engineSecurity, embeddedZookeeper } = config;
  return {
    ...loaded,
    config: {
      ...config,
      audit: { ...audit, destination: 'none' },
      reconcile: { ...reconcile, mode: 'off' },
      installation: { ...installation, workDir: dir },
      engineSecurity: { ...engineSecurity, masterSecretFile: join(dir, 'master.secret') },
      embeddedZookeeper: {
        ...embeddedZookeeper,
        clientPort: 0,
        dataDir: join(dir, 'zookeeper'),
      },
    },
  };
}
