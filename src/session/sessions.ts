import type { LimitsConfig } from '../config/gateway-config.ts';
import type { SessionDefaults } from '../config/session-settings.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import { bytesToUuid, newHandleId, secretMatches, uuidToBytes } from '../core/handle.ts';
import type { HandleId } from '../core/handle.ts';
import type { MayUse } from '../core/owner.ts';
import type { EngineOpener } from '../engine/engine-opener.ts';
import type { EngineClusters } from '../engine/engine-clusters.ts';
import { closeOnEngine, refreshState } from '../operation/engine-questions.ts';
import type { Operation } from '../operation/operation.ts';
import { isAtWork } from '../operation/operation-state.ts';
import { answeredByEngine } from '../operation/operation-wait.ts';
import type { Operations } from '../operation/operations.ts';
import { outcomeOf } from '../telemetry/audit-log.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import type { Log } from '../telemetry/log.ts';
import { checkDenied, checkSessionLimits } from './session-limits.ts';
import { planSession } from './session-plan.ts';
import type { OpenRequest, PlannerParts, SessionPlan } from './session-plan.ts';
import { Session } from './session.ts';
import type { SessionConnection } from './session.ts';

export interface SessionsOptions {
  readonly planner: PlannerParts;
  readonly opener: EngineOpener;
  readonly clusters: EngineClusters;
  readonly operations: Operations;
  readonly limits: LimitsConfig;
  readonly checkIntervalMs: number;
  /** `host:port` that clients were told of. */
  readonly connectionUrl: () => string;
  readonly serverAddress: string;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SessionRequest extends OpenRequest {
  readonly protocol: number;
  readonly connection: SessionConnection;
}

interface OpenedHere {
  readonly session: Session;
  readonly plan: SessionPlan;
}

/** How long closing a session on its engine may take before its connection is cut. */
const engineCloseLimitMs = 5000;
/** What the start of an engine said is kept for its sessions this long. */
const launchLogKeptMs = 300_000;
/** How long a CONNECTION engine has to end once its session is closed. */
const engineEndLimitMs = 10_000;

/** Every session of this gateway: opening, finding, idling out, closing. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #byGuid = new Map<string, Session>();
  readonly #byConnection = new Map<SessionConnection, Set<Session>>();
  readonly #stopping = new AbortController();
  readonly #endings = new Set<Promise<void>>();
  #checker: Promise<void> = Promise.resolve();
  #limits: LimitsConfig;
  #planner: PlannerParts;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#planner = options.planner;
  }

  get size(): number {
    return this.#byGuid.size;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#byGuid.values();
  }

  start(): void {
    this.#checker = this.#checkForever();
  }

  /** Closes every session, engines' sides included. */
  async stop(): Promise<void> {
    const reason = new GatewayError('SHUTTING_DOWN', 'the gateway is stopping', {
      hint: 'Connect again in a moment, or to another gateway.',
    });
    this.#stopping.abort(reason);
    await this.#checker;
    await Promise.all([...this.#byGuid.values()].map((session) => this.close(session, reason)));
    await Promise.all(this.#endings);
    while (this.#options.clusters.searching > 0) await this.#options.clock.sleep(20); // launches that were given up
  }

  /** Opens a session: its handle is good at once, its engine follows. */
  async open(request: SessionRequest): Promise<OpenedHere> {
    const id = newHandleId();
    const { principal, clientAddress: address } = request;
    const session = bytesToUuid(id.guid);
    const realUser = principal.user;
    const { audit } = this.#options;
    try {
      const opened = await this.#open(request, id);
      const { user } = opened.plan;
      audit.record({ action: 'session-open', outcome: 'ok', user, realUser, address, session });
      return opened;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const outcome = outcomeOf(error);
      const user = principal.actsFor ?? realUser;
      audit.record({ action: 'session-open', outcome, user, realUser, address, session, error });
      throw error;
    }
  }

  async #open(request: SessionRequest, id: HandleId): Promise<OpenedHere> {
    this.#stopping.signal.throwIfAborted();
    const { clock, operations } = this.#options;
    checkDenied(request.principal.user, request.clientAddress, this.#limits);
    const plan = await planSession(request, bytesToUuid(id.guid), this.#planner);
    // From here to where the session is kept nothing waits: nobody can come between.
    checkSessionLimits(plan.user, request.clientAddress, this, this.#limits);
    const session = new Session(
      {
        id,
        user: plan.user,
        realUser: plan.realUser,
        protocol: request.protocol,
        clientAddress: request.clientAddress,
        ref: plan.ref,
        cluster: plan.cluster,
        name: plan.session.name,
        closeOnDisconnect: plan.closeOnDisconnect,
        idleTimeoutMs: plan.session.idleTimeoutMs,
        launchLogLines: plan.launch.launchLogMaxLines,
        operation: plan.operation,
        infoProvider: plan.session.infoProvider,
        connection: request.connection,
      },
      clock,
    );
    this.#byGuid.set(guidKey(id.guid), session);
    this.attach(session, request.connection);
    operations.add(session.launch);
    this.#begin(session, plan, request);
    this.#options.log.info(
      {
        session: session.uuid,
        user: plan.user,
        realUser: plan.realUser,
        client: request.clientAddress,
        space: plan.ref.paths.space,
      },
      'session opened',
    );
    return { session, plan };
  }

  /** The session that the handle names, if the caller may use it; throws `SESSION_NOT_FOUND` else, for whatever reason. */
  find(handle: HandleId, mayUse: MayUse, connection: SessionConnection): Session {
    const session = this.#byGuid.get(guidKey(handle.guid));
    if (
      session !== undefined &&
      secretMatches(session.facts.id, handle.secret) &&
      mayUse(session.facts)
    ) {
      session.lastUsedMs = this.#options.clock.now();
      this.attach(session, connection);
      return session;
    }
    throw new GatewayError(
      'SESSION_NOT_FOUND',
      `Invalid SessionHandle: SessionHandle [${bytesToUuid(handle.guid)}]`,
      {
        hint: 'It was closed, timed out, or belongs to another user or gateway: open a new session.',
      },
    );
  }

  /** The session of an operation. */
  byId(sessionId: string): Session | undefined {
    return this.#byGuid.get(guidKey(uuidToBytes(sessionId)));
  }

  /** The session is used by this connection too, and lives as long as one that uses it. */
  attach(session: Session, connection: SessionConnection): void {
    if (!connection.holdsSessions) return;
    session.attach(connection);
    const held = this.#byConnection.get(connection);
    if (held === undefined) this.#byConnection.set(connection, new Set([session]));
    else held.add(session);
  }

  /** A connection has gone: sessions that lived by it alone go with it. */
  disconnected(connection: SessionConnection): void {
    const reason = new GatewayError('SESSION_CLOSED', 'the client has disconnected');
    const sessions = this.#byConnection.get(connection) ?? [];
    this.#byConnection.delete(connection);
    for (const session of sessions) {
      if (session.detach(connection) && session.facts.closeOnDisconnect)
        void this.close(session, reason);
    }
  }

  /** Who is limited and denied from now on; sessions that are open go on. */
  setLimits(limits: Partial<LimitsConfig>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  /** Settings of single users for the sessions to come. */
  setUserDefaults(userDefaults: SessionDefaults['userDefaults']): void {
    const defaults = { ...this.#planner.defaults, userDefaults };
    this.#planner = { ...this.#planner, defaults };
  }

  /** Ends an operation of a session, on its engine as well; a statement that runs is cancelled. */
  async closeOperation(
    session: Session,
    operation: Operation,
    reason: GatewayError,
  ): Promise<void> {
    await answeredByEngine(operation);
    this.#options.operations.remove(operation);
    session.operations.delete(operation);
    operation.moveTo('closed', this.#options.clock.now(), reason);
    const { engine } = session;
    if (operation.isOnEngine && engine !== undefined && session.failure === undefined) {
      await closeOnEngine(operation, engine);
    }
  }

  /** Ends a session with all that is its own. Never throws. */
  async close(session: Session, reason: GatewayError): Promise<void> {
    const { failure } = session;
    if (!session.beginClose(reason)) return;
    this.#byGuid.delete(guidKey(session.facts.id.guid));
    const { operations, log } = this.#options;
    operations.remove(session.launch);
    for (const operation of session.operations) operations.remove(operation);
    session.operations.clear();
    try {
      await session.engine?.closeOnEngine(engineCloseLimitMs);
    } catch (thrown) {
      log.debug(
        { session: session.uuid, err: toGatewayError(thrown) },
        'engine session not closed in order',
      );
    } finally {
      this.#auditClose(session, failure, reason);
      session.endClose();
      log.info({ session: session.uuid, reason: reason.message }, 'session closed');
    }
    if (session.facts.ref.shareLevel === 'CONNECTION') this.#seeOffEngine(session);
  }

  #auditClose(session: Session, failure: GatewayError | undefined, reason: GatewayError): void {
    const { facts, uuid, engineId, createdMs } = session;
    this.#options.audit.record({
      action: 'session-close',
      outcome: failure === undefined ? 'ok' : 'failed',
      user: facts.user,
      realUser: facts.realUser,
      address: facts.clientAddress,
      session: uuid,
      engine: engineId,
      error: failure,
      reason: (failure ?? reason).message,
      durationMs: this.#options.clock.now() - createdMs,
    });
  }

  /** In the background: the client does not wait for its engine's end, a stop of the gateway does. */
  #seeOffEngine(session: Session): void {
    const { clusters, log } = this.#options;
    const end = clusters
      .of(session.facts.cluster)
      .seeOff(session.facts.ref, session.engine?.node, engineEndLimitMs)
      .catch((thrown: unknown) => {
        log.warn(
          { session: session.uuid, err: toGatewayError(thrown) },
          'engine of a closed session not seen off',
        );
      })
      .finally(() => this.#endings.delete(end));
    this.#endings.add(end);
  }

  #begin(session: Session, plan: SessionPlan, request: SessionRequest): void {
    const { opener, connectionUrl, serverAddress } = this.#options;
    const origin = new Map([
      ['kyuubi.client.ipAddress', request.clientAddress],
      ['kyuubi.server.ipAddress', serverAddress],
      ['kyuubi.session.connection.url', connectionUrl()],
      ['kyuubi.session.real.user', plan.realUser],
    ]);
    const { settings } = plan;
    session.begin((say, onLost, signal) => {
      for (const key of settings.dropped) say(`${key} is not a client's to set: ignored`);
      for (const note of plan.notes) say(note);
      return opener.open(
        {
          ref: plan.ref,
          cluster: plan.cluster,
          owner: {
            user: plan.user,
            group: plan.group,
            session: session.uuid,
            preset: plan.preset,
          },
          revision: plan.revision,
          references: plan.references,
          sidecars: plan.sidecars,
          release: plan.release,
          conf: new Map([...settings.launchConf, ...origin]),
          asked: settings.engineSessionConf,
          initializeTimeoutMs: plan.launch.launchTimeoutMs,
          say,
          user: plan.user,
          protocol: session.facts.protocol,
          sessionConf: new Map([
            ...settings.engineSessionConf,
            ...origin,
            ['kyuubi.session.handle', session.uuid],
            ['kyuubi.session.alive.probe', 'false'],
            ...(settings.catalog === undefined ? [] : [['use:catalog', settings.catalog] as const]),
            ...(settings.database === undefined
              ? []
              : [['use:database', settings.database] as const]),
          ]),
          onLost,
          probe: plan.launch.probes
            ? { intervalMs: plan.launch.probeIntervalMs, timeoutMs: plan.launch.probeTimeoutMs }
            : undefined,
        },
        signal,
      );
    });
  }

  async #checkForever(): Promise<void> {
    const { clock, checkIntervalMs, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(checkIntervalMs, signal).catch(() => {});
      for (const session of this.#byGuid.values()) {
        if (signal.aborted) return;
        await this.#tidy(session)
          .then(() => this.#checkIdle(session))
          .catch((thrown: unknown) => {
            log.warn({ session: session.uuid, err: toGatewayError(thrown) }, 'idle check failed');
          });
      }
    }
  }

  /** Operations that nobody has asked about for long are closed, and what an old launch said is forgotten. */
  async #tidy(session: Session): Promise<void> {
    const { clock, operations } = this.#options;
    const now = clock.now();
    const { completedMs } = session.launch;
    if (completedMs > 0 && now - completedMs > launchLogKeptMs) session.launchLog.clear();
    for (const operation of session.operations) {
      const isOld = now - operation.lastUsedMs > session.facts.operation.idleTimeoutMs;
      if (!isOld || isAtWork(operation.state)) continue;
      operations.remove(operation);
      session.operations.delete(operation);
      if (operation.isOnEngine && session.engine !== undefined)
        await closeOnEngine(operation, session.engine);
    }
  }

  /** A statement that nobody asks about may still run: the engine is asked before its session is ended. */
  async #checkIdle(session: Session): Promise<void> {
    const limitMs = this.#options.clock.now() - session.facts.idleTimeoutMs;
    if (session.lastUsedMs > limitMs) return;
    for (const operation of session.operations) {
      if (isAtWork(operation.state) && session.engine !== undefined && operation.isOnEngine) {
        await refreshState(operation, session.engine, this.#options.clock.now());
      }
    }
    if (!session.isIdleSince(limitMs)) return;
    await this.close(
      session,
      new GatewayError(
        'SESSION_CLOSED',
        `the session was idle for ${session.facts.idleTimeoutMs} ms`,
        {
          hint: 'kyuubi.session.idle.timeout sets the limit.',
        },
      ),
    );
  }
}

function guidKey(guid: Buffer): string {
  return guid.toString('latin1');
}
