import type { OperationConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import type { GatewayError } from '../core/errors.ts';
import { toGatewayError } from '../core/errors.ts';
import { bytesToUuid, newHandleId } from '../core/handle.ts';
import type { HandleId } from '../core/handle.ts';
import type { Owner } from '../core/owner.ts';
import { StateMachine } from '../core/state-machine.ts';
import type { EngineRef } from '../engine/engine-ref.ts';
import type { EngineSession } from '../engine/engine-session.ts';
import type { OpenedSession } from '../engine/engine-opener.ts';
import { LaunchLog } from '../engine/launch-log.ts';
import { Operation, operationTypes } from '../operation/operation.ts';
import type { OperationSource } from '../operation/operation.ts';
import { isAtWork } from '../operation/operation-state.ts';
import { sessionTransitions } from './session-state.ts';
import type { SessionState } from './session-state.ts';

/** A frontend's connection, as sessions know it: something that a session lives and dies with. */
export interface SessionConnection {
  readonly clientAddress: string;
  /** Sessions end with the last connection that uses them; HTTP's come and go. */
  readonly holdsSessions: boolean;
}

export interface SessionFacts {
  readonly id: HandleId;
  /** As whom the session runs. */
  readonly user: string;
  /** Who opened it, by the login. */
  readonly realUser: string;
  /** TProtocolVersion that both ends speak. */
  readonly protocol: number;
  readonly clientAddress: string;
  readonly ref: EngineRef;
  /** Where its engine runs; undefined for the gateway's own host. */
  readonly cluster: string | undefined;
  readonly name: string | undefined;
  readonly closeOnDisconnect: boolean;
  readonly idleTimeoutMs: number;
  readonly launchLogLines: number;
  readonly operation: OperationConfig;
  /** Who answers GetInfo. */
  readonly infoProvider: 'ENGINE' | 'SERVER';
  readonly connection: SessionConnection;
}

/** How the session's engine is got; `say` takes lines for the launch log. */
export type OpenEngine = (
  say: (line: string) => void,
  onLost: (error: GatewayError) => void,
  signal: AbortSignal,
) => Promise<OpenedSession>;

/** One client's session: it exists at once, its engine follows. */
export class Session {
  readonly facts: SessionFacts;
  readonly createdMs: number;
  readonly launchLog: LaunchLog;
  /** The start of the engine, as an operation that clients can watch. */
  readonly launch: Operation;
  readonly operations = new Set<Operation>();
  readonly #clock: Clock;
  /** Outlives the session with its operations' handles, so no more than the names. */
  readonly #owner: Owner;
  readonly #state = new StateMachine<SessionState>(sessionTransitions, 'opening');
  readonly #abort = new AbortController();
  readonly #ready = Promise.withResolvers<EngineSession>();
  readonly #connections: SessionConnection[];
  #engine: EngineSession | undefined;
  #engineFacts: ReadonlyMap<string, string> = new Map();
  #failure: GatewayError | undefined;
  lastUsedMs: number;
  /** How many operations its client has begun. */
  totalOperations = 0;

  constructor(facts: SessionFacts, clock: Clock) {
    this.facts = facts;
    this.#owner = { user: facts.user, realUser: facts.realUser };
    this.#clock = clock;
    this.createdMs = clock.now();
    this.lastUsedMs = this.createdMs;
    this.launchLog = new LaunchLog(facts.launchLogLines);
    this.#connections = [facts.connection];
    this.#ready.promise.catch(() => {});
    this.launch = new Operation({
      id: newHandleId(),
      type: operationTypes.unknown,
      source: {
        kind: 'launch',
        result: () => ({ columns: ['key', 'value'], rows: this.#launchRows() }),
      },
      sessionId: this.uuid,
      owner: this.#owner,
      nowMs: this.createdMs,
    });
    this.launch.hasResultSet = false;
  }

  get uuid(): string {
    return bytesToUuid(this.facts.id.guid);
  }

  get state(): SessionState {
    return this.#state.state;
  }

  get isEnding(): boolean {
    return this.#state.is('closing', 'closed');
  }

  /** The engine's side, once it is there. */
  get engine(): EngineSession | undefined {
    return this.#engine;
  }

  /** The engine's own id, or where it is; undefined while there is none. */
  get engineId(): string | undefined {
    const node = this.#engine?.node;
    const place = node === undefined ? undefined : `${node.host}:${node.port}`;
    return this.#engineFacts.get('kyuubi.engine.id') ?? place;
  }

  /** What the engine said of itself. */
  get engineFacts(): ReadonlyMap<string, string> {
    return this.#engineFacts;
  }

  /** Starts getting the engine; the session is usable at once, what needs the engine waits for it. */
  begin(open: OpenEngine): void {
    this.#state.to('launching');
    this.launch.moveTo('running', this.#clock.now());
    void this.#open(open);
  }

  /** Resolves with the engine's session; rejects at once with the reason when there will be none. */
  whenReady(): Promise<EngineSession> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#ready.promise;
  }

  /** Why the session can no longer be used, if so. */
  get failure(): GatewayError | undefined {
    return this.#failure;
  }

  /** Throws when the session is on its way out: it would leave the operation behind. */
  newOperation(type: number, source: OperationSource): Operation {
    if (this.isEnding && this.#failure !== undefined) throw this.#failure;
    const operation = new Operation({
      id: newHandleId(),
      type,
      source,
      sessionId: this.uuid,
      owner: this.#owner,
      nowMs: this.#clock.now(),
    });
    this.operations.add(operation);
    this.totalOperations++;
    return operation;
  }

  /** A connection uses the session: it lives as long as one of them does. */
  attach(connection: SessionConnection): void {
    if (!this.#connections.includes(connection)) this.#connections.push(connection);
  }

  /** Says whether that was the last connection. */
  detach(connection: SessionConnection): boolean {
    const at = this.#connections.indexOf(connection);
    if (at >= 0) this.#connections.splice(at, 1);
    return this.#connections.length === 0;
  }

  isIdleSince(timeMs: number): boolean {
    if (this.lastUsedMs > timeMs) return false;
    if (this.#state.is('opening', 'launching')) return false;
    return ![...this.operations].some((operation) => isAtWork(operation.state));
  }

  /** The session is of no more use, but stays until the client closes it, so that the client is told why. */
  fail(error: GatewayError): void {
    if (!this.#state.tryTo('failed')) return;
    this.#failure = error;
    this.#endOperations(error);
    this.launchLog.append(`The session failed: ${error.message}`);
    this.launch.moveTo('error', this.#clock.now(), error);
    this.#ready.reject(error);
    this.#engine?.close();
    this.#abort.abort(error);
  }

  /** First half of the end: nothing new is accepted, what waits is told. */
  beginClose(reason: GatewayError): boolean {
    if (!this.#state.tryTo('closing')) return false;
    this.#failure ??= reason;
    this.#endOperations(reason);
    this.launch.moveTo('canceled', this.#clock.now(), reason);
    this.#ready.reject(reason);
    this.#abort.abort(reason);
    return true;
  }

  /** Second half: the engine's side is let go. */
  endClose(): void {
    this.#engine?.close();
    this.#state.tryTo('closed');
  }

  async #open(open: OpenEngine): Promise<void> {
    const say = (line: string): void => {
      this.launchLog.append(line);
      this.launch.wake();
    };
    try {
      const opened = await open(say, (error) => this.fail(error), this.#abort.signal);
      if (!this.#state.tryTo('ready')) {
        opened.session.close();
        return;
      }
      this.#engine = opened.session;
      this.#engineFacts = opened.configuration;
      const { host, port } = opened.session.node;
      say(
        `The session is open on the engine ${opened.configuration.get('kyuubi.engine.id') ?? ''} at ${host}:${port}`,
      );
      this.launch.hasResultSet = true;
      this.launch.moveTo('finished', this.#clock.now());
      this.#ready.resolve(opened.session);
    } catch (thrown) {
      this.fail(toGatewayError(thrown));
    }
  }

  #endOperations(error: GatewayError): void {
    const now = this.#clock.now();
    for (const operation of this.operations) {
      if (isAtWork(operation.state)) operation.moveTo('error', now, error);
    }
  }

  #launchRows(): string[][] {
    const node = this.#engine?.node;
    return [
      ['id', this.#engineFacts.get('kyuubi.engine.id') ?? ''],
      ['name', this.#engineFacts.get('kyuubi.engine.name') ?? ''],
      [
        'state',
        this.#state.is('ready') ? 'RUNNING' : this.#state.is('failed') ? 'FAILED' : 'PENDING',
      ],
      ['url', this.#engineFacts.get('kyuubi.engine.url') ?? ''],
      ['error', this.#failure?.message ?? ''],
      ['refId', node?.refId ?? ''],
    ];
  }
}
